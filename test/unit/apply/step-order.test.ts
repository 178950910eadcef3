import { describe, expect, it } from '@jest/globals';
import { orderSteps } from '../../../shared/apply/step-order';
import { type Priority, type Step } from '../../../shared/domain/proposal';

const weight = (stepId: string, priority: Priority, targetKey = 'lb-1/default'): Step => ({
  kind: 'set-weight',
  stepId,
  instanceId: stepId,
  reason: 'outlier-errors',
  evidence: [],
  priority,
  targetKey,
  port: 80,
  from: 100,
  to: 0,
  costsBudget: true,
});
const tag = (stepId: string, mark: boolean): Step => ({
  kind: 'tag',
  stepId,
  instanceId: stepId,
  reason: 'outlier-errors',
  evidence: [],
  tags: mark ? { 'evenkeel:heal:web': 'x' } : {},
  removeKeys: mark ? [] : ['evenkeel:heal:web'],
});
const reboot: Step = {
  kind: 'reboot',
  stepId: 'r',
  instanceId: 'r',
  reason: 'repair-reboot',
  evidence: [],
  operationId: 'op',
};

const idsOf = (steps: readonly Step[]): string[] =>
  orderSteps({ steps, withheld: [] }).flatMap((batch) =>
    ('steps' in batch ? batch.steps : [batch.step]).map((step) => step.stepId),
  );

describe('the order of steps', () => {
  it('restores before it ejects, ejects before it ramps, and repairs last', () => {
    expect(
      idsOf([
        reboot,
        weight('ramp', 'ramp'),
        weight('eject', 'eject'),
        weight('restore', 'restore'),
      ]),
    ).toEqual(['restore', 'eject', 'ramp', 'r']);
  });

  it('writes an ejection down before its weight, and takes the mark off after the restore', () => {
    expect(
      idsOf([
        weight('eject', 'eject'),
        tag('mark', true),
        weight('restore', 'restore'),
        tag('unmark', false),
      ]),
    ).toEqual(['restore', 'mark', 'eject', 'unmark']);
  });

  it('sends the weights of one target and priority in one batch', () => {
    const batches = orderSteps({
      steps: [weight('a', 'eject'), weight('b', 'eject', 'lb-2/default'), weight('c', 'eject')],
      withheld: [],
    });
    expect(
      batches.map((batch) =>
        batch.kind === 'weights' ? batch.steps.map((step) => step.stepId) : [],
      ),
    ).toEqual([['a', 'c'], ['b']]);
  });
});
