import { type ProbeWindow } from '../domain/probe-window';
import { type OutlierPolicy } from '../domain/policy';
import { peerMedians } from './peer-medians';
import { binomialLowerTail, chanceOfEqual, failureThreshold } from './statistics';

const WEEK_MS = 7 * 24 * 3600 * 1000;
/** How many lengths of accumulated windows are tried per verdict; the chance is shared among them. */
const SCALES = 8;
/** A run of newer windows that a fault at the threshold would show in one case of twenty only ends the verdict. */
const RECOVERY_CHANCE = 0.05;
/** The exact test is meant for counts up to this many probes. */
const PROBES_MAX = 5000;

/** Failures and probes of one backend since some time. */
interface Count {
  readonly probes: number;
  readonly failures: number;
}

/** What one backend's accumulated windows say, newest first up to and including `windows`. */
interface Scale extends Count {
  readonly windows: readonly ProbeWindow[];
}

export interface ErrorFinding {
  /** Windows of the deciding scale that were worse than the floor above the peers. */
  readonly windows: number;
  readonly detail: string;
}

export type Histories = readonly (readonly ProbeWindow[])[];

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
  const peers = peerLedger(histories);
  return histories.map((windows, owner) => {
    if (windows.every((window) => window.failures === 0)) return undefined;
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
  return Math.max(1, Math.min(...lengths));
}

/** At most `SCALES` prefixes of the newest windows, each about half as long again as the one before. */
function scalesOf(windows: readonly ProbeWindow[], confirmations: number): readonly Scale[] {
  const scales: Scale[] = [];
  let probes = 0;
  let failures = 0;
  let wanted = 0;
  for (const [index, window] of windows.entries()) {
    probes += window.probes;
    failures += window.failures;
    if (probes > PROBES_MAX && scales.length > 0) break;
    const isDue = probes >= wanted || index === windows.length - 1;
    if (index + 1 < confirmations || !isDue || scales.length === SCALES) continue;
    scales.push({ windows: windows.slice(0, index + 1), probes, failures });
    wanted = probes * (scales.length < 3 ? 1.5 : 2);
  }
  return scales;
}

interface Case {
  readonly owner: number;
  readonly scale: Scale;
  readonly peers: PeerLedger;
  readonly policy: OutlierPolicy;
  readonly chance: number;
}

function judge(own: Case): ErrorFinding | undefined {
  const { owner, scale, peers, policy } = own;
  const floor = policy.errorFloor / 1000;
  if (scale.probes < policy.probesMin || share(scale) < floor) return undefined;
  const steady = withoutWorst(scale.windows, policy.confirmations - 1);
  if (steady.failures === 0) return undefined;
  const now = peers(scale.windows.at(-1)?.startedAt ?? 0);
  const together = now.counted(owner);
  const bar = share(together) + floor;
  const spread = now.spread(owner, policy.madMultiple / 1000);
  if (share(scale) < bar || share(scale) <= spread) return undefined;
  if (!isUnlikely(own, steady, together) || hasImproved(own, bar)) return undefined;
  const isWorse = (window: ProbeWindow): boolean => window.probes > 0 && share(window) >= bar;
  const windows = scale.windows.filter(isWorse).length;
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
  if (together.probes === 0 || steadily * steadily > chance) return false;
  const always = peers(-Infinity).counted(owner);
  return unlikeness(scale, always) <= chance;
}

function sentence(scale: Scale, peers: Count): string {
  const perMille = (count: Count): string => `${Math.round(share(count) * 1000).toString()} ‰`;
  return `${scale.failures.toString()} of ${scale.probes.toString()} probes failed in ${scale.windows.length.toString()} windows (${perMille(scale)}), peers ${perMille(peers)}`;
}

const share = ({ failures, probes }: Count): number => (probes === 0 ? 0 : failures / probes);

/** Counts beyond what the exact test is meant for are scaled down, which only weakens the evidence. */
function unlikeness(own: Count, peers: Count): number {
  const small = shrink(own);
  const large = shrink(peers, 20 * PROBES_MAX);
  if (small.probes === 0) return 1;
  return chanceOfEqual({ ...small, peerProbes: large.probes, peerFailures: large.failures });
}

function shrink({ probes, failures }: Count, max = PROBES_MAX): Count {
  if (probes <= max) return { probes, failures };
  return { probes: max, failures: Math.floor((failures * max) / probes) };
}

/** The windows less those with the most failures. */
function withoutWorst(windows: readonly ProbeWindow[], count: number): Count {
  const kept = [...windows]
    .sort((a, b) => b.failures - a.failures || a.probes - b.probes)
    .slice(count);
  return total(kept);
}

const total = (counts: readonly Count[]): Count => ({
  probes: counts.reduce((sum, count) => sum + count.probes, 0),
  failures: counts.reduce((sum, count) => sum + count.failures, 0),
});

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
  return scale.windows.slice(0, -1).some((window) => {
    newest = total([newest, window]);
    const { probes: seen, failures } = shrink(newest);
    return binomialLowerTail({ probes: seen, atMost: failures, share: smallest }) < RECOVERY_CHANCE;
  });
}

interface PeersSince {
  /** All peers' probes and failures; a peer that stands out itself counts only up to the cap. */
  readonly counted: (owner: number) => Count;
  /** Median + multiple × MAD of the peers' shares. */
  readonly spread: (owner: number, multiple: number) => number;
}

type PeerLedger = (since: number) => PeersSince;

/** What everybody's windows say since a time, summed once per time. */
function peerLedger(histories: Histories): PeerLedger {
  const known = new Map<number, PeersSince>();
  return (since) => {
    const found = known.get(since);
    if (found !== undefined) return found;
    const fresh = peersSince(
      histories.map((windows) => total(windows.filter((w) => middleOf(w) >= since))),
    );
    known.set(since, fresh);
    return fresh;
  };
}

const middleOf = (window: ProbeWindow): number => (window.startedAt + window.endedAt) / 2;

function peersSince(counts: readonly Count[]): PeersSince {
  const shares = counts.flatMap((count, owner) =>
    count.probes === 0 ? [] : [{ owner, value: share(count) }],
  );
  const medianShare = peerMedians(shares);
  const centre = medianShare(-1) ?? 0;
  const deviation = peerMedians(
    shares.map(({ owner, value }) => ({ owner, value: Math.abs(value - centre) })),
  );
  const capped = cappedTotals(counts);
  return {
    counted: (owner) => capped(owner, cap(medianShare(owner) ?? 0)),
    spread: (owner, multiple) => (medianShare(owner) ?? 0) + multiple * (deviation(owner) ?? 0),
  };
}

/** A peer's share counts up to three times the peers' median, or 5 %: one dead peer must not hide a sick one. */
const cap = (medianShare: number): number => Math.max(0.05, 3 * medianShare);

function cappedTotals(counts: readonly Count[]): (owner: number, cap: number) => Count {
  const known = new Map<number, Count>();
  const limited = (count: Count, most: number): Count => ({
    probes: count.probes,
    failures: Math.min(count.failures, Math.ceil(count.probes * most)),
  });
  return (owner, most) => {
    const all = known.get(most) ?? total(counts.map((count) => limited(count, most)));
    known.set(most, all);
    const own = limited(counts[owner] ?? { probes: 0, failures: 0 }, most);
    return { probes: all.probes - own.probes, failures: all.failures - own.failures };
  };
}
