import { type Plan } from '../domain/plan';
import {
  type Priority,
  type RebootStep,
  type RestartStep,
  type SetWeightStep,
  type TagStep,
} from '../domain/proposal';

/** Steps that go out together: one call, or one after the other where order does not matter. */
export type Batch =
  | {
      readonly kind: 'weights';
      readonly targetKey: string;
      readonly steps: readonly SetWeightStep[];
    }
  | { readonly kind: 'tag'; readonly step: TagStep }
  | { readonly kind: 'repair'; readonly step: RestartStep | RebootStep };

const AFTER_TAGS: readonly Priority[] = ['eject', 'ramp', 'feedback'];

/**
 * The plan in the order in which it is safe to break off anywhere: restores first; then each ejection is written down on
 * its instance before its weight; then weights by priority, one call per target; then marks are taken off; repairs last.
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
    ...tags.filter((step) => !isMark(step)).map((step): Batch => ({ kind: 'tag', step })),
    ...repairs.map((step): Batch => ({ kind: 'repair', step })),
  ];
}

function byTarget(weights: readonly SetWeightStep[], priority: Priority): readonly Batch[] {
  const steps = weights.filter((step) => step.priority === priority);
  return [...new Set(steps.map((step) => step.targetKey))].map((targetKey) => ({
    kind: 'weights',
    targetKey,
    steps: steps.filter((step) => step.targetKey === targetKey),
  }));
}
