import { type BackendMemory } from '../domain/memory';
import { type PoolPolicy, type Rung } from '../domain/policy';
import { type ReasonCode } from '../domain/reasons';
import { type Instant, millis, type Millis, since } from '../domain/units';

/** The fixed order of the ladder. */
export const RUNG_ORDER: readonly Rung[] = [
  'lower-weight',
  'drain',
  'restart',
  'reboot',
  'replace',
];

export const isRepairRung = (rung: Rung): rung is 'restart' | 'reboot' =>
  rung === 'restart' || rung === 'reboot';

/** What the cloud announced: nobody's fault, and nothing that a repair could mend. */
export const isAnnounced = (cause: ReasonCode | null): boolean =>
  cause === 'spot-reclaim' || cause === 'scheduled-maintenance';

/** A reclaimed instance that has stopped was reclaimed: nothing new is wrong with it. One that is gone for good is called so. */
export const causeOnceHeld = (held: ReasonCode | null, found: ReasonCode): ReasonCode =>
  held === 'spot-reclaim' && found === 'instance-not-running' ? held : found;

/** There is nothing left that could be repaired: what is missing is an instance. */
export const isLost = (cause: ReasonCode): boolean =>
  cause === 'spot-reclaim' || cause === 'instance-gone';

const PATHS: Partial<Record<ReasonCode, readonly Rung[]>> = {
  'outlier-errors': RUNG_ORDER,
  'outlier-latency': RUNG_ORDER,
  'abnormal-in-load-balancer': RUNG_ORDER.slice(1),
  'probes-failing': RUNG_ORDER.slice(1),
  'instance-not-running': ['drain', 'replace'],
  'system-failure': ['drain', 'replace'],
  'instance-gone': ['replace'],
};

/**
 * The rungs that suit a cause. Gray failures lose weight before they lose everything; what does not answer is drained at
 * once; a stopped instance cannot be restarted through itself; what the cloud or a person announced is only drained.
 */
export const pathFor = (cause: ReasonCode): readonly Rung[] => PATHS[cause] ?? ['drain'];

/** How long the effect of a rung is waited for. */
export function waitAfter(rung: Rung, policy: PoolPolicy): Millis {
  const { ladder } = policy.heal;
  if (rung === 'restart') return millis(ladder.restart?.waitMs ?? ladder.settleMs);
  if (rung === 'reboot') return millis(ladder.reboot?.waitMs ?? ladder.settleMs);
  return ladder.settleMs;
}

/**
 * The next rung in use above `current`, or null when every one was tried. Repairs are left out once a backend had
 * `attemptsMax` of them within `memoryMs`.
 */
export function nextRung(
  current: Rung | null,
  cause: ReasonCode,
  memory: BackendMemory,
  scene: { readonly policy: PoolPolicy; readonly now: Instant },
): Rung | null {
  const { ladder } = scene.policy.heal;
  const attempts = memory.repairs.filter(
    (repair) => since(repair.at, scene.now) <= ladder.memoryMs,
  ).length;
  const isUsable = (rung: Rung): boolean => {
    if (rung === 'restart') return ladder.restart !== null && attempts < ladder.attemptsMax;
    if (rung === 'reboot') return ladder.reboot !== null && attempts < ladder.attemptsMax;
    return rung !== 'replace';
  };
  const reached = RUNG_ORDER.findIndex((rung) => rung === current);
  const open = pathFor(cause).filter(
    (rung) => RUNG_ORDER.indexOf(rung) > reached && ladder.rungs.includes(rung) && isUsable(rung),
  );
  return open[0] ?? null;
}
