import { type ProbeWindow } from '../domain/probe-window';
import { type OutlierPolicy } from '../domain/policy';
import { type Count, share, shrink, total } from './counts';
import { cohortsOf, lengthOf, noiseOf, sampleOf } from './latency-cohorts';
import { peerMedians } from './peer-medians';
import { binomialUpperTail } from './statistics';
import { type LatencyHistory, withUsualFactors } from './usual-latency';

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
/** One window's latency against the peers at the same time. */
interface Distance {
  readonly ratio: number;
  readonly window: ProbeWindow;
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
  const cohorts = cohortsOf(withUsualFactors(histories));
  const distances = histories.map((): Distance[] => []);
  for (const cohort of cohorts) {
    const reference = peerMedians(cohort.map(sampleOf));
    const owners = new Set(cohort.map((slot) => slot.owner)).size;
    for (const slot of cohort) {
      const { latencyUs, credit, index, owner, window } = slot;
      const peers = reference(owner) ?? 0;
      const isKnown = peers > 0 && owners >= policy.hostsMin;
      const ratio = isKnown ? (latencyUs / peers) * credit : 0;
      const own = distances[owner];
      if (own !== undefined) own[index] = { ratio, window };
    }
  }
  if (!distances.some(([newest]) => isSlow(newest, policy))) return histories.map(() => undefined);
  const noise = noiseOf(cohorts);
  const failing = peerShares(histories);
  return distances.map((own, owner) =>
    judge(own, { noise: noise(owner) ?? 0, failing: failing[owner] ?? 0 }, policy),
  );
}

/** Share of failures of everyone else, by position. */
function peerShares(histories: readonly LatencyHistory[]): readonly number[] {
  const totals = histories.map(({ windows }) => total(windows));
  const all = total(totals);
  return totals.map(({ probes, failures }) =>
    share({ probes: all.probes - probes, failures: all.failures - failures }),
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
  const seen = shrink({ probes, failures });
  const chance = binomialUpperTail({
    probes: seen.probes,
    atLeast: seen.failures,
    share: Math.max(peerShare, policy.errorFloor / 2000),
  });
  return chance <= AGREEMENT_CHANCE;
}

function sentence(slow: readonly Distance[]): string {
  const least = Math.min(...slow.map(({ ratio }) => ratio));
  return `at least ${(Math.floor(least * 10) / 10).toString()} times the peers’ median latency in ${slow.length.toString()} windows`;
}
