/** Moments of one instance that was not at work before, milliseconds since the epoch; null: not seen. */
export interface Arrival {
  readonly instanceId: string;
  readonly runningAt: number | null;
  readonly answersAt: number | null;
  /** It has weight, and the load balancer calls it normal. */
  readonly servesAt: number | null;
  readonly fullAt: number | null;
}

export interface Stages {
  /** From the overload to the first look that wants more. */
  readonly detect: number | null;
  /** From there to the call that brings it. */
  readonly decide: number | null;
  /** From there until as many as are needed run. */
  readonly launch: number | null;
  /** From there until their services answer. */
  readonly boot: number | null;
  /** From there until they have their full weight and the load balancer calls them normal. */
  readonly ramp: number | null;
  readonly total: number | null;
  /** From the overload until as many as are needed take traffic at all. */
  readonly serves: number | null;
}

export interface Observed {
  readonly overloadAt: number;
  readonly wantedAt: number | null;
  readonly calledAt: number | null;
  readonly arrivals: readonly Arrival[];
  /** Newcomers that the load needs. */
  readonly needed: number;
}

/**
 * Splits the time from overload to capacity in service. Each stage ends when the last of the needed newcomers is through it.
 *
 * Example: overload at 0 s, wanted at 70 s, called at 71 s, running at 91 and 95 s, answering at 160 and 165 s, in service at 340 s:
 * 70, 1, 24, 70, 175, together 340.
 */
export function splitStages({ overloadAt, ...seen }: Observed): Stages {
  const reached = (moment: (arrival: Arrival) => number | null): number | null =>
    nth(seen.arrivals.map(moment), seen.needed);
  const running = reached(({ runningAt }) => runningAt);
  const answers = reached(({ answersAt }) => answersAt);
  const full = reached(({ fullAt }) => fullAt);
  return {
    detect: secondsBetween(overloadAt, seen.wantedAt),
    decide: secondsBetween(seen.wantedAt, seen.calledAt),
    launch: secondsBetween(seen.calledAt, running),
    boot: secondsBetween(running, answers),
    ramp: secondsBetween(answers, full),
    total: secondsBetween(overloadAt, full),
    serves: secondsBetween(
      overloadAt,
      reached(({ servesAt }) => servesAt),
    ),
  };
}

/** The n-th smallest of those that are known. */
function nth(moments: readonly (number | null)[], n: number): number | null {
  const known = moments.filter((moment) => moment !== null).sort((one, other) => one - other);
  return known[n - 1] ?? null;
}

const secondsBetween = (from: number | null, to: number | null): number | null =>
  from === null || to === null ? null : Math.round((to - from) / 100) / 10;
