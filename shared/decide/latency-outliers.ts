import { type ProbeWindow } from '../domain/probe-window';
import { type OutlierPolicy } from '../domain/policy';
import { peerMedians, type Sample } from './peer-medians';
import { binomialUpperTail, middle } from './statistics';
import { type LatencyHistory, type UsualFactor, usualFactors } from './usual-latency';
import { RECENT_WINDOWS } from './window-history';

export interface LatencyFinding {
  /** Newest windows in a row that were clearly slower than the peers at the same time. */
  readonly windows: number;
  readonly isConfirmed: boolean;
  readonly detail: string;
}

/** More windows need fewer deviations each: 4 σ twice, 2.7 σ four times or 1.6 σ eight times are about as rare. */
const PACES = [
  { times: 1, part: 1 },
  { times: 2, part: 2 / 3 },
  { times: 4, part: 2 / 5 },
];

/** Latency alone has to last longer than a machine pauses to collect garbage or to be snapshotted. */
export const PAUSE_MS = 6000;
/** Failures agree with slowness when so many would be seen by chance in one case of this many. */
const AGREEMENT_CHANCE = 1 / 500;
/** The exact test is meant for counts up to this many probes. */
const PROBES_MAX = 5000;

/** One window's latency against the peers at the same time. */
interface Distance {
  readonly ratio: number;
  readonly window: ProbeWindow;
}

interface Slot {
  readonly owner: number;
  readonly window: ProbeWindow;
  readonly index: number;
  readonly credit: number;
  /** On the peers' scale: divided by what is usual for this backend. */
  readonly latencyUs: number;
}

/**
 * Backends that answer clearly slower than their peers, by position. A window is slow when its median latency is
 * above `latencyFloorMs`, at least `latencyRatioFloor` times the median of the peers' windows at the same time, and
 * `madMultiple` median absolute deviations above it; deviations multiply, as latencies do: 6 of 20 % are 1.2⁶ ≈ 3
 * times. As many windows in a row as must be confirmed make an outlier; so do twice as many at two thirds of the
 * deviations or four times as many at two fifths: equally unlikely by chance, and mild faults are found too. Without
 * failures that agree, the slow windows must also last longer than a pause, so short windows need one or two more.
 * Failures agree when they are above `errorFloor` and rarer than one case in 500 at the peers' share (Example: 3 of 20
 * at 1 %, but not 2 of 20): a pause beside the odd failure proves nothing.
 * Peers that are slow at the same time raise the yardstick: when everybody is slow, nobody is an outlier.
 */
export function latencyOutliers(
  histories: readonly LatencyHistory[],
  policy: OutlierPolicy,
): readonly (LatencyFinding | undefined)[] {
  const slots = histories.flatMap(slotsOf(usualFactors(histories)));
  const cohorts = cohortsOf(slots);
  const distances = histories.map((): Distance[] => []);
  for (const cohort of cohorts) {
    const reference = peerMedians(cohort.map(sampleOf));
    const owners = new Set(cohort.map((slot) => slot.owner)).size;
    for (const slot of cohort) {
      const peers = reference(slot.owner);
      const { latencyUs, credit, index, owner, window } = slot;
      const isKnown = peers !== undefined && peers > 0 && owners >= policy.hostsMin;
      const ratio = isKnown ? (latencyUs / peers) * credit : 0;
      const own = distances[owner];
      if (own !== undefined) own[index] = { ratio, window };
    }
  }
  if (!distances.some(([newest]) => isSlow(newest, policy))) return histories.map(() => undefined);
  const noise = noiseOf(cohorts);
  const usually = peerShares(histories);
  return distances.map((own, owner) =>
    judge(own, { noise: noise(owner) ?? 0, failing: usually(owner) }, policy),
  );
}

/** Share of failures of everyone but the owner. */
function peerShares(histories: readonly LatencyHistory[]): (owner: number) => number {
  const totals = histories.map(({ windows }) => total(windows));
  const all = total(totals);
  return (owner) => {
    const own = totals[owner] ?? { probes: 0, failures: 0 };
    const probes = all.probes - own.probes;
    return probes === 0 ? 0 : (all.failures - own.failures) / probes;
  };
}

interface Count {
  readonly probes: number;
  readonly failures: number;
}

const total = (counts: readonly Count[]): Count => ({
  probes: counts.reduce((sum, { probes }) => sum + probes, 0),
  failures: counts.reduce((sum, { failures }) => sum + failures, 0),
});

/** The newest windows with an answer. */
const slotsOf =
  (usual: readonly UsualFactor[]) =>
  ({ windows }: LatencyHistory, owner: number): readonly Slot[] =>
    windows.slice(0, RECENT_WINDOWS).flatMap((window, index) => {
      const { factor, credit } = usual[owner] ?? { factor: 1, credit: 1 };
      const { latencyMedianUs } = window;
      if (latencyMedianUs === null) return [];
      return [{ owner, window, index, credit, latencyUs: latencyMedianUs / factor }];
    });

const sampleOf = ({ owner, latencyUs }: Slot): Sample => ({ owner, value: latencyUs });

/** Windows that saw the same time: their middles lie within one window's length. */
function cohortsOf(slots: readonly Slot[]): readonly (readonly Slot[])[] {
  const sorted = [...slots].sort(
    (a, b) => middleOf(a.window) - middleOf(b.window) || lengthOf(a.window) - lengthOf(b.window),
  );
  const cohorts: Slot[][] = [];
  let until = -Infinity;
  for (const slot of sorted) {
    if (middleOf(slot.window) >= until) {
      cohorts.push([]);
      until = middleOf(slot.window) + Math.max(1, lengthOf(slot.window));
    }
    cohorts.at(-1)?.push(slot);
  }
  return cohorts;
}

const middleOf = ({ startedAt, endedAt }: ProbeWindow): number => (startedAt + endedAt) / 2;
const lengthOf = ({ startedAt, endedAt }: ProbeWindow): number => endedAt - startedAt;

/**
 * How far windows of the others lie from their cohort's median, as a share of it: over all recent cohorts, since two or
 * three peers in one window say little. The window that is the median itself says nothing and is left out.
 */
function noiseOf(cohorts: readonly (readonly Slot[])[]): (owner: number) => number | undefined {
  return peerMedians(
    cohorts.flatMap((cohort) => {
      const sorted = [...cohort].sort((a, b) => a.latencyUs - b.latencyUs);
      const centre = middle(sorted.length, (rank) => sorted[rank]?.latencyUs) ?? 0;
      if (centre <= 0 || cohort.length < 3) return [];
      return sorted
        .filter((_, rank) => 2 * rank + 1 !== sorted.length)
        .map(({ owner, latencyUs }) => ({ owner, value: Math.abs(latencyUs / centre - 1) }));
    }),
  );
}

/** (1 + rate) to the power of `times`, linear between whole powers: the same bits everywhere. */
function compound(rate: number, times: number): number {
  let value = 1;
  for (let whole = 1; whole <= times; whole += 1) value *= 1 + rate;
  return value * (1 + rate * (times - Math.floor(times)));
}

function isSlow(distance: Distance | undefined, policy: OutlierPolicy): distance is Distance {
  return (
    distance !== undefined &&
    (distance.window.latencyMedianUs ?? 0) >= policy.latencyFloorMs * 1000 &&
    distance.ratio * 1000 >= policy.latencyRatioFloor
  );
}

/** What is usual among the peers of one backend: the spread of their latencies and their share of failures. */
interface Usual {
  readonly noise: number;
  readonly failing: number;
}

function judge(
  distances: readonly (Distance | undefined)[],
  { noise, failing }: Usual,
  policy: OutlierPolicy,
): LatencyFinding | undefined {
  const multiple = policy.madMultiple / 1000;
  const run = (deviations: number): readonly Distance[] => {
    const slow: Distance[] = [];
    for (const distance of Array.from(distances)) {
      if (!isSlow(distance, policy) || distance.ratio < compound(noise, deviations)) break;
      slow.push(distance);
    }
    return slow;
  };
  const confirmed = PACES.map(({ times, part }) => ({
    wanted: policy.confirmations * times,
    slow: run(multiple * part),
  }))
    .filter(({ wanted, slow }) => slow.length >= wanted)
    .find(({ slow }) => isEnough(slow, failing, policy));
  const slow = confirmed?.slow ?? run(multiple);
  if (slow.length === 0) return undefined;
  return { windows: slow.length, isConfirmed: confirmed !== undefined, detail: sentence(slow) };
}

/** Enough probes, and either more time than a pause takes or failures that agree. */
function isEnough(slow: readonly Distance[], failing: number, policy: OutlierPolicy): boolean {
  const seen = total(slow.map(({ window }) => window));
  const lastedMs = slow.reduce((sum, { window }) => sum + lengthOf(window), 0);
  const isAgreed = failuresAgree(seen, failing, policy);
  return seen.probes >= policy.probesMin && (isAgreed || lastedMs >= PAUSE_MS);
}

/**
 * Whether failures among slow probes are evidence of their own where peers fail this share (0 … 1). Few probes of the
 * peers prove no perfection, so half of the floor is taken for it at least.
 */
export function failuresAgree(
  { probes, failures }: Count,
  peerShare: number,
  policy: OutlierPolicy,
): boolean {
  if (failures < policy.confirmations || failures * 1000 < policy.errorFloor * probes) return false;
  const scale = Math.max(1, probes / PROBES_MAX);
  const chance = binomialUpperTail({
    probes: Math.floor(probes / scale),
    atLeast: Math.floor(failures / scale),
    share: Math.max(peerShare, policy.errorFloor / 2000),
  });
  return chance <= AGREEMENT_CHANCE;
}

function sentence(slow: readonly Distance[]): string {
  const least = Math.min(...slow.map(({ ratio }) => ratio));
  return `at least ${(Math.floor(least * 10) / 10).toString()} times the peers’ median latency in ${slow.length.toString()} windows`;
}
