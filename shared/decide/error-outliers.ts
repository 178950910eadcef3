import { type OutlierPolicy } from '../domain/policy';
import { type Count, share, shrink, PROBES_MAX, total } from './counts';
import { type Scale, SCALES, scalesOf, withoutWorst } from './error-scales';
import { type Histories, type PeerCounts, peerCounts } from './peer-counts';
import { binomialLowerTail, chanceOfEqual, failureThreshold } from './statistics';

const WEEK_MS = 7 * 24 * 3600 * 1000;
/** A run of newer windows that a fault at the threshold would show in one case of twenty only ends the verdict. */
const RECOVERY_CHANCE = 0.05;

export interface ErrorFinding {
  /** Windows of the deciding scale that were worse than the floor above the peers. */
  readonly windows: number;
  readonly detail: string;
}

/**
 * Chance that one comparison of one backend may go wrong, so that the expected false ejections of the whole pool
 * stay below the policy's number a week even if every comparison were independent.
 *
 * Example: 0.1 a week, 6 backends, 2.5 s windows: 0.1 ÷ (6 × 241,920 × 8) ≈ 8.6 × 10⁻⁹.
 */
export function errorChance(policy: OutlierPolicy, poolSize: number, windowMs: number): number {
  const comparisons = poolSize * (WEEK_MS / Math.max(1, windowMs)) * SCALES;
  return policy.falseEjectionsPerWeekMax / 1000 / comparisons;
}

/**
 * Backends that fail clearly more than their peers, by position in `histories` (windows newest first, disjoint).
 * A backend is one when, over some number of its newest windows taken together,
 * 1. its share of failures is above the peers' share plus the floor, and above median + k × MAD of their shares;
 * 2. an exact test against all that is remembered of the peers gives it a chance below `errorChance`;
 * 3. the same test against the peers at the same time, without its worst `confirmations` − 1 windows, gives it a
 *    chance below the square root of that: no single window carries a verdict, and trouble of the whole pool,
 *    which raises everyone's share at the same time, makes nobody an outlier;
 * 4. no run of its newest windows is too good for a fault of that size: who has improved is no outlier any more.
 */
export function errorOutliers(
  histories: Histories,
  policy: OutlierPolicy,
): readonly (ErrorFinding | undefined)[] {
  const chance = errorChance(policy, histories.length, windowLength(histories));
  const peers = peerCounts(histories);
  return histories.map((windows, owner) => {
    for (const scale of scalesOf(windows, policy.confirmations)) {
      const finding = judge({ owner, scale, peers, policy, chance });
      if (finding !== undefined) return finding;
    }
    return undefined;
  });
}

/** Length of the newest windows, the shortest of them: more windows a week, so the careful side. */
function windowLength(histories: Histories): number {
  const lengths = histories.flatMap(([newest]) =>
    newest === undefined ? [] : [newest.endedAt - newest.startedAt],
  );
  return Math.min(...lengths);
}

interface Case {
  readonly owner: number;
  readonly scale: Scale;
  readonly peers: PeerCounts;
  readonly policy: OutlierPolicy;
  readonly chance: number;
}

function judge(own: Case): ErrorFinding | undefined {
  const { owner, scale, peers, policy } = own;
  const floor = policy.errorFloor / 1000;
  if (scale.probes < policy.probesMin || share(scale) < floor) return undefined;
  const steady = withoutWorst(scale.windows, policy.confirmations - 1);
  if (steady.failures === 0) return undefined;
  const now = peers(scale.since);
  const together = now.counted(owner);
  const bar = share(together) + floor;
  const spread = now.spread(owner, policy.madMultiple / 1000);
  if (share(scale) < bar || share(scale) <= spread) return undefined;
  if (!isUnlikely(own, steady, together) || hasImproved(own, bar)) return undefined;
  const windows = scale.windows.filter((window) => share(window) >= bar).length;
  return windows < policy.confirmations
    ? undefined
    : { windows, detail: sentence(scale, together) };
}

function isUnlikely(
  { owner, scale, peers, chance }: Case,
  steady: Count,
  together: Count,
): boolean {
  const steadily = unlikeness(steady, together);
  if (steadily * steadily > chance) return false;
  return unlikeness(scale, peers(-Infinity).counted(owner)) <= chance;
}

function sentence(scale: Scale, peers: Count): string {
  const perMille = (count: Count): string => `${Math.round(share(count) * 1000).toString()} ‰`;
  return `${scale.failures.toString()} of ${scale.probes.toString()} probes failed in ${scale.windows.length.toString()} windows (${perMille(scale)}), peers ${perMille(peers)}`;
}

function unlikeness(own: Count, peers: Count): number {
  const large = shrink(peers, 20 * PROBES_MAX);
  return chanceOfEqual({
    ...shrink(own),
    peerProbes: large.probes,
    peerFailures: large.failures,
  });
}

/**
 * The yardstick is the smallest share that would count at this scale, so more failures never look like recovery.
 * Example: 10 of 500 would do, and the bar is 2.5 %: 119 probes without a failure are one case in twenty at 2.5 %.
 */
function hasImproved({ owner, scale, peers, chance }: Case, bar: number): boolean {
  const { probes } = shrink(scale);
  const always = peers(-Infinity).counted(owner);
  const threshold = failureThreshold({
    probes,
    peerProbes: always.probes,
    peerFailures: always.failures,
    chance,
  });
  const smallest = Math.max(bar, (threshold ?? probes) / probes);
  let newest: Count = { probes: 0, failures: 0 };
  return scale.windows.some((window) => {
    newest = total([newest, window]);
    const { probes: seen, failures } = shrink(newest);
    return binomialLowerTail({ probes: seen, atMost: failures, share: smallest }) < RECOVERY_CHANCE;
  });
}
