import { describe, expect, it } from '@jest/globals';
import { decide } from '../../../../shared/decide/decide';
import { afterService } from '../../../../shared/decide/scale/after-service';
import { leaveService, retire } from '../../../../shared/decide/scale/departures';
import {
  decodeRetireTag,
  encodeWarmTag,
  MEMBER_TAG,
  RETIRE_TAG,
  type RetireReason,
  WARM_TAG,
} from '../../../../shared/domain/ownership-tags';
import { type PoolSnapshot } from '../../../../shared/domain/pool';
import { type Reading } from '../../../../shared/domain/reading';
import { millis } from '../../../../shared/domain/units';
import { healTag } from '../../../../shared/domain/heal-tag';
import { guard } from '../../../../shared/guard/guard';
import {
  aBackend,
  anAttachment,
  aPool,
  inSeconds,
  KEY,
  NOW,
  ok,
  secondsAgo,
  stale,
} from '../../../support/builders';
import { anEntry, anOwnedInstance, aScaledPolicy } from '../../../support/scale-builders';
import { aScaledPool, idsOf, outside, retired, stepsOn } from '../../../support/scaled-pool';

const policy = {
  order: [],
  softMs: millis(60_000),
  hardMs: millis(300_000),
  idleConnections: 10,
};
const untold = { kind: 'missing', reason: 'not-configured' } as const;
const tagged = (reason: RetireReason, seconds = 400) => ({ reason, since: secondsAgo(seconds) });

/** What comes next for one that is at weight 0 for so many seconds. */
function atZero(
  seconds: number | null,
  connections: Reading<number> = untold,
  backend = aBackend('i-0', { weight: 0 }),
) {
  const entry = anEntry('i-0', {
    backend,
    owned: anOwnedInstance('i-0', { connections }),
    memory: {
      firstSeenAt: secondsAgo(3600),
      weightZeroAt: seconds === null ? null : secondsAgo(seconds),
      registeredAt: null,
      putToUseAt: null,
    },
  });
  const pool = aPool({ backends: [backend] });
  return leaveService(backend, entry, tagged('scale-in'), { pool, policy });
}

describe('a drain (A29, A30)', () => {
  const counted = (count: number, secondsBack = 5) => ok(count, secondsAgo(secondsBack));
  it.each<[string, ReturnType<typeof atZero>, string, string]>([
    [
      'starts when its weight is seen to be 0',
      atZero(null),
      'drain-waiting',
      'at weight 0 for 0 s of 60 s',
    ],
    [
      'waits for the soft deadline, idle or not',
      atZero(59, counted(0)),
      'drain-waiting',
      'at weight 0 for 59 s of 60 s',
    ],
    [
      'settles by time where nobody counts connections',
      atZero(60),
      'drain-settled',
      'open connections are not known',
    ],
    [
      'settles by time where the agent never reported',
      atZero(60, { kind: 'missing', reason: 'no-datapoint' }),
      'drain-settled',
      'open connections are not known',
    ],
    [
      'takes connections that could not be read for unknown, not for uncounted',
      atZero(60, { kind: 'missing', reason: 'read-failed' }),
      'drain-waiting',
      'connections could not be read, 240 s left until the hard deadline',
    ],
    [
      'waits for connections that were never asked for',
      atZero(60, { kind: 'missing', reason: 'never-observed' }),
      'drain-waiting',
      'connections could not be read, 240 s left until the hard deadline',
    ],
    [
      'is cut where they could not be read until the end',
      atZero(300, { kind: 'missing', reason: 'read-failed' }),
      'drain-deadline',
      'open connections are not known',
    ],
    [
      'ends at the soft deadline when it is idle',
      atZero(60, counted(10)),
      'drain-idle',
      '10 connections open',
    ],
    [
      'waits while it is busy',
      atZero(60, counted(11)),
      'drain-waiting',
      '11 connections are open, 240 s left until the hard deadline',
    ],
    [
      'does not believe a figure from before',
      atZero(60, counted(0, 61)),
      'drain-waiting',
      'connections are not counted again yet, 240 s left until the hard deadline',
    ],
    [
      'believes the first figure after',
      atZero(60, counted(0, 60)),
      'drain-idle',
      '0 connections open',
    ],
    [
      'takes a late figure for what it is worth',
      atZero(90, stale(3, secondsAgo(80))),
      'drain-idle',
      '3 connections open',
    ],
    [
      'waits until the last moment',
      atZero(299, counted(11)),
      'drain-waiting',
      '11 connections are open, 1 s left until the hard deadline',
    ],
    [
      'is cut at the hard deadline',
      atZero(300, counted(11)),
      'drain-deadline',
      '11 connections open',
    ],
    [
      'is cut where the count never came',
      atZero(300, counted(0, 301)),
      'drain-deadline',
      'open connections are not known',
    ],
    [
      'needs no deadline when it was idle all along',
      atZero(900, counted(2)),
      'drain-idle',
      '2 connections open',
    ],
    [
      'needs no time when it does not run',
      atZero(0, untold, aBackend('i-0', { weight: 0, status: 'Stopped' })),
      'drain-idle',
      '0 connections open',
    ],
  ])('%s', (_name, { reason, detail, steps }, expected, text) => {
    expect({ reason, detail }).toEqual({ reason: expected, detail: text });
    expect(idsOf(steps)).toEqual(expected === 'drain-waiting' ? [] : [`i-0/deregister/${KEY}:80`]);
  });

  it('is looked at again at its next deadline', () => {
    expect(atZero(10).lookAgainAt).toBe(inSeconds(50));
    expect(atZero(100, counted(50)).lookAgainAt).toBe(inSeconds(200));
    expect(atZero(60).lookAgainAt).toBeNull();
  });

  it('calls people when it cuts something, and the step says how much', () => {
    const { alerts, steps } = atZero(300, counted(11));
    expect(alerts).toEqual([
      {
        key: 'drain-deadline/i-0',
        severity: 'warning',
        reason: 'drain-deadline',
        instanceId: 'i-0',
        message: 'i-0: it leaves at the hard deadline of its drain: 11 connections open.',
      },
    ]);
    expect(steps[0]).toMatchObject({ reason: 'drain-deadline', openConnections: 11, port: 80 });
    expect(atZero(60).alerts).toEqual([]);
  });

  it('rests on the tag that says it leaves', () => {
    expect(atZero(60).steps[0]?.evidence).toEqual([
      {
        signal: 'retirement',
        sampledAt: secondsAgo(400),
        strength: 'decisive',
        detail: 'retired: scale-in',
      },
    ]);
  });

  it('waits until the last of its groups sends nothing', () => {
    const attachments = [
      anAttachment({ weight: 0 }),
      anAttachment({ targetKey: 'lb-1/rsp-2', weight: 1 }),
    ];
    expect(atZero(900, untold, aBackend('i-0', { attachments }))).toMatchObject({
      steps: [],
      reason: 'retiring',
    });
    const both = attachments.map((attachment) => ({ ...attachment, weight: 0 }));
    expect(idsOf(atZero(900, untold, aBackend('i-0', { attachments: both })).steps)).toEqual([
      `i-0/deregister/${KEY}:80`,
      'i-0/deregister/lb-1/rsp-2:80',
    ]);
  });

  it('waits for weight 0, and calls people when that is withheld past the hard deadline', () => {
    const backend = aBackend('i-0');
    const pool = aPool({ backends: [backend] });
    const waiting = (seconds: number) =>
      leaveService(backend, anEntry('i-0', { backend }), tagged('scale-in', seconds), {
        pool,
        policy,
      });
    expect(waiting(299)).toEqual({
      steps: [],
      alerts: [],
      reason: 'retiring',
      detail: 'its weight is being lowered',
      lookAgainAt: inSeconds(1),
    });
    expect(waiting(300)).toMatchObject({
      steps: [],
      lookAgainAt: null,
      alerts: [
        {
          key: 'retiring/i-0',
          message: 'i-0: it is to leave since 300 s and still has weight: see what withholds it.',
        },
      ],
    });
  });
});

describe('the mark of a retirement', () => {
  it.each<[RetireReason, string]>([
    ['scale-in', 'scale-in'],
    ['replaced', 'replaced'],
    ['never-registered', 'never-registered'],
    ['departed', 'membership-departed'],
    ['orphan', 'orphan'],
  ])('%s', (why, reason) => {
    const step = retire(anEntry('i-0'), why, aPool({ backends: [] }));
    expect(step).toMatchObject({ kind: 'tag', stepId: 'i-0/retire', reason, removeKeys: [] });
    expect(decodeRetireTag(step.tags[RETIRE_TAG])).toEqual({ reason: why, since: NOW });
  });

  it('carries what heal has seen of it', () => {
    const evidence = [
      { signal: 'system-event', sampledAt: NOW, strength: 'decisive', detail: 'x' },
    ] as const;
    const entry = anEntry('i-0', { verdict: { evidence } as never });
    expect(retire(entry, 'replaced', aPool({ backends: [] })).evidence).toEqual(evidence);
    expect(retire(anEntry('i-0'), 'replaced', aPool({ backends: [] })).evidence).toEqual([]);
  });
});

describe('out of every group', () => {
  const after = (
    reason: RetireReason,
    seconds: number,
    parts: Parameters<typeof anEntry>[1] = {},
    mayRest = false,
  ) =>
    afterService(
      anEntry('i-0', {
        memory: { ...anEntry('i-0').memory, outSince: secondsAgo(60) },
        ...parts,
      }),
      tagged(reason, seconds),
      { now: NOW, poolName: 'web', quarantineMs: 3_600_000, softMs: 60_000, mayRest },
    );
  const outFor = (seconds: number) => ({
    memory: { ...anEntry('i-0').memory, outSince: secondsAgo(seconds) },
  });

  it.each<[RetireReason, boolean]>([
    ['scale-in', false],
    ['scale-in', true],
    ['replaced', false],
  ])(
    '%s (rests: %s) runs on for the soft deadline: a kept session may have sent its last request just before',
    (why, mayRest) => {
      expect(after(why, 90, outFor(59), mayRest)).toEqual({
        steps: [],
        alerts: [],
        reason: 'drain-waiting',
        detail: 'out of every group for 59 s of 60 s',
        lookAgainAt: inSeconds(1),
      });
      expect(after(why, 90, outFor(60), mayRest).steps).not.toEqual([]);
    },
  );

  it('the wait begins with the first look that sees it outside, also after the memory was lost', () => {
    expect(after('scale-in', 900, { memory: anEntry('i-0').memory }).lookAgainAt).toBe(
      inSeconds(60),
    );
  });

  it('what does not run has nothing to finish, and a departed member is not stopped', () => {
    const stopped = { ...outFor(0), facts: { status: 'Stopped' } } as const;
    expect(idsOf(after('replaced', 0, stopped).steps)).toEqual(['i-0/delete']);
    const departed = { ...outFor(0), isOurs: false };
    expect(idsOf(after('departed', 0, departed).steps)).toEqual(['i-0/forget']);
  });

  it.each<[RetireReason, string]>([
    ['scale-in', 'scale-in'],
    ['replaced', 'replaced'],
  ])('%s is deleted', (why, reason) => {
    expect(after(why, 0)).toMatchObject({
      reason: 'instance-deleted',
      detail: 'out of every group',
      alerts: [],
      lookAgainAt: null,
      steps: [{ kind: 'delete', stepId: 'i-0/delete', reason }],
    });
    expect(after(why, 0).steps).toHaveLength(1);
  });

  it.each<RetireReason>(['never-registered', 'orphan'])(
    '%s is kept in quarantine for people to look at (A27)',
    (why) => {
      expect(after(why, 3599)).toEqual({
        steps: [],
        alerts: [],
        reason: why,
        detail: 'in quarantine for another 1 s',
        lookAgainAt: inSeconds(1),
      });
      expect(idsOf(after(why, 3600).steps)).toEqual(['i-0/delete']);
    },
  );

  it('rests where the warm pool has room: the mark is turned, then it stops', () => {
    const { steps, reason } = after('scale-in', 0, {}, true);
    expect(reason).toBe('warm-stopped');
    expect(steps).toMatchObject([
      {
        kind: 'tag',
        tags: { [WARM_TAG]: encodeWarmTag(NOW) },
        removeKeys: [RETIRE_TAG, healTag('web')],
      },
      { kind: 'stop', stepId: 'i-0/stop', reason: 'warm-stopped' },
    ]);
    expect(steps[1]?.evidence).toHaveLength(1);
  });

  it('what was lost does not rest, room or not', () => {
    expect(idsOf(after('replaced', 0, {}, true).steps)).toEqual(['i-0/delete']);
  });

  it('a departed member goes its own way, without our marks', () => {
    expect(after('departed', 0, { isOurs: false })).toMatchObject({
      reason: 'membership-departed',
      steps: [
        {
          kind: 'tag',
          stepId: 'i-0/forget',
          tags: {},
          removeKeys: [RETIRE_TAG, MEMBER_TAG, healTag('web')],
        },
      ],
    });
  });

  it('is left to people where deletion protection is on', () => {
    const departure = after('scale-in', 0, { facts: { isDeletionProtected: true } });
    expect(departure).toMatchObject({ steps: [], reason: 'retiring', lookAgainAt: null });
    expect(departure.alerts[0]?.message).toBe(
      'i-0: it is out of service and has deletion protection: only people can delete it.',
    );
  });
});

describe('a scale-in from beginning to end (A17)', () => {
  const scaled = aScaledPolicy({ min: 2 });
  const order = {
    kind: 'exactly',
    count: 5,
    by: 'ann',
    reason: 'test',
    at: NOW,
    until: inSeconds(900),
  } as const;
  const others = Object.fromEntries(
    Array.from({ length: 5 }, (_, index) => [`i-${index + 1}`, {}]),
  );
  const accepted = (pool: PoolSnapshot): readonly string[] => {
    const proposal = decide(pool, scaled);
    const plan = guard(proposal, pool, scaled);
    return idsOf(plan.steps.filter(({ instanceId }) => instanceId === 'i-0'));
  };
  const pool = (parts: Parameters<typeof aScaledPool>[0][string], scale = {}) =>
    aScaledPool({ 'i-0': parts, ...others }, { capacity: { order }, scale });

  it('marks, lowers the weight, waits, leaves the group, and only then deletes: one after the other', () => {
    const idle = { owned: { connections: ok(0) } };
    expect(accepted(pool(idle))).toEqual(['i-0/retire']);
    const marked = { ...idle, tags: retired('scale-in', 10) };
    expect(accepted(pool(marked))).toEqual(['i-0/tag', `i-0/weight/${KEY}:80`]);
    const zero = { ...marked, backend: { weight: 0 } };
    expect(accepted(pool(zero))).toEqual(['i-0/tag']);
    const settled = { ...zero, memory: { weightZeroAt: secondsAgo(60) } };
    expect(accepted(pool(settled))).toContain(`i-0/deregister/${KEY}:80`);
    expect(accepted(pool({ ...marked, backend: null }))).toEqual([]);
    const out = { ...marked, backend: null, memory: { outSince: secondsAgo(60) } };
    expect(accepted(pool(out))).toEqual(['i-0/delete']);
  });

  it('is taken back while it is still in its group, when demand has returned (A30)', () => {
    const more = { ...order, count: 6 };
    const parts = {
      tags: retired('scale-in', 90),
      backend: { weight: 0 },
      memory: { weightZeroAt: secondsAgo(80) },
    };
    const wanted = aScaledPool({ 'i-0': parts, ...others }, { capacity: { order: more } });
    const steps = stepsOn(decide(wanted, scaled), 'i-0').filter(
      ({ kind }) => kind !== 'set-weight',
    );
    expect(idsOf(steps)).toContain('i-0/keep');
    expect(idsOf(steps)).not.toContain(`i-0/deregister/${KEY}:80`);
  });

  it('goes on by what is seen after the memory was lost, at every stage', () => {
    const lost = { instances: {}, knownSince: null };
    const marked = { tags: retired('scale-in', 10) };
    expect(accepted(pool(marked, lost))).toContain(`i-0/weight/${KEY}:80`);
    const zero = { ...marked, backend: { weight: 0 } };
    const { proposal, steps } = {
      proposal: decide(pool(zero, lost), scaled),
      steps: accepted(pool(zero, lost)),
    };
    expect(steps).not.toContain(`i-0/deregister/${KEY}:80`);
    expect(proposal.scale?.memory.instances['i-0']?.weightZeroAt).toBe(NOW);
    const out = decide(pool({ ...marked, backend: null }, lost), scaled);
    expect(stepsOn(out, 'i-0')).toEqual([]);
    expect(out.scale?.memory.instances['i-0']?.outSince).toBe(NOW);
  });
});

describe('the warm pool', () => {
  const warm = (size: number) => aScaledPolicy({ warmPool: { size } });
  const gone = outside({ tags: retired('scale-in') });
  const resting = outside({
    status: 'Stopped',
    tags: { [WARM_TAG]: encodeWarmTag(secondsAgo(900)) },
  });
  const crowd = { 'i-8': {}, 'i-9': {} };
  const done = (instances: Parameters<typeof aScaledPool>[0], size: number): readonly string[] =>
    idsOf(
      decide(aScaledPool({ ...instances, ...crowd }), warm(size)).steps.filter(
        ({ kind }) => kind !== 'launch',
      ),
    );

  it('takes in as many as it has room for, the rest is deleted', () => {
    expect(done({ 'i-0': gone, 'i-1': gone, 'i-2': gone }, 2)).toEqual([
      'i-0/warm',
      'i-0/stop',
      'i-1/warm',
      'i-1/stop',
      'i-2/delete',
    ]);
    expect(done({ 'i-0': gone, 'i-1': resting }, 1)).toEqual(['i-0/delete']);
  });

  it('takes in neither spot instances, nor what was lost, nor what does not run', () => {
    const spot = { ...gone, owned: { facts: { isSpot: true } } };
    const lost = outside({ tags: retired('replaced') });
    const down = { ...gone, status: 'Stopped' as const };
    expect(done({ 'i-0': spot, 'i-1': lost, 'i-2': down, 'i-3': resting }, 1)).toEqual([
      'i-0/delete',
      'i-1/delete',
      'i-2/delete',
    ]);
  });

  it('gives up what it holds beyond its size', () => {
    expect(done({ 'i-0': resting, 'i-1': resting }, 1)).toEqual(['i-1/retire']);
    expect(done({ 'i-0': resting, 'i-1': resting }, 2)).toEqual([]);
  });

  it('stops what runs though it was sent to rest, and once', () => {
    const tags = { [WARM_TAG]: encodeWarmTag(secondsAgo(20)) };
    expect(done({ 'i-0': outside({ tags }) }, 1)).toEqual(['i-0/stop']);
    expect(done({ 'i-0': outside({ status: 'Starting', tags }) }, 1)).toEqual([]);
    expect(done({ 'i-0': outside({ status: 'Stopping', tags }) }, 1)).toEqual([]);
  });
});
