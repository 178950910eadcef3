import { type Tick } from '../../../shared/domain/tick';
import { type LoadCount, type LoadReport, type LoadSecond } from '../../local/traffic/load-report';
import { countBetween } from '../../rehearsal/measure';

/** What one contender came to in one round; times count from the fault. */
export interface Measurement extends LoadCount {
  readonly contender: string;
  /** Null: not before the round ended. */
  readonly secondsUntilWell: number | null;
  /** Until the first weight was lowered; null: none was. */
  readonly secondsUntilAction: number | null;
  readonly roundSeconds: number;
}

/** Fewer than 1 % fail over each of these spans, and over all the rest of the round. */
const SPANS_SECONDS = [3, 10, Number.POSITIVE_INFINITY] as const;

/**
 * Seconds from the fault to the first second from which on fewer than 1 % of requests fail: in its first three seconds, its
 * first ten, and all the rest of the round. The short spans keep the answer sharp; the last one keeps a lucky moment
 * from passing for a cure. Null when no second qualifies.
 *
 * Example: 3 % fail from second 5 to second 11 inclusive, none later, fault in second 5 → 7.
 */
export function secondsUntilWell(
  seconds: readonly LoadSecond[],
  faultSecond: number,
): number | null {
  const last = Math.max(faultSecond, ...seconds.map(({ second }) => second));
  for (let start = faultSecond; start + 9 <= last; start += 1) {
    const counts = SPANS_SECONDS.map((span) => countBetween(seconds, start, start + span - 1));
    if (counts.every(isWell)) return start - faultSecond;
  }
  return null;
}

const isWell = ({ requests, failed }: LoadCount): boolean =>
  requests > 0 && failed * 100 < requests;

/** Seconds from the fault to the end of the first write that took weight from the victim. */
export function secondsUntilAction(
  ticks: readonly Tick[],
  victim: string,
  faultAt: number,
): number | null {
  const ends = ticks.flatMap(({ plan, outcome }) =>
    plan.steps
      .filter(
        (step) => step.kind === 'set-weight' && step.instanceId === victim && step.to < step.from,
      )
      .flatMap(({ stepId }) => outcome.steps.filter((step) => step.stepId === stepId))
      .filter(({ result, finishedAt }) => result.kind === 'done' && finishedAt >= faultAt)
      .map(({ finishedAt }) => finishedAt),
  );
  return ends.length === 0 ? null : Math.round((Math.min(...ends) - faultAt) / 100) / 10;
}

/** A contender's figures from the second of the fault to the end of the load. */
export function measure(
  contender: string,
  seen: {
    readonly load: LoadReport;
    readonly ticks: readonly Tick[];
    readonly victim: string;
    readonly faultAt: number;
  },
): Measurement {
  const { load, ticks, victim, faultAt } = seen;
  const faultSecond = Math.floor((faultAt - load.startedAt) / 1000);
  return {
    contender,
    ...countBetween(load.seconds, faultSecond, Number.POSITIVE_INFINITY),
    secondsUntilWell: secondsUntilWell(load.seconds, faultSecond),
    secondsUntilAction: secondsUntilAction(ticks, victim, faultAt),
    roundSeconds: Math.round((load.endedAt - faultAt) / 1000),
  };
}

/** The middle of the rounds; “not at all” counts as later than any time. Example: 7, null, 9 → 9. */
export function medianTime(times: readonly (number | null)[]): number | null {
  const sorted = times
    .map((time) => time ?? Number.POSITIVE_INFINITY)
    .sort((one, other) => one - other);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.POSITIVE_INFINITY;
  return Number.isFinite(middle) ? middle : null;
}
