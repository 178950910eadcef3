import { describe, expect, it } from '@jest/globals';
import { type Entry } from '../../../../shared/decide/scale/roster';
import { typicalWeight } from '../../../../shared/decide/scale/typical-weight';
import { targetKey } from '../../../../shared/domain/target';
import { aBackend, anAttachment, aPolicy, aPool, KEY } from '../../../support/builders';
import { anEntry } from '../../../support/scale-builders';

describe('the weight of a newcomer', () => {
  const newcomer = anEntry('i-new');
  const weighing = (...weights: readonly number[]) =>
    weights.map((weight, index) => aBackend(`i-${index}`, { weight }));
  const ofType = (instanceType: string, weight: number, id: string) => {
    const backend = aBackend(id, { weight });
    const { instance } = backend;
    return instance.kind === 'missing'
      ? backend
      : { ...backend, instance: { ...instance, value: { ...instance.value, instanceType } } };
  };
  const weightIn = (
    backends: Parameters<typeof aPool>[0]['backends'],
    policy = aPolicy(),
    entry: Pick<Entry, 'facts'> = newcomer,
    remembered = {},
  ) => typicalWeight(entry, KEY, aPool({ backends, remembered }), policy);

  it.each([
    ['the middle of its peers', [10, 50, 100], 50],
    ['the upper middle of an even number', [100, 9, 50, 10], 50],
    ['without those who weigh nothing', [0, 0, 0, 30], 30],
    ['100 without peers', [], 100],
    ['in numbers, not in letters', [100, 9, 20], 20],
  ])('is %s', (_, weights, weight) => {
    expect(weightIn(weighing(...weights))).toBe(weight);
  });

  it('is what peers of the same size weigh, before all others', () => {
    const peers = [
      ofType('ecs.g7.xlarge', 20, 'i-1'),
      ofType('ecs.c7.large', 80, 'i-2'),
      ofType('ecs.c7.large', 90, 'i-3'),
    ];
    expect(weightIn(peers)).toBe(20);
    expect(weightIn(peers, aPolicy(), { facts: null })).toBe(80);
    const unknown = aBackend('i-4', {
      weight: 7,
      instance: { kind: 'missing', reason: 'read-failed' },
    });
    expect(weightIn([unknown], aPolicy(), { facts: null })).toBe(7);
  });

  it('is what peers weigh when they are well', () => {
    const remembered = { 'i-0': { baseWeights: { [KEY]: 60 } } };
    expect(weightIn(weighing(0), aPolicy(), newcomer, remembered)).toBe(60);
    const strangers = aPool({ backends: weighing(30), strangers: ['i-0'] });
    expect(typicalWeight(newcomer, KEY, strangers, aPolicy())).toBe(30);
  });

  it('is that of the same target', () => {
    const elsewhere = targetKey({ loadBalancerId: 'lb-2', serverGroupId: 'rsp-2' });
    const attachments = [
      anAttachment({ targetKey: elsewhere, weight: 90 }),
      anAttachment({ weight: 70 }),
    ];
    expect(weightIn([aBackend('i-0', { attachments })])).toBe(70);
  });

  it('is the membership policy’s where there are no peers', () => {
    const policy = { ...aPolicy(), membership: { tagKey: 'a', tagValue: 'b', weight: 40 } };
    expect(weightIn([], policy)).toBe(40);
    expect(weightIn(weighing(8), policy)).toBe(8);
  });

  it.each([
    ['follows its vCPU where weights are managed', 4, 50],
    ['follows its peers while its vCPU is not known', 0, 33],
  ])('%s', (_, cpuCount, weight) => {
    const policy = aPolicy({
      heal: { weights: { kind: 'managed', factor: 12_500, feedback: null } as never },
    });
    expect(weightIn(weighing(33), policy, anEntry('i-new', { facts: { cpuCount } }))).toBe(weight);
    expect(weightIn(weighing(33), policy, { facts: null })).toBe(33);
  });
});
