import { describe, expect, it } from '@jest/globals';
import { decide } from '../../../../shared/decide/decide';
import { PROTECTED_TAG } from '../../../../shared/domain/heal-tag';
import { encodeWarmTag, LAUNCH_TAG, WARM_TAG } from '../../../../shared/domain/ownership-tags';
import { type CapacityOrder } from '../../../../shared/domain/capacity';
import { type Proposal } from '../../../../shared/domain/proposal';
import {
  aPolicy,
  aWindow,
  ejectedMemory,
  inSeconds,
  KEY,
  NOW,
  ok,
  secondsAgo,
} from '../../../support/builders';
import { aScaledPolicy, type ScaleParts } from '../../../support/scale-builders';
import {
  aScaledPool,
  idsOf,
  type InstanceParts,
  outside,
  retired,
  type ScaledPoolParts,
  stepsOn,
} from '../../../support/scaled-pool';

const onReplace = {
  rung: 'replace',
  operationId: '',
  startedAt: secondsAgo(10),
  verifyAt: secondsAgo(10),
  invokeId: null,
} as const;
/** Drained, every repair tried, and still bad. */
const lost: InstanceParts = {
  backend: { weight: 0, verdict: 'abnormal', window: { failures: 10, latencyMedianUs: null } },
  healed: ejectedMemory({ ladder: onReplace }),
};
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

interface Parts extends ScaledPoolParts {
  readonly instances: Readonly<Record<string, InstanceParts>>;
  readonly order: number;
  readonly policy?: ScaleParts;
}

function proposed({ instances, order, policy, ...more }: Parts): Proposal {
  const pool = aScaledPool(instances, {
    ...more,
    capacity: { order: exactly(order), ...more.capacity },
  });
  return decide(pool, aScaledPolicy(policy));
}
const kinds = (proposal: Proposal): readonly string[] => proposal.steps.map(({ kind }) => kind);
const stageOf = (proposal: Proposal, id: string) =>
  proposal.scale?.stages.find(({ instanceId }) => instanceId === id);

describe('what is lost is replaced first and retired after', () => {
  it('it is no capacity: another is launched, and it waits', () => {
    const proposal = proposed({ instances: { 'i-0': lost, ...crowd(5) }, order: 6 });
    expect(proposal.scale).toMatchObject({
      desired: 6,
      direction: 'out',
      isUnsteady: true,
      counts: { serving: 5 },
    });
    expect(kinds(proposal)).toEqual(['launch']);
    expect(stageOf(proposal, 'i-0')).toEqual({
      instanceId: 'i-0',
      stage: 'condemned',
      reason: 'replaced',
      detail: 'waits until another has taken its place',
    });
  });

  it('waits while the other is still coming', () => {
    const coming = outside({ tags: launchTag(60) });
    const proposal = proposed({
      instances: { 'i-0': lost, 'i-9': coming, ...crowd(5) },
      order: 6,
      policy: { max: 6 },
    });
    expect(proposal.steps).toEqual([]);
  });

  it('is retired once the other serves', () => {
    const proposal = proposed({ instances: { 'i-0': lost, ...crowd(6) }, order: 6 });
    expect(proposal.steps).toMatchObject([{ stepId: 'i-0/retire', reason: 'replaced' }]);
    expect(stageOf(proposal, 'i-0')).toMatchObject({ reason: 'replaced', detail: '' });
  });

  it('launches within the surge where the maximum is reached, and not beyond', () => {
    const atMax = (instances: Parts['instances']) =>
      proposed({ instances, order: 6, policy: { max: 6 } });
    expect(kinds(atMax({ 'i-0': lost, ...crowd(5) }))).toEqual(['launch']);
    const full = atMax({ 'i-0': lost, 'i-1': lost, ...crowd(5) });
    expect(idsOf(full.steps)).toEqual(['i-0/retire', 'i-1/retire']);
    expect(full.alerts.map(({ reason }) => reason)).toContain('launch-impossible');
  });

  it('is never retired in panic, nor while it is protected', () => {
    const sick = Object.fromEntries(
      Object.keys(crowd(6)).map((id) => [id, { status: 'Stopped' as const }]),
    );
    const gone = {
      'i-0': { backend: { locks: ['Recycling'] } },
      ...sick,
      ...Object.fromEntries(Array.from({ length: 2 }, (_, index) => [`i-q${index}`, {}])),
    };
    const panic = proposed({ instances: gone, order: 2, memory: { panicSince: secondsAgo(30) } });
    expect(panic.isPanic).toBe(true);
    expect(idsOf(panic.steps).filter((id) => id.endsWith('/retire'))).toEqual([]);
    const kept = { ...lost, tags: { [PROTECTED_TAG]: 'x' } };
    const proposal = proposed({ instances: { 'i-0': kept, ...crowd(6) }, order: 6 });
    expect(proposal.steps).toEqual([]);
    expect(stageOf(proposal, 'i-0')).toMatchObject({
      detail: 'protected: it stays as it is, people see to it',
    });
  });

  it('keeps the surge while one that never came is in quarantine', () => {
    const bad = outside({ tags: { ...launchTag(2000), ...retired('never-registered') } });
    const quarantined = proposed({
      instances: { 'i-0': bad, ...crowd(5) },
      order: 6,
      policy: { max: 6 },
    });
    expect(kinds(quarantined)).toEqual(['launch']);
    const departing = outside({
      tags: retired('scale-in'),
      owned: { facts: { isDeletionProtected: true } },
    });
    expect(
      kinds(
        proposed({ instances: { 'i-0': departing, ...crowd(5) }, order: 6, policy: { max: 6 } }),
      ),
    ).toEqual([]);
    const late = outside({ tags: launchTag(2000) });
    expect(
      kinds(proposed({ instances: { 'i-0': late, ...crowd(5) }, order: 6, policy: { max: 6 } })),
    ).toEqual(['launch']);
  });

  it('what is parked takes room under the maximum, what rests does not', () => {
    const parked: InstanceParts = { backend: { weight: 0 }, healed: { baseWeights: { [KEY]: 0 } } };
    expect(
      kinds(proposed({ instances: { 'i-0': parked, ...crowd(5) }, order: 6, policy: { max: 6 } })),
    ).toEqual([]);
    const stopped = outside({ status: 'Stopped' });
    expect(
      kinds(proposed({ instances: { 'i-0': stopped, ...crowd(5) }, order: 6, policy: { max: 6 } })),
    ).toEqual(['launch']);
  });
});

describe('a pool whose section scale was taken out of the policy', () => {
  const membership = { tagKey: 'role', tagValue: 'web', weight: 100 };
  it.each<[string, InstanceParts, readonly string[]]>([
    ['ends no quarantine', outside({ tags: retired('never-registered', 60) }), []],
    ['deletes after it', outside({ tags: retired('never-registered', 3600) }), ['i-0/delete']],
    [
      'lets one that has just left its groups run on',
      outside({ tags: retired('scale-in'), memory: { outSince: secondsAgo(5) } }),
      [],
    ],
  ])('%s', (_name, parts, steps) => {
    const pool = aScaledPool({ 'i-0': parts, ...crowd(5) });
    expect(idsOf(stepsOn(decide(pool, aPolicy({ membership })), 'i-0'))).toEqual(steps);
  });
});

describe('one word for one instance in one tick', () => {
  it('a victim that is just ready is retired, not registered', () => {
    const ready = outside({ tags: launchTag(60), owned: { probe: ok(aWindow()) } });
    const proposal = proposed({ instances: { 'i-0': ready, ...crowd(5) }, order: 5 });
    expect(idsOf(stepsOn(proposal, 'i-0'))).toEqual(['i-0/retire']);
  });

  it('what the warm pool gives is started, not retired as its surplus', () => {
    const resting = outside({
      status: 'Stopped',
      tags: { [WARM_TAG]: encodeWarmTag(secondsAgo(900)) },
    });
    const proposal = proposed({ instances: { 'i-0': resting, ...crowd(5) }, order: 6 });
    expect(idsOf(proposal.steps)).toEqual(['i-0/wake', 'i-0/start']);
  });

  it('scaling and inventory speak of the same one: the first holds', () => {
    const tags = { ...launchTag(2000) };
    const proposal = proposed({
      instances: { 'i-0': outside({ tags }), ...crowd(5) },
      order: 5,
      scale: { sightings: { 'i-0': { kind: 'orphan', firstAt: secondsAgo(900) } } },
    });
    expect(idsOf(proposal.steps)).toEqual(['i-0/retire']);
    expect(proposal.scale?.memory.sightings).toEqual({
      'i-0': { kind: 'orphan', firstAt: secondsAgo(900) },
    });
  });
});

describe('what is told of the move', () => {
  it('nothing is under way when everybody serves', () => {
    const proposal = proposed({ instances: crowd(5), order: 5 });
    expect(proposal).toMatchObject({ steps: [], isUnsteady: false, lookAgainAt: null });
    expect(proposal.scale).toMatchObject({ isUnsteady: false, desired: 5 });
    expect(stageOf(proposal, 'i-p0')).toEqual({
      instanceId: 'i-p0',
      stage: 'serving',
      reason: null,
      detail: '',
    });
  });

  it.each<[string, InstanceParts]>([
    ['comes', outside({ tags: launchTag(60) })],
    ['leaves', outside({ tags: retired('never-registered', 10) })],
    ['goes to rest', outside({ status: 'Starting', tags: { [WARM_TAG]: encodeWarmTag(NOW) } })],
  ])('somebody %s: the worker stays awake', (_name, parts) => {
    const proposal = proposed({
      instances: { 'i-0': parts, ...crowd(5) },
      order: parts.tags?.[LAUNCH_TAG] === undefined ? 5 : 6,
      policy: { warmPool: { size: 1 } },
    });
    expect(proposal.scale?.isUnsteady).toBe(true);
  });

  it('the next look is at the earliest deadline, heal’s or a drain’s', () => {
    const drain = (seconds: number): InstanceParts => ({
      tags: retired('scale-in', 300),
      backend: { weight: 0 },
      memory: { weightZeroAt: secondsAgo(seconds) },
    });
    const { lookAgainAt, scale } = proposed({
      instances: { 'i-0': drain(10), 'i-1': drain(40), ...crowd(5) },
      order: 5,
    });
    expect(scale?.lookAgainAt).toBe(inSeconds(20));
    expect(lookAgainAt).toBe(inSeconds(20));
    expect(
      stageOf(proposed({ instances: { 'i-0': drain(10), ...crowd(5) }, order: 5 }), 'i-0'),
    ).toMatchObject({
      stage: 'retiring',
      reason: 'drain-waiting',
      detail: 'at weight 0 for 10 s of 60 s',
    });
  });
});
