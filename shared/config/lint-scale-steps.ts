import {
  type ScalePolicy,
  type ScaleSignal,
  type StepRule,
  type TargetMetric,
} from '../domain/scale-policy';
import { shareOf } from '../domain/units';
import { remarkIf, type Remark } from './lint-rule';
import { scaleRules } from './lint-scale-rule';
import { formatSignal } from './signal-notation';

/** Signals whose value falls as instances are added, in proportion. */
const SHARED_OUT: readonly ScaleSignal[] = [
  'cpu',
  'instance-connections',
  'requests',
  'connections',
];

/** Where a step in leads to a value that calls for instances again. */
interface Flap {
  readonly before: number;
  readonly after: number;
  readonly value: number;
  readonly calledBy: string;
}

const targetOf = (signal: ScaleSignal, { metrics }: ScalePolicy): TargetMetric | undefined =>
  metrics.find((metric) => metric.signal === signal);

const stepsOut = (signal: ScaleSignal, { steps }: ScalePolicy): readonly StepRule[] =>
  steps.filter((rule) => rule.signal === signal && rule.direction === 'out');

/** Instances that a step takes away from so many: at least one, at most what rate and min allow. */
function taken({ change }: StepRule, from: number, { min, in: { rate } }: ScalePolicy): number {
  const wanted = change.kind === 'count' ? change.count : shareOf(from, change.share);
  const allowed = Math.max(1, rate.count, shareOf(from, rate.share));
  return Math.min(Math.max(1, wanted), allowed, from - min);
}

/** What asks for more instances at `threshold × before ÷ after`, if anything; compared without dividing. */
function callerAt(
  { signal, threshold }: StepRule,
  [before, after]: readonly [number, number],
  scale: ScalePolicy,
): string | undefined {
  const load = threshold * before;
  const step = stepsOut(signal, scale).find((rule) => load >= rule.threshold * after);
  if (step !== undefined) return `the step out at ${formatSignal(signal, step.threshold)}`;
  const metric = targetOf(signal, scale);
  return metric !== undefined && load * 1000 > metric.target * (1000 + scale.tolerance.out) * after
    ? `the target of ${formatSignal(signal, metric.target)}`
    : undefined;
}

/**
 * The smallest pool in which a step in would call for a step out: with so many fewer, each of the rest bears
 * threshold × before ÷ after.
 *
 * Example: `in` at 40 % by one, `out` at 70 %, from 2: 40 × 2 ÷ 1 = 80 %, which is above 70 %.
 */
function flapOf(rule: StepRule, scale: ScalePolicy): Flap | undefined {
  for (let before = scale.min + 1; before <= scale.max; before += 1) {
    const after = before - taken(rule, before, scale);
    const bearing: readonly [number, number] = SHARED_OUT.includes(rule.signal)
      ? [before, after]
      : [1, 1];
    const calledBy = callerAt(rule, bearing, scale);
    if (calledBy !== undefined)
      return {
        before,
        after,
        value: Math.floor((rule.threshold * bearing[0]) / bearing[1]),
        calledBy,
      };
  }
  return undefined;
}

function flapRemark(rule: StepRule, index: number, scale: ScalePolicy): readonly Remark[] {
  if (rule.direction === 'out' || !scale.in.enabled || !scale.out.enabled) return [];
  const flap = flapOf(rule, scale);
  if (flap === undefined) return [];
  const [threshold, value] = [rule.threshold, flap.value].map((one) =>
    formatSignal(rule.signal, one),
  );
  return [
    {
      at: ['steps', index, 'threshold'],
      sentence: `At ${threshold ?? ''} the step takes ${flap.before} instances to ${flap.after}, which makes ${rule.signal} ${value ?? ''}, and ${flap.calledBy} brings them back: the pool would go up and down for ever.`,
      remedy: 'Lower this threshold, take fewer away, or raise min.',
    },
  ];
}

/** Whether rules for the two directions contradict each other. */
export const SCALE_STEP_RULES = scaleRules([
  {
    code: 'scale-flaps',
    severity: 'error',
    about: 'What a step takes away, the way out would bring back at once.',
    check: ({ scale }) => scale.steps.flatMap((rule, index) => flapRemark(rule, index, scale)),
  },
  {
    code: 'scale-step-below-target',
    severity: 'error',
    about: 'A step adds instances at a value that the target calls right.',
    check: ({ scale }) =>
      scale.steps.flatMap((rule, index) => {
        const target = targetOf(rule.signal, scale)?.target ?? 0;
        return remarkIf(
          rule.direction === 'out' && scale.out.enabled && rule.threshold <= target,
          () => ({
            at: ['steps', index, 'threshold'],
            sentence: `The step adds instances from ${formatSignal(rule.signal, rule.threshold)} on, and the target of ${formatSignal(rule.signal, target)} takes them away again.`,
            remedy: 'Put the threshold above the target with its tolerance, or remove one of them.',
          }),
        );
      }),
  },
  {
    code: 'scale-step-direction-off',
    severity: 'warning',
    about: 'A step for a direction that is switched off.',
    check: ({ scale }) =>
      scale.steps.flatMap(({ direction }, index) =>
        remarkIf(!scale[direction].enabled, () => ({
          at: ['steps', index, 'direction'],
          sentence: `The step is for ${direction}, and ${direction}.enabled is false.`,
          remedy: `Set ${direction}.enabled to true, or remove the step.`,
        })),
      ),
  },
]);
