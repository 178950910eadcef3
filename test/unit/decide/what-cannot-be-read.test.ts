import { describe, expect, it } from '@jest/globals';
import { decide } from '../../../shared/decide/decide';
import { encodeHealTag, type HealTag, healTag } from '../../../shared/domain/heal-tag';
import { type BackendMemory } from '../../../shared/domain/memory';
import { type BackendSnapshot, type PoolSnapshot } from '../../../shared/domain/pool';
import { missing } from '../../../shared/domain/reading';
import { guard } from '../../../shared/guard/guard';
import {
  aBackend,
  anAttachment,
  aPolicy,
  aPool,
  type BackendParts,
  ejectedMemory,
  failingWindows,
  inSeconds,
  KEY,
  ok,
  secondsAgo,
  someBackends,
} from '../../support/builders';

const unread = missing('read-failed');
const planned = (pool: PoolSnapshot): readonly string[] =>
  guard(decide(pool, aPolicy()), pool, aPolicy()).steps.map(({ stepId }) => stepId);
const weightOf = (instanceId: string): string => `${instanceId}/weight/${KEY}:80`;

describe('held at 0 on purpose, and ECS cannot be read', () => {
  const elsewhere = (backend: BackendSnapshot): BackendSnapshot => ({
    ...backend,
    instance:
      backend.instance.kind === 'ok'
        ? ok({ ...backend.instance.value, zoneId: 'cn-hangzhou-i' })
        : unread,
  });
  const poolOf = (
    cause: BackendMemory['cause'],
    parts: BackendParts,
    more: Partial<PoolSnapshot> = {},
  ): PoolSnapshot => ({
    ...aPool({
      backends: someBackends(6, { 0: { weight: 0, ...parts } }).map(elsewhere),
      remembered: { 'i-0': ejectedMemory({ cause, ladder: null, isProtected: false }) },
    }),
    ...more,
  });
  const evacuated = (until: number) => ({
    evacuation: {
      zoneId: 'cn-hangzhou-h',
      by: 'alice',
      reason: 'a flood',
      at: secondsAgo(600),
      until: inSeconds(until),
    },
  });

  it('who leaves goes on leaving', () => {
    expect(planned(poolOf('retiring', { instance: unread }))).toEqual([]);
    expect(planned(poolOf('retiring', {}))).toEqual([weightOf('i-0')]);
  });

  it('who stands in a zone that is left stays out until that is over', () => {
    const blind = { instance: unread };
    expect(planned(poolOf('operator-drain', blind, evacuated(600)))).toEqual([]);
    expect(planned(poolOf('operator-drain', blind, evacuated(-1)))).toEqual([weightOf('i-0')]);
    expect(planned(poolOf('operator-drain', {}, evacuated(600)))).toEqual([weightOf('i-0')]);
  });
});

describe('nothing at all can be read of the others', () => {
  const unseen: BackendParts = {
    instance: unread,
    window: null,
    attachments: [anAttachment({ health: unread })],
  };
  const dying = { state: 'suspect', since: secondsAgo(100), windows: failingWindows(4) } as const;
  const poolOf = (others: BackendParts): PoolSnapshot => {
    const backends = ['i-0', 'i-1', 'i-2', 'i-3', 'i-4', 'i-5'].map((id) =>
      aBackend(id, id === 'i-1' ? unseen : { ...unseen, ...others }),
    );
    const remembered = Object.fromEntries(
      backends.map(({ instanceId }) => [instanceId, { isProtected: false }]),
    );
    return aPool({
      backends,
      remembered: { ...remembered, 'i-1': { isProtected: false, ...dying } },
    });
  };

  it('nobody relies on them', () => {
    expect(planned(poolOf({}))).toEqual([]);
  });

  it.each<[string, BackendParts]>([
    ['probes', { window: {} }],
    ['ECS', { instance: aBackend('i-0').instance }],
    ['the load balancer', { attachments: [anAttachment()] }],
  ])('one word is enough: of %s', (_name, parts) => {
    expect(planned(poolOf(parts))).toContain(weightOf('i-1'));
  });
});

describe('a write that lands after the store was lost', () => {
  const tagged = (tag: Partial<HealTag>, weight: number): BackendParts => ({
    weight,
    tags: {
      [healTag('web')]: encodeHealTag({
        state: 'ejected',
        cause: 'probes-failing',
        since: secondsAgo(20),
        until: inSeconds(10),
        offences: 1,
        rung: 'drain',
        baseWeights: [100],
        operationId: null,
        ...tag,
      }),
    },
  });
  /** The store is lost while the weight is still what it was; by the next look it is `landed`. */
  const baseAfter = (tag: Partial<HealTag>, landed: number): number | undefined => {
    const before = aPool({ backends: someBackends(6, { 0: tagged(tag, 100) }) });
    const lost = { ...before, memory: { ...before.memory, backends: {} } };
    const first = decide({ ...lost, memorySource: 'tags' }, aPolicy());
    const later = aPool({
      backends: someBackends(6, { 0: tagged(tag, landed) }),
      remembered: { 'i-0': first.verdicts[0]!.memoryIfNot },
    });
    return decide(later, aPolicy()).verdicts[0]?.memoryIfNot.baseWeights[KEY];
  };
  it.each<[string, Partial<HealTag>, number]>([
    ['a drain', {}, 0],
    ['a lowered weight', { cause: 'outlier-latency', rung: 'lower-weight' }, 30],
    ['a departure', { cause: 'retiring', rung: null }, 0],
    ['the first step of a ramp', { state: 'probation', cause: null, rung: null }, 10],
  ])('is ours: %s', (_name, tag, landed) => {
    expect(baseAfter(tag, landed)).toBe(100);
  });

  it('what nobody announced is a person’s, and so is what comes long after', () => {
    expect(baseAfter({}, 40)).toBe(40);
    expect(baseAfter({ since: secondsAgo(601) }, 0)).toBe(0);
  });
});
