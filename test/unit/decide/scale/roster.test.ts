import { describe, expect, it } from '@jest/globals';
import { countRoster } from '../../../../shared/decide/scale/roster';
import { PROTECTED_TAG } from '../../../../shared/domain/heal-tag';
import {
  encodeWarmTag,
  LAUNCH_TAG,
  POOL_TAG,
  WARM_TAG,
} from '../../../../shared/domain/ownership-tags';
import { missing } from '../../../../shared/domain/reading';
import { instant } from '../../../../shared/domain/units';
import {
  type aBackend,
  anAttachment,
  aPolicy,
  aWindow,
  ejectedMemory,
  inSeconds,
  KEY,
  NOW,
  ok,
  secondsAgo,
  stale,
} from '../../../support/builders';
import { anEntry, anOwnedInstance, aScaledPolicy } from '../../../support/scale-builders';
import {
  announced,
  aScaledPool,
  type InstanceParts,
  outside,
  retired,
  rosterOf,
  type ScaledPoolParts,
  stagesOf,
} from '../../../support/scaled-pool';

const facts = (status: 'Missing' | 'Running') => ({
  status,
  instanceType: '',
  zoneId: '',
  cpuCount: 0,
  address: '',
  isSpot: false,
  locks: [],
  tags: {},
});

const launchedAgo = (seconds: number) => ({
  [LAUNCH_TAG]: `launch-${secondsAgo(seconds).toString(36)}-x1`,
});
const warmSince = (seconds: number) => ({ [WARM_TAG]: encodeWarmTag(secondsAgo(seconds)) });
const peers = Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`i-p${index}`, {}]));
const stageOfOne = (
  parts: InstanceParts,
  more: ScaledPoolParts = {},
  policy = aScaledPolicy(),
): string | undefined => stagesOf(aScaledPool({ 'i-0': parts, ...peers }, more), policy)['i-0'];
const heard = (probes: number, failures: number) => ({
  owned: { probe: ok(aWindow({ probes, failures })) },
});

describe('where one stands that runs though it should rest', () => {
  const running = (sentAgo: number, startedAgo: number, restedAgo?: number): InstanceParts =>
    outside({
      tags: warmSince(sentAgo),
      owned: { facts: { startedAt: secondsAgo(startedAgo) } },
      ...(restedAgo !== undefined && { memory: { restedAt: secondsAgo(restedAgo) } }),
    });
  const young: ScaledPoolParts = { scale: { knownSince: secondsAgo(200) } };
  it.each<[string, InstanceParts, ScaledPoolParts, string]>([
    ['sent there, and not stopped yet', running(300, 3600, 290), {}, 'cooling'],
    ['sent there long ago, and never stopped', running(9000, 9600), {}, 'cooling'],
    ['restarted by a power cut on its way there', running(9000, 5), {}, 'cooling'],
    ['came to rest, and was started in the same minute', running(9000, 8030, 8000), {}, 'yielded'],
    ['came to rest, and was started since', running(9000, 5, 8000), {}, 'yielded'],
    ['came to rest, and was started soon after', running(200, 5, 100), {}, 'yielded'],
    ['started soon, as far as a young memory knows', running(300, 5), young, 'cooling'],
    ['started late, as far as a young memory knows', running(306, 5), young, 'yielded'],
  ])('%s', (_name, parts, more, stage) => {
    expect(stageOfOne(parts, more)).toBe(stage);
  });
});

describe('where an instance stands, in no group', () => {
  const started = (status: 'Pending' | 'Starting' | 'Running' | 'Stopped' | 'Stopping') =>
    outside({ status, tags: launchedAgo(60) });
  it.each<[string, InstanceParts, string]>([
    ['launched, not running yet', started('Pending'), 'starting'],
    ['on its way up', started('Starting'), 'starting'],
    ['running, never probed', started('Running'), 'booting'],
    ['its service answers', { ...started('Running'), ...heard(10, 0) }, 'ready'],
    ['half of its answers came', { ...started('Running'), ...heard(10, 5) }, 'ready'],
    ['most of its answers did not come', { ...started('Running'), ...heard(10, 6) }, 'booting'],
    ['nobody got round to probing it', { ...started('Running'), ...heard(0, 0) }, 'booting'],
    ['woken, not started yet', started('Stopped'), 'asleep'],
    ['woken while it was still stopping', started('Stopping'), 'asleep'],
    ['at its registration deadline', outside({ tags: launchedAgo(900) }), 'booting'],
    ['past its registration deadline', outside({ tags: launchedAgo(901) }), 'overdue'],
    [
      'never started, past the deadline',
      { ...outside(), status: 'Stopped', tags: launchedAgo(901) },
      'overdue',
    ],
    ['stopped by somebody', outside({ status: 'Stopped' }), 'stopped'],
    ['resting', outside({ status: 'Stopped', tags: warmSince(9000) }), 'warm'],
    ['about to rest', outside({ status: 'Stopping', tags: warmSince(9000) }), 'warm'],
    ['sent to rest and running', outside({ tags: warmSince(300) }), 'cooling'],
    ['has an unreadable warm tag', outside({ tags: { [WARM_TAG]: 'x' } }), 'cooling'],
    ['somebody took it out of its groups', { backend: null }, 'yielded'],
    ['we took it out', { backend: null, tags: retired('scale-in') }, 'retiring'],
  ])('%s: %s', (_name, parts, stage) => {
    expect(stageOfOne(parts)).toBe(stage);
  });

  it('is ready as soon as it runs where nobody probes', () => {
    const policy = { ...aScaledPolicy(), heal: { ...aPolicy().heal, probe: null } };
    expect(stageOfOne(started('Running'), {}, policy)).toBe('ready');
  });

  it('without a launch tag has the time since its creation, the whole minute of it', () => {
    const created = (seconds: number) =>
      stageOfOne(outside({ owned: { facts: { createdAt: secondsAgo(seconds) } } }));
    expect([created(960), created(961)]).toEqual(['booting', 'overdue']);
  });

  it('named by the membership of somebody else, it comes when it runs and is never late', () => {
    const member = (status: 'Running' | 'Stopped') =>
      anOwnedInstance('i-m', { facts: { status, tags: {}, createdAt: secondsAgo(86_400) } });
    const stage = (status: 'Running' | 'Stopped') =>
      stagesOf(aScaledPool({}, { capacity: { tagged: ok([member(status)]) } }))['i-m'];
    expect([stage('Running'), stage('Stopped')]).toEqual(['ready', 'stopped']);
  });
});

describe('where an instance stands, in its groups', () => {
  const ejected = (parts: Parameters<typeof ejectedMemory>[0]): InstanceParts => ({
    backend: { weight: 0 },
    healed: ejectedMemory({ ejectedUntil: inSeconds(60), ...parts }),
  });
  const onRung = (rung: 'drain' | 'reboot' | 'replace') => ({
    rung,
    operationId: 'op',
    startedAt: secondsAgo(10),
    verifyAt: inSeconds(60),
    invokeId: null,
  });
  const dead = {
    weight: 0,
    verdict: 'abnormal',
    window: { failures: 10, latencyMedianUs: null },
  } as const;
  it.each<[string, InstanceParts, string]>([
    ['serves', {}, 'serving'],
    ['serves and is not ours', { owned: null }, 'serving'],
    ['the load balancer avoids it, heal waits', { backend: { verdict: 'abnormal' } }, 'held'],
    ['held out by heal', ejected({}), 'held'],
    ['held out for as long as it is expected back', ejected({ since: secondsAgo(900) }), 'held'],
    ['held out for longer than that', ejected({ since: secondsAgo(901) }), 'absent'],
    [
      'comes back in this tick',
      { backend: { weight: 0 }, healed: ejectedMemory({ goodStreak: 5 }) },
      'held',
    ],
    [
      'a person has set its weight to 0',
      { backend: { weight: 0 }, healed: { baseWeights: { [KEY]: 0 } } },
      'parked',
    ],
    [
      'beyond repair',
      { backend: dead, healed: ejectedMemory({ ladder: onRung('replace') }) },
      'condemned',
    ],
    [
      'being rebooted',
      { backend: dead, status: 'Stopping', healed: ejectedMemory({ ladder: onRung('reboot') }) },
      'held',
    ],
    ['ECS reclaims it', { backend: { locks: ['Recycling'] } }, 'condemned'],
    ['on its way out', { tags: retired('scale-in') }, 'retiring'],
    [
      'registered, not verified',
      { backend: { weight: 0 }, tags: announced(), memory: { putToUseAt: null } },
      'registered',
    ],
    [
      'registered and never verified',
      { backend: dead, tags: announced([100], 901), memory: { putToUseAt: null } },
      'overdue',
    ],
    [
      'registered, at its deadline',
      { backend: dead, tags: announced([100], 900), memory: { putToUseAt: null } },
      'registered',
    ],
    [
      'registered by membership, never verified',
      { owned: null, backend: { ...dead }, tags: announced([100], 901) },
      'registered',
    ],
    ['somebody registered what rests', { tags: warmSince(5) }, 'serving'],
  ])('%s: %s', (_name, parts, stage) => {
    const strangers = parts.healed === undefined && parts.tags !== undefined ? ['i-0'] : [];
    expect(stageOfOne(parts, { strangers })).toBe(stage);
  });

  it('serves where one of its groups sends it traffic', () => {
    const attachments = [anAttachment({ weight: 0 }), anAttachment({ targetKey: 'lb-1/rsp-2' })];
    expect(stageOfOne({ backend: { attachments } })).toBe('serving');
    const avoided = attachments.map((each) => ({
      ...each,
      health: anAttachment({ verdict: 'abnormal' }).health,
    }));
    expect(stageOfOne({ backend: { attachments: avoided } })).toBe('held');
  });

  it('is not replaced where that rung is not in use', () => {
    const base = aScaledPolicy();
    const ladder = { ...base.heal.ladder, rungs: ['drain', 'restart'] as const };
    const policy = { ...base, heal: { ...base.heal, ladder } };
    const parts = { backend: dead, healed: ejectedMemory({ ladder: onRung('replace') }) };
    expect(stageOfOne(parts, {}, policy)).toBe('held');
  });

  it('is a person’s to say while they drain it, also beyond repair', () => {
    const order = { instanceId: 'i-0', by: 'ann', reason: 'disk', at: NOW, until: null };
    const parts = { backend: dead, healed: ejectedMemory({ ladder: onRung('replace') }) };
    expect(stageOfOne(parts, { drainOrders: [order] })).toBe('held');
  });

  it('is no capacity while a person drains it for longer than it is expected back', () => {
    const at = secondsAgo(901);
    const order = { instanceId: 'i-0', by: 'ann', reason: 'disk', at, until: null };
    const healed = ejectedMemory({ since: at, cause: 'operator-drain' });
    expect(stageOfOne({ backend: { weight: 0 }, healed }, { drainOrders: [order] })).toBe('absent');
  });

  it('is no capacity once it has not served for longer than it is expected back, whatever keeps it from being ejected', () => {
    const away = (seconds: number, parts: InstanceParts = {}): InstanceParts => ({
      tags: { [PROTECTED_TAG]: 'ann' },
      status: 'Stopped',
      backend: { verdict: 'abnormal', window: { failures: 10 } },
      memory: { awaySince: secondsAgo(seconds) },
      ...parts,
    });
    expect(stageOfOne(away(900))).toBe('held');
    expect(stageOfOne(away(901))).toBe('absent');
    expect(stageOfOne(away(901, { status: 'Running', backend: {} }))).toBe('serving');
  });

  it('is in for the first time between its verification and its first weight', () => {
    const parts: InstanceParts = {
      backend: { weight: 0 },
      healed: ejectedMemory({ cause: 'registered', goodStreak: 5 }),
      memory: { putToUseAt: null },
    };
    expect(stageOfOne(parts)).toBe('registered');
  });

  it('is no capacity at weight 0 once it is protected, as only people raise it', () => {
    const parts: InstanceParts = {
      tags: { [PROTECTED_TAG]: 'ann' },
      backend: { weight: 0 },
      healed: ejectedMemory({ cause: 'registered', goodStreak: 5 }),
      memory: { putToUseAt: null },
    };
    expect(stageOfOne(parts)).toBe('parked');
    expect(stageOfOne({ ...parts, healed: ejectedMemory() })).toBe('parked');
    expect(stageOfOne({ ...parts, backend: { weight: 1 }, healed: {} })).toBe('serving');
  });

  // A32: 404 is gone, 5xx is unknown.
  it.each<[string, Parameters<typeof aBackend>[1], 'listed' | 'unlisted', string]>([
    [
      'ECS says it is gone, no list has it, and it answers nobody',
      { status: 'Missing', window: { failures: 10 } },
      'unlisted',
      'ghost',
    ],
    ['ECS says it is gone, and it answers', { status: 'Missing' }, 'unlisted', 'condemned'],
    ['ECS could not be asked', { instance: missing('read-failed') }, 'unlisted', 'serving'],
    ['what ECS said is old', { instance: stale({ ...facts('Missing') }) }, 'unlisted', 'serving'],
    ['ECS says it is gone and the list still has it', { status: 'Missing' }, 'listed', 'condemned'],
  ])('%s', (_name, backend, list, stage) => {
    const owned = list === 'listed' ? {} : null;
    expect(stageOfOne({ backend: backend ?? {}, owned })).toBe(stage);
  });
});

describe('what is known of an instance', () => {
  it('lists everybody once, in the order of their ids', () => {
    const pool = aScaledPool(
      { 'i-2': {}, 'i-1': outside(), 'i-3': { owned: null } },
      { capacity: { tagged: ok([anOwnedInstance('i-0'), anOwnedInstance('i-2')]) } },
    );
    expect(rosterOf(pool).map(({ instanceId }) => instanceId)).toEqual([
      'i-0',
      'i-1',
      'i-2',
      'i-3',
    ]);
  });

  it('owns by this pool’s tag alone, protects by tag or by policy', () => {
    const base = aScaledPolicy();
    const policy = { ...base, guards: { ...base.guards, protectedInstances: ['i-2'] } };
    const pool = aScaledPool({
      'i-0': {},
      'i-1': { tags: { [PROTECTED_TAG]: 'ann' } },
      'i-2': {},
      'i-3': { owned: null, tags: { [POOL_TAG]: 'other' } },
    });
    expect(rosterOf(pool, policy).map(({ isOurs, isProtected }) => [isOurs, isProtected])).toEqual([
      [true, false],
      [true, true],
      [true, true],
      [false, false],
    ]);
  });

  it('takes a retirement only from those that somebody owns or the membership added', () => {
    const stray = { owned: null, tags: retired('scale-in') };
    expect(rosterOf(aScaledPool({ 'i-0': stray }))[0]?.retire).toBeNull();
    expect(rosterOf(aScaledPool({ 'i-0': { tags: retired('orphan', 5) } }))[0]?.retire).toEqual({
      reason: 'orphan',
      since: secondsAgo(5),
    });
  });

  it('was asked for when its launch tag says, else created, else first seen', () => {
    const pool = aScaledPool({
      'i-0': { tags: launchedAgo(77) },
      'i-1': { owned: { facts: { createdAt: secondsAgo(300) } } },
      'i-2': { owned: null, memory: { firstSeenAt: secondsAgo(40) } },
    });
    expect(rosterOf(pool).map(({ launchedAt }) => launchedAt)).toEqual([
      secondsAgo(77),
      secondsAgo(240),
      secondsAgo(40),
    ]);
  });

  it('starts a memory for who is met for the first time', () => {
    const pool = aScaledPool({ 'i-0': {} }, { scale: { instances: {} } });
    expect(rosterOf(pool)[0]?.memory).toEqual({
      firstSeenAt: instant(NOW),
      weightZeroAt: null,
      registeredAt: null,
      putToUseAt: null,
    });
  });

  it('does not believe a list that is out of date', () => {
    const pool = aScaledPool({ 'i-0': outside() });
    const old = stale([anOwnedInstance('i-0')]);
    expect(
      rosterOf({ ...pool, ...(pool.capacity && { capacity: { ...pool.capacity, owned: old } }) }),
    ).toEqual([]);
  });
});

describe('the count', () => {
  it('adds up who stands where, and launches that are not listed yet as arriving', () => {
    const stages = [
      'serving',
      'held',
      'asleep',
      'starting',
      'booting',
      'ready',
      'registered',
      'retiring',
      'warm',
      'cooling',
      'stopped',
      'parked',
      'yielded',
      'overdue',
      'condemned',
      'absent',
      'ghost',
    ] as const;
    const roster = stages.map((stage) => anEntry(`i-${stage}`, { stage }));
    expect(countRoster(roster, 2)).toEqual({
      serving: 1,
      held: 1,
      arriving: 7,
      leaving: 1,
      warm: 1,
      unhealthy: 4,
    });
  });

  it('does not call unhealthy whom a person drains', () => {
    const order = { instanceId: 'i-0', by: 'ann', reason: 'disk', at: NOW, until: null };
    const pool = aScaledPool(
      { 'i-0': { backend: { weight: 0 } }, ...peers },
      { drainOrders: [order] },
    );
    expect(countRoster(rosterOf(pool), 0)).toMatchObject({ held: 1, unhealthy: 0 });
  });

  it('counts as serving only whom traffic reaches', () => {
    const attachments = [anAttachment({ verdict: 'abnormal' })];
    const pool = aScaledPool({ 'i-0': { backend: { attachments } }, ...peers });
    expect(countRoster(rosterOf(pool), 0)).toMatchObject({ serving: 5, held: 1 });
  });
});
