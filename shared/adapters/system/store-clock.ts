import { type Instant, instant, type Millis } from '../../domain/units';
import { type Clock, type TimeTeller } from '../../ports/clock';

export interface StoreClockOptions {
  /** What the machine's clock shows: it may be wrong, and may be set at any moment. */
  readonly wall: Clock;
  /** Milliseconds since any moment, which no setting of clocks changes; may stand still while the process does. */
  readonly elapsed: () => number;
}

interface Anchor {
  readonly at: Instant;
  readonly wall: Instant;
  readonly elapsed: number;
}

/**
 * A clock that goes by the one of the state store: machines whose clocks differ agree on windows, waits and ends all the same, and one
 * whose clock is set while it works does not notice. Until it has asked for the first time it goes by the machine's.
 *
 * Between two questions it believes whichever of the machine's two clocks went further: of one that was set ahead, or stood still with a
 * frozen process, it errs towards a lease that is over.
 *
 * Example: told 12:00:00 while the wall shows 12:05; 10 s later the wall is set to 12:03 → 12:00:10.
 */
export class StoreClock implements Clock {
  private readonly wall: Clock;
  private readonly elapsed: () => number;
  private anchor: Anchor | null = null;

  constructor({ wall, elapsed }: StoreClockOptions) {
    this.wall = wall;
    this.elapsed = elapsed;
  }

  now(): Instant {
    const { anchor } = this;
    if (anchor === null) return this.wall.now();
    const passed = Math.max(this.elapsed() - anchor.elapsed, this.wall.now() - anchor.wall);
    return instant(anchor.at + Math.round(passed));
  }

  sleep(span: Millis): Promise<void> {
    return this.wall.sleep(span);
  }

  /** The answer is taken to be as old as half of the way there and back. */
  async follow(other: TimeTeller): Promise<number> {
    const askedAt = this.elapsed();
    const told = await other.tellTime();
    const before = this.now();
    const elapsed = this.elapsed();
    const at = instant(Math.round(told + (elapsed - askedAt) / 2));
    this.anchor = { at, wall: this.wall.now(), elapsed };
    return at - before;
  }
}
