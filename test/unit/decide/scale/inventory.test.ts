import { describe, expect, it } from '@jest/globals';
import { decide } from '../../../../shared/decide/decide';
import { reviewInventory } from '../../../../shared/decide/scale/inventory';
import { rememberInstances } from '../../../../shared/decide/scale/remember-instances';
import { PROTECTED_TAG } from '../../../../shared/domain/heal-tag';
import {
  encodeWarmTag,
  LAUNCH_TAG,
  MEMBER_TAG,
  POOL_TAG,
  RETIRE_TAG,
  WARM_TAG,
} from '../../../../shared/domain/ownership-tags';
import { missing } from '../../../../shared/domain/reading';
import { type Sighting } from '../../../../shared/domain/scale-memory';
import { type InventoryPolicy } from '../../../../shared/domain/scale-policy';
import { targetKey } from '../../../../shared/domain/target';
import { millis, plus } from '../../../../shared/domain/units';
import { guard } from '../../../../shared/guard/guard';
import {
  KEY,
  NOW,
  TARGET,
  aBackend,
  aListener,
  aPool,
  anAttachment,
  inSeconds,
  secondsAgo,
  stale,
} from '../../../support/builders';
import { anEntry, aScaledPolicy } from '../../../support/scale-builders';
import { anOwnedInstance } from '../../../support/scale-builders';
import {
  aScaledPool,
  idsOf,
  type InstanceParts,
  longKnown,
  outside,
  retired,
  rosterOf,
  type ScaledPoolParts,
  stepsOn,
} from '../../../support/scaled-pool';

const peers = Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`i-p${index}`, {}]));
const adopting: InventoryPolicy = { strays: 'adopt', orphanMs: millis(300_000) };
const leaving: InventoryPolicy = { ...adopting, strays: 'leave' };
const seen = (kind: Sighting['kind'], seconds: number) => ({
  'i-0': { kind, firstAt: secondsAgo(seconds) },
});

function review(
  parts: InstanceParts,
  sightings = {},
  policy = adopting,
  more: ScaledPoolParts = {},
) {
  const pool = aScaledPool({ 'i-0': parts, ...peers }, more);
  return reviewInventory({ pool, roster: rosterOf(pool), memory: { sightings }, policy });
}

const late = { [LAUNCH_TAG]: `launch-${secondsAgo(2000).toString(36)}-x1` };
const ghost: InstanceParts = {
  owned: null,
  backend: { status: 'Missing', window: { failures: 10 } },
};
const stray: InstanceParts = { owned: null };

describe('two sightings, a boot time apart (A31)', () => {
  it.each<[string, InstanceParts, Sighting['kind'], string]>([
    ['a ghost leaves its groups (A32)', ghost, 'ghost', `i-0/deregister/${KEY}:80`],
    ['an orphan is retired', outside(), 'orphan', 'i-0/retire'],
    ['what never registered is retired (A27)', outside({ tags: late }), 'orphan', 'i-0/retire'],
    ['a stray is adopted', stray, 'stray', 'i-0/adopt'],
  ])('%s', (_name, parts, kind, stepId) => {
    const first = review(parts);
    expect(first).toEqual({
      steps: [],
      alerts: [],
      sightings: seen(kind, 0),
      dueAt: inSeconds(300),
    });
    expect(review(parts, seen(kind, 299)).steps).toEqual([]);
    const second = review(parts, seen(kind, 300));
    expect(idsOf(second.steps)).toEqual([stepId]);
    expect(second.sightings).toEqual(seen(kind, 300));
    expect(second.alerts).toHaveLength(1);
  });

  it('the last ghost of a group stays while only its entry tells the port', () => {
    const found = (instances: Record<string, InstanceParts>, target = TARGET) => {
      const pool = aScaledPool(instances, {
        targets: [{ target, key: KEY, listeners: [aListener()] }],
      });
      const sightings = Object.fromEntries(
        Object.keys(instances).map((id) => [id, { kind: 'ghost', firstAt: secondsAgo(900) }]),
      ) as Record<string, Sighting>;
      const { steps, alerts } = reviewInventory({
        ...{ pool, roster: rosterOf(pool), memory: { sightings }, policy: leaving },
      });
      return { leaving: steps.map(({ instanceId }) => instanceId), said: alerts[0]?.message };
    };
    expect(found({ 'i-0': ghost, 'i-1': ghost })).toEqual({
      leaving: ['i-1'],
      said: 'i-0 is listed as a backend and no longer exists; one entry stays until another backend stands there, as only it tells the port.',
    });
    expect(found({ 'i-0': ghost, 'i-1': ghost, 'i-2': {} }).leaving).toEqual(['i-0', 'i-1']);
    expect(found({ 'i-0': ghost }, { ...TARGET, port: 80 }).leaving).toEqual(['i-0']);
    expect(found({ 'i-0': ghost }, { ...TARGET, serverGroupId: 'default' }).leaving).toEqual([
      'i-0',
    ]);
  });

  it('a look in which it is otherwise starts anew', () => {
    expect(review({}, seen('orphan', 299)).sightings).toEqual({});
    expect(review(outside(), seen('ghost', 900))).toEqual({
      steps: [],
      alerts: [],
      sightings: seen('orphan', 0),
      dueAt: inSeconds(300),
    });
  });

  it('says what it found', () => {
    expect(review(ghost, seen('ghost', 300)).alerts).toEqual([
      {
        key: 'ghost-member/i-0',
        severity: 'warning',
        reason: 'ghost-member',
        instanceId: 'i-0',
        message: 'i-0 is listed as a backend and no longer exists; the entry is removed.',
      },
    ]);
    expect(review(outside(), seen('orphan', 300)).alerts[0]).toMatchObject({
      reason: 'orphan',
      severity: 'warning',
    });
    const never = review(outside({ tags: late }), seen('orphan', 300));
    expect(never.alerts[0]).toMatchObject({
      key: 'never-registered/i-0',
      message: 'i-0 carries the pool’s tag and did not come into service in time; it is retired.',
    });
    expect(never.steps[0]).toMatchObject({ reason: 'never-registered' });
    expect(review(stray, seen('stray', 300)).alerts[0]).toMatchObject({
      severity: 'info',
      reason: 'stray-adopted',
      message: 'i-0 serves in the pool without the pool’s tag and is adopted.',
    });
  });

  it('the steps say what is done', () => {
    expect(review(ghost, seen('ghost', 300)).steps[0]).toMatchObject({
      kind: 'deregister',
      reason: 'ghost-member',
      targetKey: KEY,
      port: 80,
      openConnections: null,
    });
    expect(review(ghost, seen('ghost', 300)).steps[0]?.evidence).not.toEqual([]);
    expect(review(stray, seen('stray', 300)).steps[0]).toMatchObject({
      kind: 'tag',
      reason: 'stray-adopted',
      tags: { [POOL_TAG]: 'web' },
      removeKeys: [],
    });
  });
});

describe('nothing is suspected of', () => {
  it.each<[string, InstanceParts]>([
    ['who serves', {}],
    ['who is protected and late', outside({ tags: { [PROTECTED_TAG]: 'x' } })],
    ['who belongs to another pool', { owned: null, tags: { [POOL_TAG]: 'other' } }],
    ['whom the membership added', { owned: null, tags: { [MEMBER_TAG]: 'web' } }],
    [
      'a backend whose tags could not be read',
      { owned: null, backend: { instance: missing('read-failed') } },
    ],
    [
      'a backend whose tags are old',
      {
        owned: null,
        backend: { instance: stale(anOwnedInstance('i-0', { facts: { tags: {} } }).facts) },
      },
    ],
    ['a backend that does not run', { owned: null, backend: { status: 'Stopped' } }],
    ['who is registered late and is not ours', outside({ owned: null })],
  ])('%s', (_name, parts) => {
    expect(review(parts, {}, adopting).sightings).toEqual({});
  });

  it('strays where the policy leaves them alone', () => {
    expect(review(stray, {}, leaving).sightings).toEqual({});
  });
});

describe('another writer (A18, A20)', () => {
  const alertsOf = (parts: InstanceParts, more: ScaledPoolParts = {}) =>
    decide(aScaledPool({ 'i-0': parts, ...peers }, more), aScaledPolicy()).alerts.filter(
      ({ reason }) => reason === 'foreign-writer',
    );
  const two = ['rsp-1', 'rsp-2'].map((serverGroupId) => {
    const target = { loadBalancerId: 'lb-1', serverGroupId, port: 80 };
    return { target, key: targetKey(target), listeners: [aListener()] };
  });
  const [one = '', other = ''] = two.map(({ key }) => key);
  const stepsOf = (parts: InstanceParts, more: ScaledPoolParts = {}) =>
    idsOf(stepsOn(decide(aScaledPool({ 'i-0': parts, ...peers }, more), aScaledPolicy()), 'i-0'));

  it('who took it out of every group wins: it is not put back, and people hear of it', () => {
    expect(stepsOf({ backend: null })).toEqual([]);
    expect(alertsOf({ backend: null })).toEqual([
      {
        key: 'foreign-writer/i-0',
        severity: 'warning',
        reason: 'foreign-writer',
        instanceId: 'i-0',
        message: 'i-0 was taken out of its groups by somebody else; it is not put back.',
      },
    ]);
  });

  it('who took it out of one of two groups wins as well', () => {
    const parts = {
      backend: { attachments: [anAttachment({ targetKey: one })] },
      memory: { placedIn: [one, other] },
    };
    expect(stepsOf(parts, { targets: two })).toEqual([]);
    expect(alertsOf(parts, { targets: two }).map(({ message }) => message)).toContain(
      `i-0 was taken out of ${other} by somebody else; it is not put back.`,
    );
    const retiring = { ...parts, tags: retired('scale-in') };
    expect(alertsOf(retiring, { targets: two }).map(({ instanceId }) => instanceId)).not.toContain(
      'i-0',
    );
  });

  it('who starts what rests wins', () => {
    const tags = { [WARM_TAG]: encodeWarmTag(secondsAgo(9000)) };
    const started = outside({ tags, memory: { restedAt: secondsAgo(8900) } });
    expect(alertsOf(started)[0]?.message).toBe(
      'i-0 rests in the warm pool and was started by somebody else; it is left alone.',
    );
    expect(stepsOf(started)).toEqual([]);
  });

  it('an update that left out the weight and so set 0 is kept, reported, and no victim', () => {
    const proposal = decide(
      aScaledPool({
        'i-0': { backend: { weight: 0 }, healed: { baseWeights: { [KEY]: 100 } } },
        ...peers,
      }),
      aScaledPolicy(),
    );
    expect(stepsOn(proposal, 'i-0')).toEqual([]);
    expect(proposal.alerts.map(({ reason }) => reason)).toContain('person-set-weight');
    expect(proposal.scale?.stages[0]).toMatchObject({ instanceId: 'i-0', stage: 'parked' });
    expect(proposal.scale?.counts).toMatchObject({ serving: 5, held: 0 });
  });

  it('a ghost is nobody’s doing', () => {
    expect(alertsOf({ ...ghost, memory: { placedIn: [KEY, 'lb-1/rsp-9'] } })).toEqual([]);
  });
});

describe('a list that cannot be read (A32)', () => {
  it.each<[string, Parameters<typeof aScaledPool>[1], string]>([
    [
      'missing',
      { capacity: { owned: missing('read-failed') } },
      'the list of the pool’s instances could not be read',
    ],
    [
      'stale',
      { capacity: { owned: stale([]) } },
      'the list of the pool’s instances is out of date',
    ],
    [
      'contradicting itself',
      { capacity: { contradictions: ['i-1 is listed twice', 'i-2 too'] } },
      'i-1 is listed twice; i-2 too',
    ],
  ])('%s: nobody comes or goes, and people hear why', (_name, more, text) => {
    const pool = aScaledPool(
      { 'i-0': { ...ghost }, 'i-1': outside({ tags: retired('scale-in') }), ...peers },
      { ...more, scale: { sightings: seen('ghost', 900) } },
    );
    const proposal = decide(pool, aScaledPolicy());
    expect(proposal.steps.filter(({ kind }) => kind !== 'set-weight' && kind !== 'tag')).toEqual(
      [],
    );
    expect(proposal.scale).toMatchObject({
      desired: null,
      direction: 'hold',
      limitedBy: ['inventory'],
      counts: {},
      stages: [],
      isUnsteady: true,
      lookAgainAt: null,
    });
    expect(proposal.scale?.memory).toEqual(pool.memory.scale);
    expect(proposal.alerts).toContainEqual({
      key: 'inventory-hold',
      severity: 'warning',
      reason: 'inventory-hold',
      instanceId: null,
      message: `web: no instance comes or goes: ${text}.`,
    });
  });

  it('a ghost passes the guard, and goes whatever its weight is', () => {
    const pool = aScaledPool(
      { 'i-0': ghost, ...peers },
      { scale: { sightings: seen('ghost', 900) } },
    );
    const plan = guard(decide(pool, aScaledPolicy()), pool, aScaledPolicy());
    expect(idsOf(plan.steps)).toEqual([`i-0/deregister/${KEY}:80`]);
  });

  it('a pool without capacity is only healed', () => {
    const { scale, ...healing } = decide(aPool({ backends: [aBackend('i-0')] }), aScaledPolicy());
    expect(scale).toBeUndefined();
    expect(healing.memory.scale).toBeUndefined();
  });
});

describe('what is remembered of an instance', () => {
  const backend = aBackend('i-0');
  const idle = aBackend('i-0', { weight: 0 });
  const before = { ...longKnown, weightZeroAt: secondsAgo(50) };
  const kept = (parts: Parameters<typeof anEntry>[1]) =>
    rememberInstances([anEntry('i-0', { memory: before, ...parts })], NOW)['i-0'];
  const newcomer = { firstSeenAt: NOW, weightZeroAt: null, registeredAt: null, putToUseAt: null };
  it.each<[string, Parameters<typeof anEntry>[1], object]>([
    [
      'it serves when it is first seen: it did so before',
      { backend, memory: newcomer, launchedAt: secondsAgo(99) },
      { ...newcomer, registeredAt: NOW, putToUseAt: secondsAgo(99), placedIn: [KEY] },
    ],
    [
      'it was asked for at this moment',
      { backend, memory: newcomer, launchedAt: plus(NOW, 1) },
      { ...newcomer, registeredAt: NOW, putToUseAt: NOW, placedIn: [KEY] },
    ],
    [
      'it came, and now it serves',
      { backend, memory: { ...newcomer, firstSeenAt: secondsAgo(50) } },
      {
        firstSeenAt: secondsAgo(50),
        weightZeroAt: null,
        registeredAt: NOW,
        putToUseAt: NOW,
        placedIn: [KEY],
      },
    ],
    ['it serves on', { backend }, { ...longKnown }],
    [
      'it is registered and does not serve yet',
      { backend: idle, stage: 'registered', memory: newcomer },
      { ...newcomer, weightZeroAt: NOW, registeredAt: NOW, placedIn: [KEY] },
    ],
    [
      'it is idle and away since before',
      { backend: idle, stage: 'absent', memory: { ...before, awaySince: secondsAgo(9) } },
      { ...before, awaySince: secondsAgo(9) },
    ],
    [
      'it is idle and away since now',
      { backend: idle, stage: 'held', memory: longKnown },
      { ...longKnown, weightZeroAt: NOW, awaySince: NOW },
    ],
    [
      'it serves again',
      { backend, memory: { ...longKnown, awaySince: secondsAgo(9) } },
      { ...longKnown },
    ],
    [
      'it stands elsewhere, too',
      { backend, memory: { ...before, placedIn: ['lb-1/rsp-0', 'lb-9/rsp-9'] } },
      { ...longKnown, placedIn: ['lb-1/rsp-0', KEY, 'lb-9/rsp-9'] },
    ],
    [
      'somebody took it out',
      { stage: 'yielded' },
      { ...before, weightZeroAt: null, putToUseAt: null },
    ],
    ['it is outside and never came', { memory: newcomer }, { ...newcomer, placedIn: [] }],
    [
      'it leaves by our doing',
      { backend: idle, stage: 'retiring', retire: { reason: 'scale-in', since: NOW } },
      { ...before, registeredAt: null, placedIn: [] },
    ],
    [
      'it has left, by our doing, and is seen outside for the first time',
      { stage: 'retiring', retire: { reason: 'scale-in', since: NOW } },
      {
        ...before,
        weightZeroAt: null,
        registeredAt: null,
        putToUseAt: null,
        placedIn: [],
        outSince: NOW,
      },
    ],
    [
      'it has left a while ago',
      {
        stage: 'retiring',
        retire: { reason: 'scale-in', since: NOW },
        memory: { ...newcomer, outSince: secondsAgo(9) },
      },
      { ...newcomer, placedIn: [], outSince: secondsAgo(9) },
    ],
    [
      'somebody put it behind a load balancer while it should rest',
      {
        backend,
        facts: { ...anOwnedInstance('i-0').facts, tags: { [WARM_TAG]: 'v1 0' } },
        memory: { ...longKnown, restedAt: secondsAgo(9) },
      },
      { ...longKnown, registeredAt: null, placedIn: [], restedAt: secondsAgo(9) },
    ],
    [
      'it is back inside',
      { backend, memory: { ...longKnown, outSince: secondsAgo(9) } },
      { ...longKnown },
    ],
    [
      'it rests',
      {
        stage: 'warm',
        facts: { tags: { [WARM_TAG]: 'x' } },
        memory: { ...before, outSince: secondsAgo(9) },
      },
      {
        ...before,
        weightZeroAt: null,
        registeredAt: null,
        putToUseAt: null,
        placedIn: [],
        restedAt: NOW,
      },
    ],
    [
      'it rested, and somebody started it',
      {
        stage: 'yielded',
        facts: { tags: { [WARM_TAG]: 'x' } },
        memory: { ...newcomer, restedAt: secondsAgo(90) },
      },
      { ...newcomer, placedIn: [], restedAt: secondsAgo(90) },
    ],
    [
      'it is on its way to rest',
      { stage: 'cooling', facts: { tags: { [WARM_TAG]: 'x' } }, memory: newcomer },
      { ...newcomer, placedIn: [] },
    ],
    [
      'it rests no more, by its tags',
      { stage: 'asleep', memory: { ...newcomer, restedAt: secondsAgo(90) } },
      { ...newcomer, placedIn: [] },
    ],
  ])('%s', (_name, parts, expected) => {
    expect(kept(parts)).toEqual(expected);
  });

  it('one weight above 0 is enough to be busy', () => {
    const attachments = [
      anAttachment({ weight: 0 }),
      anAttachment({ weight: 5, targetKey: 'lb-1/rsp-2' }),
    ];
    expect(kept({ backend: { ...backend, attachments } })?.weightZeroAt).toBeNull();
  });

  it('who is gone is forgotten', () => {
    const pool = aScaledPool(peers, { scale: { instances: { 'i-0': longKnown } } });
    expect(decide(pool, aScaledPolicy()).scale?.memory.instances['i-0']).toBeUndefined();
  });
});

describe('a retired instance is no part of panic, cap and health', () => {
  it('is drained beside the others, with nothing more than the guards asking', () => {
    const parts = { tags: { [RETIRE_TAG]: retired('scale-in', 5)[RETIRE_TAG] ?? '' } };
    const pool = aScaledPool(
      { 'i-0': parts, 'i-1': parts, ...peers },
      { targets: [{ target: TARGET, key: KEY, listeners: [aListener()] }] },
    );
    const proposal = decide(pool, aScaledPolicy());
    expect(proposal.healthy).toBe(1000);
    expect(proposal.isPanic).toBe(false);
    expect(proposal.verdicts[0]).toMatchObject({ reason: 'retiring', nextState: 'ejected' });
  });

  it('is not drained for a mark on somebody who is nobody’s', () => {
    const pool = aScaledPool({ 'i-0': { owned: null, tags: retired('scale-in') }, ...peers });
    expect(decide(pool, aScaledPolicy()).verdicts[0]?.reason).toBe('healthy');
  });
});
