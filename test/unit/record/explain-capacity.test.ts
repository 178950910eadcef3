import { describe, expect, it } from '@jest/globals';
import { type Step } from '../../../shared/domain/proposal';
import { REASONS } from '../../../shared/domain/reasons';
import { SCALE_REASONS } from '../../../shared/domain/scale-reasons';
import { type ScaleProposal } from '../../../shared/domain/scale-proposal';
import { explainCapacity } from '../../../shared/record/explain-capacity';
import { planExplanationOf, type ExplanationOptions } from '../../../shared/record/explain';
import { aPool, NOW } from '../../support/builders';
import { aScaleProposal } from '../../support/launch-story';
import { aScaleMemory, anOption } from '../../support/scale-builders';

const aProposal = (parts: Partial<ScaleProposal> = {}): ScaleProposal => ({
  ...aScaleProposal(aScaleMemory()).scale!,
  ...parts,
});

describe('capacity in words', () => {
  it('says how many are wanted, how many there are, and what held more back', () => {
    const { summary, reasons } = explainCapacity(
      aProposal({
        desired: 12,
        counts: { serving: 9, held: 0, arriving: 3 },
        limitedBy: ['max'],
        explanations: ['cpu is 900 ‰ of 600 ‰ wanted'],
      }),
    );
    expect(summary).toBe('Capacity: 12 instances wanted; 9 serving; 3 arriving; held by max.');
    expect(reasons).toEqual(['cpu is 900 ‰ of 600 ‰ wanted', `max: ${SCALE_REASONS['limit-max']}`]);
  });

  it('says why nobody comes or goes', () => {
    const explanations = ['i-1 is listed twice'];
    const { summary, reasons } = explainCapacity(
      aProposal({ limitedBy: ['inventory'], explanations }),
    );
    expect(summary).toBe(
      'Capacity: nothing can be said, so nobody comes or goes; held by inventory.',
    );
    expect(reasons).toEqual([
      'i-1 is listed twice',
      `inventory: ${SCALE_REASONS['limit-inventory']}`,
    ]);
  });

  it('says nothing of capacity where members come by their tag', () => {
    expect(explainCapacity(aProposal()).summary).toBe('Members come and go by their tag.');
  });
});

describe('a plan with capacity in it', () => {
  const launch: Step = {
    kind: 'launch',
    stepId: 'launch-1/launch',
    instanceId: 'launch-1',
    reason: 'scale-out-metric',
    evidence: [],
    operationId: 'launch-1',
    count: 2,
    attempts: ['h', 'i'].map((name, index) => ({
      option: anOption(name),
      clientToken: `launch-1-${index}`,
      count: 2,
    })),
    spotMax: 0,
    templateId: 'lt',
    templateVersion: null,
    tags: {},
  };
  const scale = aProposal({
    desired: 4,
    counts: { serving: 1 },
    stages: [
      { instanceId: 'i-1', stage: 'serving', reason: null, detail: '' },
      { instanceId: 'i-2', stage: 'booting', reason: null, detail: 'its service does not answer' },
      { instanceId: 'i-3', stage: 'retiring', reason: 'drain-waiting', detail: '9 s of 30 s' },
    ],
  });
  const told = (options: ExplanationOptions = {}) =>
    planExplanationOf(
      {
        pool: aPool({ backends: [], takenAt: NOW }),
        proposal: { ...aScaleProposal(aScaleMemory(), [launch]), scale },
        plan: { steps: [launch], withheld: [] },
      },
      'would be done',
      options,
    ).map(({ text }) => text);

  it('tells of everybody on the way, and of launches with every way they may take', () => {
    const text = told().join('\n');
    expect(text).toContain('Capacity: 4 instances wanted; 1 serving.');
    expect(text).toContain('i-2: booting — its service does not answer');
    expect(text).toContain(`i-3: retiring — ${REASONS['drain-waiting']} — 9 s of 30 s`);
    expect(text).toContain('launch 2 by h, then i: would be done');
    expect(text).not.toContain('i-1:');
  });

  it('of one instance tells only what concerns it, backend or not', () => {
    const text = told({ instanceId: 'i-1' }).join('\n');
    expect(text).toContain('i-1: serving');
    expect(text).not.toMatch(/i-2|i-3|launch 2 by|is not among/);
    expect(told({ instanceId: 'i-9' }).join('\n')).toContain('i-9 is not among');
  });
});
