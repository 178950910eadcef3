import { type MetricFigure } from '../../domain/capacity';
import { type Reading } from '../../domain/reading';
import { type ScaleMemory } from '../../domain/scale-memory';
import { type ScaleSignal } from '../../domain/scale-policy';
import { type Instant, type Permille } from '../../domain/units';
import { fewestServingSince, servingAt } from './capacity-then';

/** The load that one figure stands for, in thousandths of its unit, over all that served at its time. */
export interface MetricLoad {
  readonly signal: ScaleSignal;
  readonly sampledAt: Instant;
  readonly servingThen: number;
  /** The fewest that have served since then; null while nobody looked, as the pool was not attended to. */
  readonly fewestServing: number | null;
  /** Load that was seen; who did not report counts as idle. Scale-out rests on it. */
  readonly seen: number;
  /** Load there may be at most; who did not report counts as fully busy. Scale-in rests on it. */
  readonly feared: number;
  /** What a single instance’s value is read against: load ÷ breadth. */
  readonly breadth: number;
  readonly reported: number;
  readonly expected: number;
  /** Enough reported for the metric to agree to scale in. */
  readonly isQuorate: boolean;
  /** Who reported the top of its scale may have any amount of work: `feared` is too little then. */
  readonly saturated: number;
}

/** The signal cannot be read: no figure, a stale one, or one that nobody reported to. */
export interface NoLoad {
  readonly signal: ScaleSignal;
  readonly why: string;
}

export interface LoadSources {
  readonly figures: readonly Reading<MetricFigure>[];
  readonly serving: ScaleMemory['serving'];
  readonly servingNow: number;
  readonly quorum: Permille;
  /** Since when the pool is looked at without a long break: who served before that is not known. */
  readonly attendedFrom?: Instant;
}

/** Figures that are summed up over instances. The others come from load balancers and stand for the whole pool. */
export const isPerInstance = (signal: ScaleSignal): boolean =>
  signal === 'cpu' || signal === 'instance-connections';

/** Figures that are the same however many instances share them: each instance is taken to bear the whole value. */
const isWorstOf = (signal: ScaleSignal): boolean =>
  signal === 'latency' || signal === 'load-balancer-utilisation';

/**
 * What the newest fresh figure of a signal says about load, at the capacity of its own time. Warming instances are part of
 * that capacity; their figures are in none of `total`, `reported` and `expected`, so they count as silent here.
 *
 * Example: CPU, 10 served, 9 of 9 expected reported 4,500 ‰ in sum, target 600 ‰: seen 4,500 ‰; feared 5,500 ‰, as the
 * silent one may be at 1,000 ‰.
 */
export function loadOf(
  signal: ScaleSignal,
  target: number,
  sources: LoadSources,
): MetricLoad | NoLoad {
  const known = sources.figures.filter((read) => read.kind !== 'missing');
  const own = known
    .filter(({ value }) => value.signal === signal)
    .toSorted((a, b) => b.sampledAt - a.sampledAt);
  const newest = own.find(({ kind }) => kind === 'ok');
  if (newest === undefined)
    return { signal, why: own.length > 0 ? 'its newest figure is stale' : 'there is no figure' };
  if (newest.value.reported === 0) return { signal, why: 'nobody reported it' };
  return weigh(newest.value, newest.sampledAt, target, sources);
}

function weigh(
  { signal, total, reported, expected, saturated = 0 }: MetricFigure,
  sampledAt: Instant,
  target: number,
  { serving, servingNow, quorum, attendedFrom = sampledAt }: LoadSources,
): MetricLoad {
  const servingThen = servingAt(serving, sampledAt, servingNow);
  const fewestServing =
    sampledAt < attendedFrom ? null : fewestServingSince(serving, sampledAt, servingNow);
  const base = { signal, sampledAt, servingThen, fewestServing, reported, expected, saturated };
  if (!isPerInstance(signal)) {
    const load = isWorstOf(signal) ? total * servingThen : total;
    const isQuorate = reported >= expected;
    return { ...base, seen: load, feared: load, breadth: servingThen, isQuorate };
  }
  const breadth = Math.max(servingThen, reported);
  return {
    ...base,
    seen: total,
    feared: total + (breadth - reported) * fullyBusy(signal, target),
    breadth,
    isQuorate: reported * 1000 >= quorum * expected,
  };
}

/** What a silent instance may bear: all of its CPU; of connections, which have no top, its target. */
const fullyBusy = (signal: ScaleSignal, target: number): number =>
  signal === 'cpu' ? Math.max(1000, target) : target;
