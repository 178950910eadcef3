import { type DeadBand, deadBandOf } from '../../domain/dead-band';
import { type ScalePolicy, type TargetMetric } from '../../domain/scale-policy';
import { ceilDiv, type Instant } from '../../domain/units';
import { amount, describeLoad } from './describe-load';
import { type HeldLimit, heldBy } from './held-limit';
import { type MetricLoad } from './metric-load';

/** What one metric’s target asks for, in whole instances. */
export interface TargetVote {
  /** At least so many; the base where the metric does not ask for more. */
  readonly out: number;
  /** So many suffice; the base where the metric does not agree to fewer. */
  readonly in: number;
  /** Instances that would bear the load that was seen, each exactly at the target. */
  readonly needed: number;
  readonly deadBand: DeadBand;
  readonly held: readonly HeldLimit[];
  readonly detail: string;
}

type Tolerance = ScalePolicy['tolerance'];

/**
 * Target tracking of one metric, in whole numbers:
 *
 *     needed = ⌈ capacity at the metric’s own time × value ÷ target ⌉
 *
 * Out, when the load is more than `tolerance.out` above what `base` instances bear at the target; rounding up makes it one
 * instance at least. In, when it is more than `tolerance.in` and at least one whole instance below. A change made
 * here never calls for its opposite: what is needed, rounded up, bears the load, and one fewer would not.
 *
 * Example: base 10, CPU sum 7,200 ‰, target 600 ‰: 12. Base 100 with exactly 110 instances’ load: within 10 %, nothing.
 *
 * Source: Kubernetes HPA algorithm, with tolerance per direction (KEP-4951).
 */
export function trackTarget(
  load: MetricLoad,
  { target }: TargetMetric,
  { base, tolerance, now }: { base: number; tolerance: Tolerance; now: Instant },
): TargetVote {
  const needed = ceilDiv(load.seen, target);
  const suffices = ceilDiv(load.feared, target);
  const isFarAbove = load.seen * 1000 > base * target * (1000 + tolerance.out);
  const isFarBelow = load.feared * 1000 < base * target * (1000 - tolerance.in);
  const deadBand = deadBandOf(target, base, tolerance);
  const isTolerated = (needed > base && !isFarAbove) || (suffices < base && !isFarBelow);
  const range = `${amount(load.signal, deadBand.from)} to ${amount(load.signal, deadBand.to)}`;
  return {
    out: isFarAbove ? needed : base,
    in: isFarBelow ? Math.min(base, suffices) : base,
    needed,
    deadBand,
    held: isTolerated
      ? [heldBy('tolerance', `${needed} for ${base}: inside ${range} nothing changes.`)]
      : [],
    detail:
      `${describeLoad(load, now)}; at the target of ${amount(load.signal, target)} that is work for ${needed}. ` +
      `With ${base} instances ${range} changes nothing.`,
  };
}
