import { describe, expect, it } from '@jest/globals';
import { decide } from '../../../../shared/decide/decide';
import { type CapacityOrder } from '../../../../shared/domain/capacity';
import { PROTECTED_TAG } from '../../../../shared/domain/heal-tag';
import {
  encodeWarmTag,
  LAUNCH_TAG,
  POOL_TAG,
  WARM_TAG,
} from '../../../../shared/domain/ownership-tags';
import { type Proposal } from '../../../../shared/domain/proposal';
import { type BackOffMemory } from '../../../../shared/domain/scale-memory';
import { millis, permille } from '../../../../shared/domain/units';
import {
  aPolicy,
  aWindow,
  ejectedMemory,
  inSeconds,
  NOW,
  ok,
  secondsAgo,
} from '../../../support/builders';
import {
  aLaunch,
  anAttempt,
  aScaledPolicy,
  aScalePolicy,
  type ScaleParts,
} from '../../../support/scale-builders';
import {
  aScaledPool,
  idsOf,
  type InstanceParts,
  outside,
  retired,
  type ScaledPoolParts,
} from '../../../support/scaled-pool';

const crowd = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`i-p${index}`, {}]));
const exactly = (count: number): CapacityOrder => ({
  kind: 'exactly',
  count,
  by: 'ann',
  reason: 'test',
  at: NOW,
  until: inSeconds(900),
});
const launchTag = (seconds: number) => ({
  [LAUNCH_TAG]: `launch-${secondsAgo(seconds).toString(36)}-x1`,
});
const accepted = (instanceIds: readonly string[]) =>
  aLaunch({ count: instanceIds.length, attempts: [anAttempt({ state: 'accepted', instanceIds })] });

const until = (seconds: number): BackOffMemory => ({
  until: inSeconds(seconds),
  failures: 1,
  lastFailureAt: secondsAgo(5),
  kind: 'stock',
  code: 'NoStock',
});
const backedOff = (seconds: number) => ({
  'cn-hangzhou/cn-hangzhou-h/ecs.g7.xlarge/pay-as-you-go': until(seconds),
  'cn-hangzhou/cn-hangzhou-i/ecs.g7.xlarge/pay-as-you-go': until(seconds + 60),
});

const fourAMinute = {
  out: { ...aScalePolicy().out, rate: { windowMs: millis(60_000), share: permille(0), count: 4 } },
};

interface Parts extends ScaledPoolParts {
  readonly order?: number;
  readonly policy?: ScaleParts;
}
function proposed(
  instances: Readonly<Record<string, InstanceParts>>,
  { order, policy, ...more }: Parts = {},
): Proposal {
  const capacity = order === undefined ? {} : { order: exactly(order) };
  const pool = aScaledPool(instances, { ...more, capacity: { ...capacity, ...more.capacity } });
  return decide(pool, aScaledPolicy(policy));
}

describe('the capacity that is decided', () => {
  it('is told with its reasons and remembered', () => {
    const { scale } = proposed(crowd(5), { order: 6 });
    expect(scale?.explanations).toEqual(expect.arrayContaining(['Desired are 6: 1 more now.']));
    expect(scale?.memory).toMatchObject({ desired: 6, knownSince: secondsAgo(86_400) });
    expect(scale?.memory.serving[0]).toMatchObject({ count: 5 });
  });

  it('keeps the worker awake while an instance is missing, or a launch is not over', () => {
    const stuck = proposed(crowd(5), { order: 6, policy: { launch: { options: [] } } });
    expect(stuck.steps).toEqual([]);
    expect(stuck.scale?.isUnsteady).toBe(true);
    const coming = proposed(crowd(5), { order: 6, scale: { launches: [accepted(['i-8'])] } });
    expect(coming.steps).toEqual([]);
    expect(coming.scale?.isUnsteady).toBe(true);
  });

  it('keeps the worker awake while it settles, so that the first launch waits for no timer', () => {
    const young = { knownSince: secondsAgo(20) };
    const { scale, lookAgainAt } = proposed(crowd(5), { order: 6, scale: young });
    expect(scale).toMatchObject({
      limitedBy: expect.arrayContaining(['settling']),
      isUnsteady: true,
    });
    expect(lookAgainAt).toBe(inSeconds(40));
    const settled = proposed(crowd(5), { order: 5, scale: { knownSince: secondsAgo(60) } });
    expect(settled).toMatchObject({ isUnsteady: false, lookAgainAt: null });
  });

  it.each<[string, Parts, number | null]>([
    ['the end of a back-off', { scale: { backOff: backedOff(300) } }, 300],
    ['the first of several', { scale: { backOff: { ...backedOff(300), other: until(200) } } }, 200],
    ['the end of the breaker', { scale: { breakerOpenUntil: inSeconds(120) } }, 120],
    ['not a back-off that is over', { scale: { backOff: { h: until(-5), i: until(0) } } }, null],
    [
      'not a back-off while nothing is wanted',
      { order: 5, scale: { backOff: backedOff(9) } },
      null,
    ],
    [
      'the end of the window of a rate',
      { order: 7, policy: fourAMinute, scale: { changes: [{ at: secondsAgo(50), count: 4 }] } },
      10,
    ],
    ['a launch by when it must be listed', { scale: { launches: [accepted(['i-9'])] } }, 270],
    [
      'a call by when its token is over',
      { scale: { launches: [aLaunch({ requestedAt: secondsAgo(400) })] } },
      200,
    ],
  ])('says when to look again: %s', (_, parts, seconds) => {
    const { scale } = proposed(crowd(5), { order: 6, ...parts });
    expect(scale?.lookAgainAt).toBe(seconds === null ? null : inSeconds(seconds));
  });

  it('says when to look again: who comes must have come, and who is suspected is confirmed', () => {
    const late = outside({ tags: launchTag(600) });
    expect(proposed({ 'i-0': late, ...crowd(5) }, { order: 6 }).scale?.lookAgainAt).toBe(
      inSeconds(300),
    );
    const overdue = outside({ tags: launchTag(2000) });
    const sightings = { 'i-0': { kind: 'orphan', firstAt: secondsAgo(100) } } as const;
    const seen = proposed({ 'i-0': overdue, ...crowd(5) }, { order: 5, scale: { sightings } });
    expect(seen.scale?.lookAgainAt).toBe(inSeconds(200));
  });

  it('that cannot be had calls people, with the reason', () => {
    const { alerts } = proposed(crowd(5), { order: 6, policy: { launch: { options: [] } } });
    expect(alerts).toContainEqual({
      key: 'launch-impossible',
      severity: 'critical',
      reason: 'launch-impossible',
      instanceId: null,
      message: expect.stringContaining(
        'web: 6 instances are wanted, 1 are missing, and none can be added: ',
      ),
    });
    expect(proposed(crowd(5), { order: 6 }).alerts).toEqual([]);
    expect(proposed(crowd(5), { order: 5 }).alerts).toEqual([]);
  });

  it('waits for what was asked for before, by the same token', () => {
    const { steps, scale } = proposed(crowd(5), { order: 9, scale: { launches: [aLaunch()] } });
    expect(steps.map(({ reason }) => reason)).toEqual(['launch-resumed']);
    expect(scale?.explanations).toContain(
      'an earlier launch is asked for again with its own token',
    );
  });

  it('counts what was accepted and is not listed against the maximum', () => {
    const lost: InstanceParts = { backend: { locks: ['Recycling'] } };
    const atMax = (ids: readonly string[]) =>
      proposed(
        { 'i-0': lost, ...crowd(4) },
        { order: 6, policy: { max: 6 }, scale: { launches: [accepted(ids)] } },
      );
    const [launch] = atMax(['i-8']).steps.filter(({ kind }) => kind === 'launch');
    expect(launch?.kind === 'launch' && launch.count).toBe(1);
  });

  it('is not acted on while the memory is young, nor is the warm pool filled', () => {
    const young = (seconds: number) =>
      proposed(crowd(5), {
        policy: { warmPool: { size: 1 } },
        scale: { knownSince: secondsAgo(seconds) },
      });
    expect(young(59).steps).toEqual([]);
    expect(young(59).scale?.explanations).toContain(
      'the memory is young: nothing is launched or removed until everything on its way has shown itself',
    );
    expect(young(60).steps.map(({ reason }) => reason)).toEqual(['warm-filled']);
    const resumed = proposed(crowd(5), {
      scale: { knownSince: secondsAgo(59), launches: [aLaunch()] },
    });
    expect(resumed.steps).toEqual([]);
  });

  it('fills no warm pool in panic', () => {
    const sick = Object.fromEntries(
      Object.keys(crowd(4)).map((id) => [id, { status: 'Stopped' as const }]),
    );
    const panic = proposed(
      { ...sick, 'i-q': {} },
      {
        policy: { min: 0, warmPool: { size: 1 } },
        order: 1,
        memory: { panicSince: secondsAgo(9) },
      },
    );
    expect(panic.isPanic).toBe(true);
    expect(panic.steps.filter(({ reason }) => reason === 'warm-filled')).toEqual([]);
  });
});

describe('a pool that is healed and neither scaled nor joined by tag', () => {
  it('says nothing of capacity', () => {
    const pool = aScaledPool(crowd(3));
    const policy = aPolicy();
    const { scale, isUnsteady, alerts } = decide(pool, policy);
    expect(scale).toMatchObject({
      desired: null,
      counts: {},
      direction: 'hold',
      limitedBy: [],
      explanations: [],
      isUnsteady: false,
    });
    expect({ isUnsteady, alerts }).toEqual({ isUnsteady: false, alerts: [] });
  });

  it('moves nobody, whatever the tags say', () => {
    const policy = aPolicy();
    const ready = outside({ tags: launchTag(60), owned: { probe: ok(aWindow()) } });
    expect(decide(aScaledPool({ 'i-0': ready, ...crowd(3) }), policy).steps).toEqual([]);
  });
});

describe('the warm pool counts', () => {
  const warmTag = { [WARM_TAG]: encodeWarmTag(secondsAgo(20)) };
  const resting = outside({ status: 'Stopped', tags: warmTag });
  const cooling = outside({ status: 'Stopping', tags: warmTag });
  const starting = outside({ status: 'Starting', tags: warmTag });
  const leaving = outside({ tags: retired('scale-in') });
  const steps = (instances: Readonly<Record<string, InstanceParts>>, size: number) =>
    idsOf(
      proposed({ ...instances, ...crowd(5) }, { policy: { warmPool: { size } } }).steps.filter(
        ({ kind }) => kind !== 'launch',
      ),
    );

  it('what is on its way to rest', () => {
    expect(steps({ 'i-0': starting, 'i-1': leaving }, 1)).toEqual(['i-1/delete']);
    expect(steps({ 'i-0': starting, 'i-1': resting }, 1)).toEqual(['i-1/retire']);
    expect(steps({ 'i-0': cooling, 'i-1': resting }, 1)).toEqual(['i-1/retire']);
  });

  it('neither the protected nor other pools’ own', () => {
    const kept = { ...resting, tags: { ...warmTag, [PROTECTED_TAG]: 'x' } };
    expect(steps({ 'i-0': kept, 'i-1': leaving }, 1)).toEqual(['i-1/warm', 'i-1/stop']);
    const foreign = { ...resting, owned: { facts: { tags: { ...warmTag, [POOL_TAG]: 'other' } } } };
    expect(steps({ 'i-0': foreign, 'i-1': leaving }, 1)).toEqual(['i-1/warm', 'i-1/stop']);
  });

  it('nobody who still stands in a group', () => {
    const draining: InstanceParts = {
      tags: retired('scale-in'),
      backend: { weight: 0 },
      memory: { weightZeroAt: secondsAgo(5) },
    };
    expect(steps({ 'i-0': draining, 'i-1': leaving }, 1)).toContain('i-1/warm');
  });
});

describe('a replacement', () => {
  const onReplace = {
    rung: 'replace',
    operationId: '',
    startedAt: secondsAgo(10),
    verifyAt: secondsAgo(10),
    invokeId: null,
  } as const;
  const lost: InstanceParts = {
    backend: { weight: 0, verdict: 'abnormal', window: { failures: 10, latencyMedianUs: null } },
    healed: ejectedMemory({ ladder: onReplace }),
  };
  it('may be one that heal holds out and expects back', () => {
    const held: InstanceParts = {
      backend: { weight: 0 },
      healed: ejectedMemory({ ejectedUntil: inSeconds(60) }),
    };
    expect(idsOf(proposed({ 'i-0': lost, 'i-1': held, ...crowd(5) }, { order: 6 }).steps)).toEqual([
      'i-0/retire',
    ]);
  });

  it('waits while somebody is coming, also where there is no room for more', () => {
    const coming = outside({ status: 'Starting', tags: launchTag(60) });
    const { steps } = proposed(
      { 'i-0': lost, 'i-9': coming, ...crowd(5) },
      { order: 6, policy: { max: 6 } },
    );
    expect(steps).toEqual([]);
  });
});
