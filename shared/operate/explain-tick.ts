import { type Instant, instant } from '../domain/units';
import { type TickArchive } from '../ports/tick-archive';
import { type OperatorReply } from './operator-reply';

export interface ExplainOptions {
  readonly tickId?: string | undefined;
  /** The last tick that began at or before this instant. */
  readonly at?: number | undefined;
}

/** Digests to look through for one that was not kept whole. */
const DIGESTS_MAX = 1000;

/** One tick of the pool: by id, by time, or the latest. */
export async function explainTick(
  poolName: string,
  options: ExplainOptions,
  archive: TickArchive,
): Promise<OperatorReply> {
  const { tickId, at } = options;
  const to: { to?: Instant } = at === undefined ? {} : { to: instant(at) };
  const limit = tickId === undefined ? 1 : DIGESTS_MAX;
  const digests = await archive.list(poolName, { ...to, limit });
  const digest = tickId === undefined ? digests[0] : digests.find((one) => one.tickId === tickId);
  if (digest === undefined)
    return {
      kind: 'refused',
      code: 'unknown-tick',
      message: `${poolName} has no such tick on record.`,
    };
  const tick = digest.isWhole ? await archive.read(poolName, digest.tickId) : null;
  return { kind: 'explanation', digest, tick };
}
