import { type HealPolicy, type PoolPolicy } from './policy';
import { type SignalName } from './proposal';
import { ceilDiv, type Millis, millis } from './units';

/** Disjoint windows that must agree before one signal counts twice; never fewer than two. */
export const confirmationsOf = (heal: HealPolicy): number =>
  Math.max(2, heal.outlier.confirmations);

/** Windows in a row in which every probe must fail; never fewer than two. */
export const fallOf = (heal: HealPolicy): number => Math.max(2, heal.confirm.fall);

/**
 * How far back a confirming observation window may lie. Confirming windows lie in the past by their nature, and a pool
 * larger than the probe budget sees each backend only once per rotation.
 *
 *     limit = probeMs × windows needed × ⌈ members × perWindow ÷ budgetPerWindow ⌉
 *
 * Example: 90 s, 3 windows, 200 members × 5 probes on a budget of 400 → 90 s × 3 × 3 = 810 s.
 */
export function windowReach(heal: HealPolicy, memberCount: number): Millis {
  const needed = Math.max(confirmationsOf(heal), fallOf(heal));
  const rotation =
    heal.probe === null
      ? 1
      : Math.max(
          1,
          ceilDiv(memberCount * heal.probe.perWindow, Math.max(1, heal.probe.budgetPerWindow)),
        );
  return millis(heal.freshness.probeMs * needed * rotation);
}

/** How old evidence from this signal may be when a step rests on it; null where age does not matter. */
export function evidenceReach(
  signal: SignalName,
  policy: PoolPolicy,
  memberCount: number,
): Millis | null {
  const { freshness } = policy.heal;
  switch (signal) {
    case 'load-balancer-health':
      return freshness.healthMs;
    case 'instance-status':
    case 'system-event':
      return freshness.instanceMs;
    case 'active-probe-errors':
    case 'active-probe-latency':
      return windowReach(policy.heal, memberCount);
    case 'request-errors':
    case 'request-latency':
    case 'instance-cpu':
      return millis(freshness.metricMs * confirmationsOf(policy.heal));
    case 'operator-order':
    case 'retirement':
      return null;
  }
}
