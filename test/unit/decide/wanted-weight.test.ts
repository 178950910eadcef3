import { describe, expect, it } from '@jest/globals';
import { type WeightCase, wantedWeight } from '../../../shared/decide/wanted-weight';
import { type BackendMemory, type LadderMemory } from '../../../shared/domain/memory';
import { type Rung } from '../../../shared/domain/policy';
import { type ReasonCode } from '../../../shared/domain/reasons';
import {
  anAttachment,
  aPolicy,
  ejectedMemory,
  inSeconds,
  KEY,
  secondsAgo,
} from '../../support/builders';
import { aScene, aSubject } from '../../support/scenes';

const on = (rung: Rung): LadderMemory => ({
  rung,
  operationId: '',
  startedAt: secondsAgo(10),
  verifyAt: inSeconds(50),
  invokeId: null,
});
const wrote = (weight: number, secondsBack: number) => ({
  targetKey: KEY,
  weight,
  at: secondsAgo(secondsBack),
});
/** A write whose answer was lost. */
const lost = (weight: number, secondsBack: number) => ({
  ...wrote(weight, secondsBack),
  isUncertain: true as const,
});

/** The weight wanted for an attachment with a base of 100 that weighs `weight` now. */
function wanted(
  weight: number,
  next: Partial<BackendMemory>,
  parts: Partial<WeightCase> = {},
  rungs: readonly Rung[] = aPolicy().heal.ladder.rungs,
): number {
  const subject = aSubject({ memory: { baseWeights: { [KEY]: 100 }, ...next } });
  const weightCase: WeightCase = {
    attachment: anAttachment({ weight }),
    key: KEY,
    next: subject.memory,
    isNewcomer: false,
    wasHealthy: true,
    feedback: undefined,
    ...parts,
  };
  return wantedWeight(weightCase, aScene(subject, { policy: aPolicy({ ladder: { rungs } }) }));
}

describe('the weight of a well backend', () => {
  it.each<[string, number, Partial<WeightCase>, number]>([
    ['is its base', 40, {}, 100],
    ['is its base, though it weighs more', 120, {}, 100],
    ['follows feedback', 100, { feedback: 80 }, 80],
    ['does not follow feedback as it becomes well', 40, { wasHealthy: false, feedback: 80 }, 100],
    ['is never lowered as it becomes well', 120, { wasHealthy: false }, 120],
  ])('%s', (_name, weight, parts, expected) => {
    expect(wanted(weight, {}, parts)).toBe(expected);
  });

  it('stays 0 where a person set it to 0, whatever feedback says', () => {
    expect(wanted(0, { baseWeights: { [KEY]: 0 } }, { feedback: 40 })).toBe(0);
  });

  it('is what it is while no base is known', () => {
    expect(wanted(40, { baseWeights: {} })).toBe(40);
  });
});

describe('the weight of a suspect', () => {
  it.each([0, 40, 100, 120])('stays at %i', (weight) => {
    expect(wanted(weight, { state: 'suspect', cause: 'outlier-errors' })).toBe(weight);
  });
});

describe('the weight of an ejected backend', () => {
  const held = (cause: ReasonCode, rung: Rung | null) =>
    ejectedMemory({ cause, ladder: rung === null ? null : on(rung), written: [] });
  it.each<[string, number, Partial<BackendMemory>, number]>([
    ['with many errors is lowered first', 100, held('outlier-errors', 'lower-weight'), 30],
    ['that is slow is lowered first', 100, held('outlier-latency', 'lower-weight'), 30],
    ['is never raised to what it is lowered to', 20, held('outlier-errors', 'lower-weight'), 20],
    ['with many errors is 0 from the drain on', 30, held('outlier-errors', 'drain'), 0],
    ['is 0 during a repair', 0, held('outlier-errors', 'restart'), 0],
    ['is 0 by order', 100, held('operator-drain', null), 0],
    ['that is gone is nothing to write to', 100, held('instance-gone', 'replace'), 100],
    ['that does not answer and stands on no rung stays', 100, held('probes-failing', null), 100],
  ])('%s', (_name, weight, next, expected) => {
    expect(wanted(weight, next)).toBe(expected);
  });

  it('is not lowered by rungs that are not in use', () => {
    const climbing = held('outlier-errors', 'restart');
    expect(wanted(100, climbing, {}, ['restart'])).toBe(100);
    expect(wanted(100, climbing, {}, ['lower-weight', 'restart'])).toBe(30);
    expect(wanted(100, climbing, {}, ['lower-weight', 'drain', 'restart'])).toBe(0);
    expect(wanted(100, held('probes-failing', 'restart'), {}, ['lower-weight', 'restart'])).toBe(
      100,
    );
  });

  it('is set right upwards only where a write of ours landed late', () => {
    const lowered = held('outlier-errors', 'lower-weight');
    expect(wanted(5, { ...lowered, written: [wrote(30, 10), lost(5, 60)] })).toBe(30);
    expect(wanted(5, { ...lowered, written: [wrote(30, 10), lost(5, 601)] })).toBe(5);
  });
});

describe('the weight on probation', () => {
  const ramp = (probationStep: number, parts: Partial<BackendMemory> = {}) => ({
    state: 'probation' as const,
    probationStep,
    ...parts,
  });
  it.each<[string, number, Partial<BackendMemory>, Partial<WeightCase>, number]>([
    ['is the first step', 0, ramp(0), {}, 10],
    ['is the step that it has earned', 10, ramp(2), {}, 55],
    ['takes nothing away from what was only lowered', 30, ramp(0), {}, 30],
    ['takes a newcomer down to its step', 100, ramp(0), { isNewcomer: true }, 10],
    [
      'takes back a write of ours that landed late',
      100,
      ramp(0, { written: [wrote(10, 5), lost(100, 60)] }),
      {},
      10,
    ],
  ])('%s', (_name, weight, next, ...[parts, expected]) => {
    expect(wanted(weight, next, parts)).toBe(expected);
  });
});
