import { type OutlierPolicy } from '../domain/policy';
import { ceilDiv } from '../domain/units';
import { errorChance } from './error-outliers';
import { failuresAgree, PAUSE_MS } from './latency-outliers';
import { binomialUpperTail, failureThreshold } from './statistics';
import { HISTORY_PROBES } from './window-history';

const WEEK_MS = 7 * 24 * 3600 * 1000;
/** Counts of peers beyond this change no threshold. */
const PEER_PROBES_MAX = 100_000;

/** How a pool is probed, and how often its backends fail when they are well (shares 0 … 1). */
export interface Vantage {
  readonly policy: OutlierPolicy;
  readonly poolSize: number;
  readonly perWindow: number;
  readonly windowMs: number;
  /** Time from one window of a backend to its next. */
  readonly intervalMs: number;
  readonly normalErrorShare: number;
}

/**
 * Failures in `windows` windows that make an outlier by errors, with a full memory of the peers; null when so few
 * windows can prove nothing. The worst windows are left out once, so they must be outweighed by the others.
 */
export function errorThreshold(vantage: Vantage, windows: number): number | null {
  const { policy, poolSize, perWindow, normalErrorShare } = vantage;
  const probes = windows * perWindow;
  if (windows < policy.confirmations || probes < policy.probesMin) return null;
  const chance = errorChance(policy, poolSize, vantage.intervalMs);
  const against = (peerProbes: number, own: number, within: number): number | null =>
    failureThreshold({
      probes: own,
      peerProbes,
      peerFailures: Math.round(peerProbes * normalErrorShare),
      chance: within,
    });
  const remembered = Math.min(PEER_PROBES_MAX, (poolSize - 1) * HISTORY_PROBES);
  const steadyProbes = (windows - policy.confirmations + 1) * perWindow;
  const always = against(remembered, probes, chance);
  const steady = against((poolSize - 1) * probes, steadyProbes, Math.sqrt(chance));
  if (always === null || steady === null) return null;
  const inWorst = (policy.confirmations - 1) * Math.ceil((2 * steady) / windows);
  const aboveFloor = Math.ceil(probes * (normalErrorShare + policy.errorFloor / 1000));
  return Math.max(always, steady + inWorst, aboveFloor);
}

/**
 * Chance that a backend that fails `errorShare` of its probes is an outlier by errors after `windows` windows: an
 * estimate, exact in the binomial part. Example: 20 % of 10 a window, six backends, six windows → about 0.9.
 */
export function detectionPower(vantage: Vantage, errorShare: number, windows: number): number {
  const threshold = errorThreshold(vantage, windows);
  if (threshold === null) return 0;
  return binomialUpperTail({
    probes: windows * vantage.perWindow,
    atLeast: threshold,
    share: errorShare,
  });
}

/** The fewest windows after which the power is at least `power`; null when 5,000 remembered probes are too few. */
export function windowsForPower(
  vantage: Vantage,
  errorShare: number,
  power: number,
): number | null {
  const most = Math.floor(HISTORY_PROBES / vantage.perWindow);
  for (let windows = vantage.policy.confirmations; windows <= most; windows += step(windows)) {
    if (detectionPower(vantage, errorShare, windows) >= power) return windows;
  }
  return null;
}

const step = (windows: number): number => Math.max(1, Math.floor(windows / 20));

/**
 * Expected false ejections of the whole pool in a week by errors: the sum over all comparisons, as if each were
 * independent, so an upper bound under steady, independent errors.
 */
export function falseErrorEjectionsPerWeek(vantage: Vantage): number {
  const { policy, perWindow, intervalMs, normalErrorShare } = vantage;
  const most = Math.floor(HISTORY_PROBES / perWindow);
  let chance = 0;
  for (let windows = policy.confirmations; windows <= most; windows *= 2) {
    const threshold = errorThreshold(vantage, windows);
    if (threshold === null) continue;
    chance += binomialUpperTail({
      probes: windows * perWindow,
      atLeast: threshold,
      share: normalErrorShare,
    });
  }
  return chance * vantage.poolSize * (WEEK_MS / intervalMs);
}

/** Windows that latency alone needs: as many as must be confirmed, and longer than a pause. Example: 3 of 2.5 s. */
export const windowsForLatency = ({ policy, windowMs }: Vantage): number =>
  Math.max(policy.confirmations, ceilDiv(PAUSE_MS, Math.max(1, windowMs)));

/**
 * The same by latency, where `slowShare` of normal answers take longer than the ratio floor times the median: a
 * window's median is slow when half of its answers are, and enough windows in a row must be; fewer will do when
 * failures agree by chance.
 *
 * Example: 5 % slow answers, 10 a window: 6.4 × 10⁻⁵ a window, 2.6 × 10⁻¹³ for three.
 */
export function falseLatencyEjectionsPerWeek(vantage: Vantage, slowShare: number): number {
  const { policy, poolSize, perWindow, intervalMs, normalErrorShare } = vantage;
  const one = binomialUpperTail({
    probes: perWindow,
    atLeast: Math.ceil(perWindow / 2),
    share: slowShare,
  });
  const inRow = (windows: number): number =>
    Array<number>(windows)
      .fill(one)
      .reduce((all, each) => all * each, 1);
  const probes = policy.confirmations * perWindow;
  let agreeing = policy.confirmations;
  while (!failuresAgree({ probes, failures: agreeing }, normalErrorShare, policy)) agreeing += 1;
  const chance =
    inRow(policy.confirmations) *
      binomialUpperTail({ probes, atLeast: agreeing, share: normalErrorShare }) +
    inRow(windowsForLatency(vantage));
  return chance * poolSize * (WEEK_MS / intervalMs);
}
