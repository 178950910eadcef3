import { type SiteMemory } from '../../domain/failover/name-memory';
import { type SiteVerdict } from '../../domain/failover/name-proposal';
import { type Instant, type Millis, since } from '../../domain/units';

export type Runs = Pick<SiteMemory, 'downSince' | 'upSince' | 'judgedAt'>;

/**
 * How long a verdict has held without a break. The opposite verdict breaks a run, and so does a silence that is longer than the
 * policy allows, also when nobody looked at all.
 *
 * Example: down at 0 s, unknown from 20 to 60 s, down at 80 s: with 60 s allowed it is down since 80 s, with 90 s since 0 s.
 */
export function countRuns(
  before: Runs,
  verdict: SiteVerdict['verdict'],
  now: Instant,
  unknownMs: Millis,
): Runs {
  const isBroken = before.judgedAt !== null && since(before.judgedAt, now) > unknownMs;
  const { downSince, upSince } = isBroken ? { downSince: null, upSince: null } : before;
  if (verdict === 'unknown') return { downSince, upSince, judgedAt: before.judgedAt };
  if (verdict === 'up') return { downSince: null, upSince: upSince ?? now, judgedAt: now };
  return { downSince: downSince ?? now, upSince: null, judgedAt: now };
}

/** Whether a run has lasted for so long. */
export const hasHeld = (begin: Instant | null, now: Instant, holdMs: number): boolean =>
  begin !== null && since(begin, now) >= holdMs;
