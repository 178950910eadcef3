import { instant, plus, type Instant } from '../../shared/domain/units';
import { type TickArchive, type TickDigest } from '../../shared/ports/tick-archive';

const LOOK_EVERY_MS = 1000;
const TICKS_A_LOOK = 100;

/** Tells of every tick from now on in which something was done or withheld, oldest first. Returns a function that ends it. */
export function followTicks(
  archive: TickArchive,
  poolName: string,
  tell: (tick: TickDigest) => void,
): () => void {
  let from: Instant = instant(Date.now());
  let looking = Promise.resolve();
  const look = async (): Promise<void> => {
    const ticks = await archive.list(poolName, { from, limit: TICKS_A_LOOK });
    const newest = ticks[0];
    if (newest !== undefined) from = plus(newest.at, 1);
    for (const tick of [...ticks].reverse()) if (tick.steps + tick.withheld > 0) tell(tick);
  };
  const timer = setInterval(() => {
    // What cannot be read now is read at the next look.
    looking = looking.then(look).catch(() => undefined);
  }, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}
