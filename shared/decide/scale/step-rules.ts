import { type StepRule } from '../../domain/scale-policy';
import { ceilDiv, shareOf } from '../../domain/units';
import { amount } from './describe-load';
import { type MetricLoad } from './metric-load';

/** What a signal’s step rules ask for, in whole instances. */
export interface StepVote {
  /** The base where no rule asks for more. */
  readonly out: number;
  /** The base where rules for scaling in exist and none applies; null without such rules: no opinion. */
  readonly in: number | null;
  readonly detail: string;
}

/**
 * The step rules of one signal. The largest step that applies counts, from the capacity at the metric’s own time, held
 * instances included: the same figure read again asks for the same number, not for another step. Shares round up on the way
 * out and down on the way in; a step is at least one instance.
 *
 * Example: 10 served at 85 %, rules `from 70 %: 10 %` and `from 80 %: 20 %` → 12, however many are already on their way.
 */
export function applySteps(
  load: MetricLoad,
  rules: readonly StepRule[],
  { base, held }: { base: number; held: number },
): StepVote {
  const from = load.servingThen + held;
  const sizes = (direction: 'out' | 'in'): readonly number[] =>
    rules
      .filter((rule) => rule.direction === direction && doesApply(rule, load))
      .map((rule) => sizeOf(rule, from));
  const [up, down] = [Math.max(0, ...sizes('out')), Math.max(0, ...sizes('in'))];
  const hasOpinion = rules.some(({ direction }) => direction === 'in');
  return {
    out: up > 0 ? Math.max(base, from + up) : base,
    in: !hasOpinion ? null : down > 0 ? Math.min(base, Math.max(0, from - down)) : base,
    detail: describeSteps(load, up, down),
  };
}

function doesApply({ direction, threshold }: StepRule, load: MetricLoad): boolean {
  if (load.breadth === 0) return false;
  return direction === 'out'
    ? load.seen >= threshold * load.breadth
    : load.feared <= threshold * load.breadth;
}

function sizeOf({ direction, change }: StepRule, from: number): number {
  if (change.kind === 'count') return Math.max(1, change.count);
  const size =
    direction === 'out' ? ceilDiv(from * change.share, 1000) : shareOf(from, change.share);
  return Math.max(1, size);
}

function describeSteps({ signal, seen, breadth }: MetricLoad, up: number, down: number): string {
  if (up > 0) return `A step rule at ${amount(signal, seenEach(seen, breadth))} adds ${up}.`;
  if (down > 0) return `A step rule at ${amount(signal, seenEach(seen, breadth))} removes ${down}.`;
  return 'No step rule applies.';
}

const seenEach = (seen: number, breadth: number): number => ceilDiv(seen, Math.max(1, breadth));
