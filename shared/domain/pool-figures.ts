import { isLike, isTally, type Tally } from './tally';
import { NO_TURNS, type TurnCounters } from './turn-counters';
import { type Instant } from './units';

export interface PoolCounters extends TurnCounters {
  readonly ejections: number;
  /** Backends that were ill and are healthy again, and how long all of them took together. */
  readonly heals: number;
  readonly healMs: number;
}

/** The pool as its last tick left it. */
export interface LastTick {
  readonly tickMs: number;
  readonly wakeLagMs: number;
  readonly members: number;
  readonly healthy: number;
  readonly serving: number;
  readonly isPanic: boolean;
  /** Instances wanted; null where the pool is not scaled or nothing can be said. */
  readonly desired: number | null;
  /** Instances of a scaled pool by stage. */
  readonly stages: Tally;
  /** Signals as they were at the time of the tick. */
  readonly signals: Readonly<Record<string, SignalAge>>;
}

export interface SignalAge {
  /** Of the oldest reading; null when there was none. */
  readonly ageMs: number | null;
  /** Readings that were stale or missing. */
  readonly unusable: number;
}

/** Figures of a pool for metrics. Nothing is decided on them; they are lost with the store, and counting begins anew. */
export interface PoolFigures {
  readonly counters: PoolCounters;
  /** Who is ill now, and since when: from the first suspicion, whatever state it is in by now. */
  readonly illSince: Readonly<Record<string, Instant>>;
  readonly last: LastTick | null;
}

const NO_FIGURES: PoolFigures = {
  counters: { ...NO_TURNS, ejections: 0, heals: 0, healMs: 0 },
  illSince: {},
  last: null,
};

/** Figures that a document holds; what cannot be understood counts as none, and counting begins anew. */
export function figuresIn(value: unknown): PoolFigures {
  if (typeof value !== 'object' || value === null) return NO_FIGURES;
  const { counters, illSince, last = null } = value as Partial<PoolFigures>;
  const isWhole = isLike(counters, NO_FIGURES.counters) && isTally(illSince);
  if (!isWhole) return NO_FIGURES;
  const isLastWhole = last !== null && isLike(last, NO_TICK) && areSignals(last.signals);
  return { counters, illSince, last: isLastWhole ? last : null } as PoolFigures;
}

const areSignals = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((age) => isLike(age, { unusable: 0 }));

/** Stages are checked as a tally, the others as numbers. */
const NO_TICK = { tickMs: 0, wakeLagMs: 0, members: 0, healthy: 0, serving: 0, stages: {} };
