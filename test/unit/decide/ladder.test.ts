import { describe, expect, it } from '@jest/globals';
import { suspect } from '../../../shared/decide/ejection';
import {
  climb,
  firstStep,
  hasReached,
  isDrained,
  isRepairDue,
  judgeRepairs,
} from '../../../shared/decide/ladder';
import { causeOnceHeld, isAnnounced, pathFor, waitAfter } from '../../../shared/decide/rungs';
import { type Scene } from '../../../shared/decide/scene';
import { type BackendMemory, type RepairMemory } from '../../../shared/domain/memory';
import { type LadderPolicy, type Rung } from '../../../shared/domain/policy';
import { type CommandProgress, type InstanceFacts } from '../../../shared/domain/pool';
import { type ReasonCode } from '../../../shared/domain/reasons';
import {
  aBackend,
  aPolicy,
  aPool,
  ejectedMemory,
  inSeconds,
  NOW,
  ok,
  secondsAgo,
  stale,
} from '../../support/builders';
import { anAssessment, aScene, aSubject } from '../../support/scenes';

const on = (rung: Rung, verifyInSeconds: number) => ({
  rung,
  operationId: 'op',
  startedAt: secondsAgo(30),
  verifyAt: inSeconds(verifyInSeconds),
  invokeId: null,
});

interface Case {
  readonly memory?: Partial<BackendMemory>;
  readonly cause?: ReasonCode;
  readonly ladder?: Partial<LadderPolicy>;
  readonly command?: CommandProgress['state'];
  readonly scene?: Partial<Scene>;
  readonly instanceId?: string;
}

function setUp({ memory = {}, ladder = {}, command, scene = {}, instanceId = 'i-0' }: Case) {
  const progress =
    command === undefined
      ? {}
      : { command: ok<CommandProgress>({ invokeId: 't', state: command, detail: '' }) };
  const subject = aSubject({
    backend: aBackend(instanceId, progress),
    memory: ejectedMemory(memory),
  });
  return { subject, scene: aScene(subject, { policy: aPolicy({ ladder }), ...scene }) };
}

function climbed({ cause = 'probes-failing', ...rest }: Case) {
  const { subject, scene } = setUp(rest);
  return climb(subject.memory, cause, scene, subject);
}

describe('climbing', () => {
  it.each<[string, Case, ReasonCode, Rung]>([
    [
      'waits on a lowered weight',
      { memory: { ladder: on('lower-weight', 1) } },
      'still-ejected',
      'lower-weight',
    ],
    ['waits for a repair', { memory: { ladder: on('reboot', 1) } }, 'repair-waiting', 'reboot'],
    [
      'goes on when the wait is over',
      { memory: { ladder: on('drain', 0) } },
      'repair-service',
      'restart',
    ],
    [
      'reboots what a restart did not help',
      { memory: { ladder: on('restart', 0) } },
      'repair-reboot',
      'reboot',
    ],
    [
      'calls people after the last rung',
      { memory: { ladder: on('reboot', 0) } },
      'repair-exhausted',
      'replace',
    ],
    [
      'begins at the rung that suits the cause when it stands on none',
      { memory: { ladder: null } },
      'still-ejected',
      'drain',
    ],
    [
      'stays drained through a reclaim',
      { memory: { ladder: on('drain', 0) }, cause: 'spot-reclaim' },
      'spot-reclaim',
      'drain',
    ],
    [
      'stays drained through maintenance',
      { memory: { ladder: on('drain', 0) }, cause: 'scheduled-maintenance' },
      'scheduled-maintenance',
      'drain',
    ],
  ])('%s', (_name, parts, reason, rung) => {
    const taken = climbed(parts);
    expect([taken.reason, taken.ladder?.rung]).toEqual([reason, rung]);
    expect(taken.repair).toBe(
      reason === 'repair-service' ? 'restart' : reason === 'repair-reboot' ? 'reboot' : null,
    );
  });

  it('says since when, and when it looks again', () => {
    expect(climbed({ memory: { ladder: on('drain', 7) } }).detail).toBe(
      'drain since 30 s ago; looked at again in 7 s',
    );
  });

  it.each<[string, CommandProgress['state'], Rung, number, boolean]>([
    ['of a command that runs is longer by its own time limit', 'running', 'restart', -59, true],
    ['of a command that runs ends, too', 'running', 'restart', -60, false],
    ['of a command that is done is as it is', 'succeeded', 'restart', 1, true],
    ['of a command that is done ends', 'succeeded', 'restart', 0, false],
    ['of a command that failed is over', 'failed', 'restart', 80, false],
    ['of a command that was lost is over', 'lost', 'restart', 80, false],
    ['of a reboot has nothing to do with a command', 'failed', 'reboot', 80, true],
  ])('the wait %s', (_name, command, rung, ...[verifyInSeconds, isWaiting]) => {
    const { subject, scene } = setUp({ memory: { ladder: on(rung, verifyInSeconds) }, command });
    expect(isRepairDue(subject.memory, scene, subject)).toBe(!isWaiting);
  });

  it('does not wait longer for a command that runs when the policy has no restart any more', () => {
    const parts = { memory: { ladder: on('restart', 0) }, ladder: { restart: null } };
    const { subject, scene } = setUp({ ...parts, command: 'running' });
    expect(isRepairDue(subject.memory, scene, subject)).toBe(true);
  });

  it('takes no notice of a command that was read long ago', () => {
    const { subject, scene } = setUp({ memory: { ladder: on('restart', 80) } });
    const command = stale<CommandProgress>({ invokeId: 't', state: 'failed', detail: '' });
    const seen = { ...subject, backend: { ...subject.backend, command } };
    expect(isRepairDue(subject.memory, scene, seen)).toBe(false);
  });

  it.each<[string, BackendMemory['ladder'], boolean]>([
    ['off the ladder', null, false],
    ['on a rung that repairs nothing', on('drain', -1), false],
    ['on a repair that is still waited for', on('restart', 1), false],
    ['on a repair whose wait is over', on('restart', 0), true],
  ])('a repair is judged %s: %s', (_name, ladder, isDue) => {
    const { subject, scene } = setUp({ memory: { ladder } });
    expect(isRepairDue(subject.memory, scene, subject)).toBe(isDue);
  });
});

describe('a rung', () => {
  it('that repairs is remembered with what was tried before, newest first', () => {
    const before: RepairMemory = { rung: 'restart', at: secondsAgo(500), hasHelped: false };
    const { repairs, ladder, detail } = climbed({
      memory: { ladder: on('restart', 0), repairs: [before] },
    });
    expect(repairs).toEqual([{ rung: 'reboot', at: NOW, hasHelped: null }, before]);
    expect(ladder).toMatchObject({ startedAt: NOW, verifyAt: inSeconds(180), invokeId: null });
    expect(detail).toBe('next rung: reboot, looked at again in 180 s');
  });

  it('that only moves weight is no operation and no repair', () => {
    const { repairs, ladder, reason, repair } = climbed({
      memory: { ladder: on('lower-weight', 0) },
    });
    expect(ladder).toEqual({
      rung: 'drain',
      operationId: '',
      startedAt: NOW,
      verifyAt: inSeconds(60),
      invokeId: null,
    });
    expect([repairs, reason, repair]).toEqual([[], 'still-ejected', null]);
  });

  it('that repairs is one operation for one backend, one ejection and one pool, however often it is decided', () => {
    const operation = (parts: Case) =>
      climbed({ ...parts, memory: { ladder: on('drain', 0), ...parts.memory } }).ladder
        ?.operationId;
    const once = operation({});
    const otherPool = aPool({ poolName: 'api', backends: [] });
    expect(operation({})).toBe(once);
    expect(once).not.toBe('');
    expect(
      new Set([
        once,
        operation({ instanceId: 'i-1' }),
        operation({ memory: { since: secondsAgo(1) } }),
        operation({ scene: { pool: otherPool } }),
        operation({ memory: { ladder: on('restart', 0) } }),
      ]).size,
    ).toBe(5);
  });

  it('on which an ejection starts belongs to the ejection that begins now', () => {
    const ladder = { rungs: ['restart'] } as const;
    const { subject, scene } = setUp({ memory: { since: secondsAgo(999) }, ladder });
    const first = firstStep(subject.memory, 'probes-failing', scene, subject);
    const again = climbed({ memory: { since: NOW, ladder: null }, ladder });
    expect(first?.ladder?.operationId).toBe(again.ladder?.operationId);
    expect(firstStep(subject.memory, 'instance-gone', scene, subject)).toBeNull();
  });
});

describe('a repair that an earlier ejection began', () => {
  const begun = (ago: number): RepairMemory => ({
    rung: 'reboot',
    at: secondsAgo(ago),
    hasHelped: null,
  });
  const ladder = { rungs: ['drain', 'reboot'] } as const;

  it('is waited for, though somebody ended that ejection: the same is not begun twice', () => {
    const memory = { ladder: on('drain', 0), repairs: [begun(179)] };
    expect(climbed({ memory, ladder })).toEqual({
      ...memory,
      reason: 'repair-waiting',
      detail: 'a reboot was begun 179 s ago and has 180 s',
      repair: null,
    });
  });

  it('may be followed by another one when its time is over, and by a different one at any time', () => {
    const again = { ladder: on('drain', 0), repairs: [begun(180)] };
    expect(climbed({ memory: again, ladder }).repair).toBe('reboot');
    const other = { ladder: on('drain', 0), repairs: [begun(10)] };
    expect(climbed({ memory: other }).repair).toBe('restart');
  });

  it('is waited for when the ladder begins with it, on no rung', () => {
    const { subject, scene } = setUp({
      memory: { repairs: [begun(100)] },
      ladder: { rungs: ['reboot'] },
    });
    const first = firstStep(subject.memory, 'probes-failing', scene, subject);
    expect(first).toMatchObject({ ladder: null, repairs: [begun(100)], repair: null });
  });
});

describe('above the last rung', () => {
  const tried: RepairMemory[] = [
    { rung: 'reboot', at: secondsAgo(200), hasHelped: false },
    { rung: 'restart', at: secondsAgo(400), hasHelped: false },
  ];
  it('there is only a person, who is told what was tried', () => {
    const taken = climbed({ memory: { ladder: on('reboot', 0), repairs: tried } });
    expect(taken).toMatchObject({
      repairs: tried,
      detail: 'tried so far: reboot, restart',
      ladder: { rung: 'replace', operationId: '', startedAt: NOW, verifyAt: NOW, invokeId: null },
    });
  });

  it('a backend stays as long as it is bad', () => {
    const ladder = on('replace', -500);
    expect(climbed({ memory: { ladder } }).ladder).toBe(ladder);
  });

  it('it is said when nothing could be tried', () => {
    const taken = climbed({ memory: { ladder: null }, ladder: { rungs: ['lower-weight'] } });
    expect(taken).toMatchObject({
      reason: 'repair-exhausted',
      detail: 'no repair is in use that could help',
      ladder: { rung: 'replace' },
    });
  });
});

describe('an instance that is lost', () => {
  const at = (cause: ReasonCode, status: InstanceFacts['status'], rung = on('drain', 0)) => {
    const subject = aSubject({
      backend: aBackend('i-0', { status }),
      memory: ejectedMemory({ ladder: rung, cause }),
    });
    return climb(subject.memory, cause, aScene(subject), subject);
  };
  it.each<[string, ReasonCode, InstanceFacts['status'], Rung, string]>([
    [
      'reclaimed, it still runs',
      'spot-reclaim',
      'Running',
      'drain',
      'it stays drained until this is over',
    ],
    ['reclaimed, it has stopped', 'spot-reclaim', 'Stopped', 'replace', 'no repair brings it back'],
    ['it is gone', 'instance-gone', 'Missing', 'replace', 'no repair brings it back'],
  ])('is no failed repair: %s', (_name, cause, status, ...[rung, detail]) => {
    const { reason, ladder, ...taken } = at(cause, status);
    expect([reason, ladder?.rung, taken.detail, taken.repair]).toEqual([cause, rung, detail, null]);
  });

  it('is waited for like any other', () => {
    expect(at('spot-reclaim', 'Stopped', on('drain', 1)).reason).toBe('still-ejected');
  });

  it.each<[string, ReasonCode | null, ReasonCode, ReasonCode]>([
    ['stops when it is reclaimed', 'spot-reclaim', 'instance-not-running', 'spot-reclaim'],
    ['is gone in the end', 'spot-reclaim', 'instance-gone', 'instance-gone'],
    ['was started again and hangs', 'spot-reclaim', 'probes-failing', 'probes-failing'],
    ['stops of itself', 'probes-failing', 'instance-not-running', 'instance-not-running'],
    ['stops, held for nothing known', null, 'instance-not-running', 'instance-not-running'],
  ])('is called by its cause: one that %s', (_name, held, found, cause) => {
    expect(causeOnceHeld(held, found)).toBe(cause);
  });
});

describe('the rungs', () => {
  const { ladder: used } = aPolicy().heal;
  it.each<[ReasonCode, readonly Rung[]]>([
    ['outlier-errors', used.rungs],
    ['outlier-latency', used.rungs],
    ['abnormal-in-load-balancer', ['drain', 'restart', 'reboot', 'replace']],
    ['probes-failing', ['drain', 'restart', 'reboot', 'replace']],
    ['instance-not-running', ['drain', 'replace']],
    ['system-failure', ['drain', 'replace']],
    ['instance-gone', ['replace']],
    ['spot-reclaim', ['drain']],
    ['scheduled-maintenance', ['drain']],
  ])('for %s are %j', (cause, path) => {
    expect(pathFor(cause)).toEqual(path);
  });

  it.each<[Rung, number, number]>([
    ['lower-weight', 60, 60],
    ['drain', 60, 60],
    ['restart', 90, 60],
    ['reboot', 180, 60],
  ])('%s is watched for %i s, and where it is not set up for %i s', (rung, seconds, without) => {
    expect(waitAfter(rung, aPolicy())).toBe(seconds * 1000);
    expect(waitAfter(rung, aPolicy({ ladder: { restart: null, reboot: null } }))).toBe(
      without * 1000,
    );
  });

  it('lead nowhere when the cloud has announced what happens', () => {
    const causes: readonly ReasonCode[] = [
      'spot-reclaim',
      'scheduled-maintenance',
      'system-failure',
      'probes-failing',
    ];
    expect(causes.map(isAnnounced)).toEqual([true, true, false, false]);
  });

  it.each<[string, BackendMemory['ladder'], boolean]>([
    ['off the ladder', null, false],
    ['below', on('lower-weight', 0), false],
    ['on it', on('drain', 0), true],
    ['above', on('reboot', 0), true],
  ])('are reached %s: %s', (_name, ladder, isReached) => {
    expect(hasReached(ladder, 'drain')).toBe(isReached);
  });

  it.each<[string, Partial<BackendMemory>, readonly Rung[], boolean]>([
    ['by an order', { cause: 'operator-drain', ladder: null }, [], true],
    ['by the drain', { ladder: on('drain', 0) }, used.rungs, true],
    ['through a repair after the drain', { ladder: on('restart', 0) }, used.rungs, true],
    ['not by a lowered weight', { ladder: on('lower-weight', 0) }, used.rungs, false],
    ['not by a repair where drain is not in use', { ladder: on('restart', 0) }, ['restart'], false],
    ['not off the ladder', { ladder: null }, used.rungs, false],
  ])('hold a backend at 0 %s', (_name, memory, rungs, isHeld) => {
    const { subject } = setUp({ memory });
    expect(isDrained(subject.memory, aPolicy({ ladder: { rungs } }))).toBe(isHeld);
  });
});

describe('a repair', () => {
  it('is judged once', () => {
    const at = secondsAgo(100);
    const repairs: readonly RepairMemory[] = [
      { rung: 'reboot', at, hasHelped: null },
      { rung: 'restart', at, hasHelped: false },
    ];
    expect(judgeRepairs(repairs, true).map(({ hasHelped }) => hasHelped)).toEqual([true, false]);
  });
});

describe('a suspect', () => {
  it('is one since the first suspicion', () => {
    const turn = (memory: Partial<BackendMemory>) => {
      const subject = aSubject({ memory });
      const assessment = anAssessment('suspicious', 'outlier-latency');
      return suspect({ memory: subject.memory, assessment, subject, scene: aScene(subject) });
    };
    const cause = 'outlier-latency';
    expect(turn({ since: secondsAgo(9) })).toMatchObject({ state: 'suspect', since: NOW, cause });
    expect(turn({ state: 'suspect', since: secondsAgo(9) })).toMatchObject({
      state: 'suspect',
      since: secondsAgo(9),
      cause,
    });
  });
});
