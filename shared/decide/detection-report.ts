import { type PoolPolicy, type ProbePolicy } from '../domain/policy';
import { ceilDiv, type Millis, millis } from '../domain/units';
import {
  falseErrorEjectionsPerWeek,
  falseLatencyEjectionsPerWeek,
  type Vantage,
  windowsForLatency,
  windowsForPower,
} from './detection-power';

/** What is assumed of a healthy pool; measured pools differ, so the report names it. */
const ASSUMED = { normalErrorShare: 0.005, slowShare: 0.05 } as const;
/** Shares of failing probes that are reported. */
const FAULTS = [0.2, 0.05, 0.02];
/** The timer that wakes a pool nobody watches. */
const TIMER_MS = 60_000;

export interface FaultReport {
  readonly errorShare: number;
  /** Time until half, and 95 of 100, such faults are found; null: not within what is remembered. */
  readonly medianMs: Millis | null;
  readonly p95Ms: Millis | null;
}

/** What the outlier rule can be expected to do for a pool of this size under this policy. */
export interface DetectionReport {
  readonly poolSize: number;
  /** Windows of the whole pool until a backend is probed again. */
  readonly turns: number;
  /** Time from one window of a backend to its next while somebody watches. */
  readonly intervalMs: Millis;
  /** Longest time until the first window when nothing else wakes the pool. */
  readonly firstLookMs: Millis;
  readonly probesPerSecondPerBackend: number;
  readonly probesPerSecond: number;
  /** The reference gray fault: 20 % errors and five times the latency, which confirm each other. */
  readonly referenceFaultMs: Millis;
  /** Five times the latency without errors: longer than a pause. */
  readonly latencyAloneMs: Millis;
  /** Share of failures below which faults by errors alone are not looked for: the floor above what is normal. */
  readonly errorsAloneFrom: number;
  /** Faults by errors alone, all above `errorsAloneFrom`. */
  readonly errorsAlone: readonly FaultReport[];
  readonly falseEjectionsPerWeek: { readonly byErrors: number; readonly byLatency: number };
  readonly assumed: typeof ASSUMED;
}

/**
 * Expected detection times and false ejections, computed from the policy. Null when the pool cannot be compared:
 * no probes, the rule is off, or fewer backends than `hostsMin`. Detection times count from the first window on;
 * `firstLookMs` comes on top where nobody watches.
 */
export function decideDetectionReport(
  { heal, watch, watchIntervalMs }: PoolPolicy,
  poolSize: number,
): DetectionReport | null {
  const { probe, outlier } = heal;
  if (probe === null || !outlier.enabled || poolSize < Math.max(3, outlier.hostsMin)) return null;
  const pauseMs = watch === 'never' ? TIMER_MS : watchIntervalMs;
  const turns = turnsOf(probe, poolSize);
  const intervalMs = millis(turns * Math.max(probe.windowMs, pauseMs));
  const { perWindow } = probe;
  const vantage: Vantage = {
    policy: outlier,
    poolSize,
    perWindow,
    windowMs: probe.windowMs,
    intervalMs,
    normalErrorShare: ASSUMED.normalErrorShare,
  };
  const errorsAloneFrom = ASSUMED.normalErrorShare + outlier.errorFloor / 1000;
  const least = Math.max(outlier.confirmations, ceilDiv(outlier.probesMin, perWindow));
  return {
    poolSize,
    turns,
    intervalMs,
    firstLookMs: millis(watch === 'always' ? 0 : TIMER_MS),
    probesPerSecondPerBackend: (perWindow * 1000) / intervalMs,
    probesPerSecond: (poolSize * perWindow * 1000) / intervalMs,
    referenceFaultMs: millis(least * intervalMs),
    latencyAloneMs: millis(Math.max(least, windowsForLatency(vantage)) * intervalMs),
    errorsAloneFrom,
    errorsAlone: FAULTS.filter((errorShare) => errorShare > errorsAloneFrom).map((errorShare) =>
      faultReport(vantage, errorShare),
    ),
    falseEjectionsPerWeek: {
      byErrors: falseErrorEjectionsPerWeek(vantage),
      byLatency: falseLatencyEjectionsPerWeek(vantage, ASSUMED.slowShare),
    },
    assumed: ASSUMED,
  };
}

/** A pool within the budget is probed whole in each window; a larger one takes turns. */
const turnsOf = ({ perWindow, budgetPerWindow }: ProbePolicy, poolSize: number): number =>
  ceilDiv(poolSize, Math.max(1, Math.floor(budgetPerWindow / perWindow)));

function faultReport(vantage: Vantage, errorShare: number): FaultReport {
  const time = (power: number): Millis | null => {
    const windows = windowsForPower(vantage, errorShare, power);
    return windows === null ? null : millis(windows * vantage.intervalMs);
  };
  return { errorShare, medianMs: time(0.5), p95Ms: time(0.95) };
}
