import { describe, expect, it } from '@jest/globals';
import { decideBaseWeights } from '../../../shared/decide/base-weights';
import { freshMemory } from '../../../shared/decide/remember';
import { type BackendMemory } from '../../../shared/domain/memory';
import { type BackendSnapshot } from '../../../shared/domain/pool';
import { missing } from '../../../shared/domain/reading';
import { permille } from '../../../shared/domain/units';
import {
  aBackend,
  anAttachment,
  aPolicy,
  aPool,
  KEY,
  NOW,
  secondsAgo,
  stale,
} from '../../support/builders';

const preserved = aPolicy();
const managed = aPolicy({
  heal: { weights: { kind: 'managed', factor: permille(12_500), feedback: null } },
});
const judge = (
  backend: BackendSnapshot,
  memory: Partial<BackendMemory>,
  policy: typeof preserved,
) =>
  decideBaseWeights(
    backend,
    { ...freshMemory(backend, aPool({ backends: [] })), ...memory },
    policy,
    NOW,
  );

describe('base weights that people set', () => {
  /** What was written, newest first: 20 s ago, 60 s ago and so on. */
  const wrote = (...weights: number[]): BackendMemory['written'] =>
    weights.map((weight, index) => ({
      targetKey: KEY,
      weight,
      at: secondsAgo(20 + 40 * index),
    }));

  const lost = (weight: number) => ({
    targetKey: KEY,
    weight,
    at: secondsAgo(60),
    isUncertain: true as const,
  });

  it.each<[string, number, BackendMemory['written'], number, number | null]>([
    ['what it weighed all along', 80, [], 80, null],
    ['a lower weight is a person’s', 40, [], 40, 80],
    ['a higher weight, too', 100, [], 100, 80],
    ['and 0', 0, wrote(80), 0, 80],
    ['the lower weight that we wrote last is ours', 30, wrote(30), 80, null],
    ['another lower weight is a person’s', 20, wrote(30), 20, 30],
    ['an earlier write of ours may land late', 30, [...wrote(80), lost(30)], 80, null],
    ['one that had landed cannot: it is a person’s', 30, wrote(80, 30), 30, 80],
    ['as is a 0 after it was drained and came back', 0, wrote(80, 32, 0), 0, 80],
  ])('%s', (_name, weight, written, ...[base, expected]) => {
    expect(
      judge(aBackend('i-0', { weight }), { baseWeights: { [KEY]: 80 }, written }, preserved),
    ).toEqual({
      baseWeights: { [KEY]: base },
      personWeights: expected === null ? [] : [{ key: KEY, weight, expected }],
    });
  });

  it('a person may go back to what we wrote last: above the base nothing is ours', () => {
    const memory = { baseWeights: { [KEY]: 40 }, written: wrote(100) };
    expect(judge(aBackend('i-0', { weight: 100 }), memory, preserved)).toEqual({
      baseWeights: { [KEY]: 100 },
      personWeights: [{ key: KEY, weight: 100, expected: 100 }],
    });
  });

  it('a new place has the weight it is found with', () => {
    const backend = aBackend('i-0', {
      attachments: [anAttachment(), anAttachment({ targetKey: 'new', weight: 7 })],
    });
    expect(judge(backend, { baseWeights: { [KEY]: 100 } }, preserved)).toEqual({
      baseWeights: { [KEY]: 100, new: 7 },
      personWeights: [],
    });
  });

  it.each<[string, Partial<BackendMemory>, number, number, number | null | 'nothing']>([
    ['a new place of one that is well is taken as it is', {}, 7, 7, 'nothing'],
    ['lower than elsewhere while it is held back', { state: 'ejected' }, 7, 7, 100],
    ['lower than elsewhere while it ramps', { state: 'probation' }, 0, 0, 100],
    ['as high as elsewhere', { state: 'ejected' }, 100, 100, 'nothing'],
    ['where no other base is known', { state: 'ejected', baseWeights: {} }, 100, 100, null],
  ])('%s, people are told or not', (_name, memory, weight, ...[base, expected]) => {
    const key = 'lb-9/rsp-9';
    const backend = aBackend('i-0', { attachments: [anAttachment({ targetKey: key, weight })] });
    expect(
      judge(backend, { baseWeights: { [KEY]: 100, other: 30 }, ...memory }, preserved),
    ).toEqual({
      baseWeights: { [key]: base },
      personWeights: expected === 'nothing' ? [] : [{ key, weight, expected }],
    });
  });

  it.each(['evenkeel:pool', 'evenkeel:member'])(
    'where Evenkeel put it at 0 (%s) it is to have what it has elsewhere, and that is nobody’s wish',
    (tag) => {
      const attachments = [anAttachment({ targetKey: 'new', weight: 0 })];
      const backend = aBackend('i-0', { attachments, tags: { [tag]: 'web' } });
      expect(judge(backend, { baseWeights: { [KEY]: 60, other: 30 } }, preserved)).toEqual({
        baseWeights: { new: 60 },
        personWeights: [],
      });
      expect(judge(backend, { baseWeights: {} }, preserved).baseWeights).toEqual({ new: 0 });
    },
  );
});

describe('managed base weights', () => {
  const { instance } = aBackend('i-0');
  const facts = instance.kind === 'ok' ? instance.value : undefined!;
  it.each<[string, BackendSnapshot, BackendMemory['baseWeights'], number]>([
    ['follow the size', aBackend('i-0'), { [KEY]: 80 }, 50],
    ['follow an old sight of the size', aBackend('i-0', { instance: stale(facts) }), {}, 50],
    [
      'stay while the size is unknown',
      aBackend('i-0', { instance: missing('read-failed') }),
      { [KEY]: 80 },
      80,
    ],
    ['stay while no CPU is told of', aBackend('i-0', { cpuCount: 0 }), { [KEY]: 80 }, 80],
    [
      'are what is found when nothing is known',
      aBackend('i-0', { weight: 70, instance: missing('read-failed') }),
      {},
      70,
    ],
  ])('%s', (_name, backend, baseWeights, base) => {
    expect(judge(backend, { baseWeights }, managed)).toEqual({
      baseWeights: { [KEY]: base },
      personWeights: [],
    });
  });

  const drained = (weight: number, isUncertain?: true) => ({
    written: [
      { targetKey: KEY, weight, at: secondsAgo(20), ...(isUncertain && { isUncertain }) },
      { targetKey: KEY, weight: 0, at: secondsAgo(60), ...(isUncertain && { isUncertain }) },
    ],
  });
  it.each<[string, Partial<BackendMemory>, number, number | null]>([
    ['is kept and told', { baseWeights: { [KEY]: 50 } }, 0, 50],
    ['is kept for good and told once', { baseWeights: { [KEY]: 0 } }, 0, null],
    ['is kept where it is seen first', { baseWeights: {} }, 0, 50],
    ['is ours where we drained it', { baseWeights: { [KEY]: 50 }, ...drained(0) }, 50, null],
    ['is a person’s after it came back', { baseWeights: { [KEY]: 50 }, ...drained(50) }, 0, 50],
    [
      'is ours where a drain may land late',
      { baseWeights: { [KEY]: 50 }, ...drained(50, true) },
      50,
      null,
    ],
  ])('a weight of 0 %s', (_name, memory, ...[base, expected]) => {
    expect(judge(aBackend('i-0', { weight: 0 }), memory, managed)).toEqual({
      baseWeights: { [KEY]: base },
      personWeights: expected === null ? [] : [{ key: KEY, weight: 0, expected }],
    });
  });

  it('a weight of 0 where Evenkeel registered it is to be ramped up; afterwards a person’s is kept', () => {
    const backend = aBackend('i-0', { weight: 0, tags: { 'evenkeel:pool': 'web' } });
    expect(judge(backend, { baseWeights: {} }, managed).baseWeights).toEqual({ [KEY]: 50 });
    expect(judge(backend, { baseWeights: { [KEY]: 50 } }, managed).baseWeights).toEqual({
      [KEY]: 0,
    });
  });
});
