import { type Instant } from './units';

/** How often something was seen, by what it is called. */
export type Tally = Readonly<Record<string, number>>;

/** Names that one tally keeps apart; all others are counted together, so that the document stays small. */
const NAMES_MAX = 100;
export const OTHERS = 'other';

/** What grows and never shrinks, until the store is lost. */
export interface PoolCounters {
  /** Ticks by what woke them. */
  readonly ticks: Tally;
  readonly tickMs: number;
  /** From the wake-up to the beginning of the tick, over all ticks. */
  readonly wakeLagMs: number;
  /** Proposed steps by reason. */
  readonly decisions: Tally;
  /** Withheld steps by the rule that withheld them. */
  readonly withheld: Tally;
  /** Planned steps by kind and result: `set-weight/done`. */
  readonly steps: Tally;
  /** Failed steps by the cloud’s code. */
  readonly errors: Tally;
  /** Calls of the cloud by API and what became of them: `DescribeHealthStatus/throttled`. */
  readonly calls: Tally;
  /** Looks that saw nothing, by the cloud’s code. */
  readonly blindLooks: Tally;
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

export const NO_FIGURES: PoolFigures = {
  counters: {
    ...{ ticks: {}, decisions: {}, withheld: {}, steps: {}, errors: {}, calls: {} },
    blindLooks: {},
    ...{ tickMs: 0, wakeLagMs: 0, ejections: 0, heals: 0, healMs: 0 },
  },
  illSince: {},
  last: null,
};

/** Counts more of each name; names beyond the limit are counted together. */
export function summed(tally: Tally, more: readonly (readonly [string, number])[]): Tally {
  const counts: Record<string, number> = { ...tally };
  for (const [name, count] of more) {
    const isKnown = Object.hasOwn(counts, name) || Object.keys(counts).length < NAMES_MAX;
    const key = isKnown ? name : OTHERS;
    counts[key] = (counts[key] ?? 0) + count;
  }
  return counts;
}

const isTally = (value: unknown): value is Tally =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((count) => typeof count === 'number' && Number.isFinite(count));

function isLike(value: unknown, sample: object): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(sample).every(([field, part]) => {
    const own = (value as Readonly<Record<string, unknown>>)[field];
    return typeof part === 'number' ? Number.isFinite(own) : isTally(own);
  });
}

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
