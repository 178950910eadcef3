import { type Plan } from '../domain/plan';
import {
  type Priority,
  type RebootStep,
  type RestartStep,
  type SetWeightStep,
  type TagStep,
} from '../domain/proposal';
import {
  type DeleteStep,
  type DeregisterStep,
  type LaunchStep,
  type RegisterStep,
  type StartStep,
  type StopStep,
} from '../domain/scale-steps';

/** Steps that go out together: one call, or one after the other where order does not matter. */
export type Batch =
  | {
      readonly kind: 'weights';
      readonly targetKey: string;
      readonly steps: readonly SetWeightStep[];
    }
  | { readonly kind: 'tag'; readonly step: TagStep }
  | { readonly kind: 'repair'; readonly step: RestartStep | RebootStep }
  | { readonly kind: 'launch'; readonly step: LaunchStep }
  | {
      readonly kind: 'membership';
      readonly targetKey: string;
      readonly steps: readonly (RegisterStep | DeregisterStep)[];
    }
  | { readonly kind: 'instance'; readonly step: StartStep | StopStep | DeleteStep };

const AFTER_TAGS: readonly Priority[] = ['eject', 'ramp', 'feedback'];

/**
 * The plan in the order in which it is safe to break off anywhere: restores first; then each ejection is written down on
 * its instance before its weight; then weights by priority, one call per target; then who is missing comes, who leaves goes
 * out of its groups, and marks are taken off; repairs and whatever stops an instance last.
 */
export function orderSteps(plan: Plan): readonly Batch[] {
  const weights = plan.steps.filter((step) => step.kind === 'set-weight');
  const tags = plan.steps.filter((step) => step.kind === 'tag');
  const isMark = (step: TagStep): boolean => Object.keys(step.tags).length > 0;
  const repairs = plan.steps.filter(
    (step) => step.kind === 'restart-service' || step.kind === 'reboot',
  );
  return [
    ...byTarget(weights, 'restore'),
    ...tags.filter(isMark).map((step): Batch => ({ kind: 'tag', step })),
    ...AFTER_TAGS.flatMap((priority) => byTarget(weights, priority)),
    ...plan.steps
      .filter((step) => step.kind === 'launch')
      .map((step): Batch => ({ kind: 'launch', step })),
    ...instanceBatches(plan, 'start'),
    ...membershipBatches(plan, 'register'),
    ...membershipBatches(plan, 'deregister'),
    ...tags.filter((step) => !isMark(step)).map((step): Batch => ({ kind: 'tag', step })),
    ...repairs.map((step): Batch => ({ kind: 'repair', step })),
    ...instanceBatches(plan, 'stop'),
    ...instanceBatches(plan, 'delete'),
  ];
}

const instanceBatches = (plan: Plan, kind: 'start' | 'stop' | 'delete'): readonly Batch[] =>
  plan.steps
    .filter((step): step is StartStep | StopStep | DeleteStep => step.kind === kind)
    .map((step) => ({ kind: 'instance', step }));

function membershipBatches(plan: Plan, kind: 'register' | 'deregister'): readonly Batch[] {
  const steps = plan.steps.filter(
    (step): step is RegisterStep | DeregisterStep => step.kind === kind,
  );
  return [...new Set(steps.map((step) => step.targetKey))].map((targetKey) => ({
    kind: 'membership',
    targetKey,
    steps: steps.filter((step) => step.targetKey === targetKey),
  }));
}

function byTarget(weights: readonly SetWeightStep[], priority: Priority): readonly Batch[] {
  const steps = weights.filter((step) => step.priority === priority);
  return [...new Set(steps.map((step) => step.targetKey))].map((targetKey) => ({
    kind: 'weights',
    targetKey,
    steps: steps.filter((step) => step.targetKey === targetKey),
  }));
}
