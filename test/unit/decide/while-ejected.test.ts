import { describe, expect, it } from '@jest/globals';
import { type Assessment } from '../../../shared/decide/assess';
import { whileEjected } from '../../../shared/decide/while-ejected';
import { type BackendMemory } from '../../../shared/domain/memory';
import { type PoolPolicy, type Rung } from '../../../shared/domain/policy';
import { type Attachment } from '../../../shared/domain/pool';
import { type ReasonCode } from '../../../shared/domain/reasons';
import {
  aBackend,
  anAttachment,
  aPolicy,
  aWindow,
  ejectedMemory,
  inSeconds,
  KEY,
  NOW,
  secondsAgo,
} from '../../support/builders';
import { anAssessment, aScene, aSubject } from '../../support/scenes';

const OTHER = 'lb-2/rsp-2';

/** One turn of `i-0`, which Evenkeel drained two minutes ago and which has served its ejection. */
function turn(
  parts: Partial<BackendMemory>,
  assessment: Assessment,
  {
    attachments = [{ weight: 0 }],
    policy = aPolicy(),
  }: { attachments?: readonly Partial<Attachment>[]; policy?: PoolPolicy } = {},
) {
  const backend = aBackend('i-0', { attachments: attachments.map((each) => anAttachment(each)) });
  const memory = { ...ejectedMemory({ windows: [aWindow()], ...parts }) };
  const subject = aSubject({ backend, memory });
  const scene = aScene(subject, { policy });
  const taken = whileEjected({ memory: subject.memory, assessment, subject, scene });
  return { before: subject.memory, ...taken };
}

const good = anAssessment('good');
const unknown = anAssessment('unknown');
const suspicious = anAssessment('suspicious');
const bad = anAssessment('bad', 'abnormal-in-load-balancer');
const on = (rung: Rung, verifyInSeconds: number): BackendMemory['ladder'] => ({
  rung,
  operationId: 'op',
  startedAt: secondsAgo(120),
  verifyAt: inSeconds(verifyInSeconds),
  invokeId: null,
});
const restarted = { rung: 'restart', at: secondsAgo(120), hasHelped: null } as const;

describe('a backend that is held out', () => {
  it.each<[string, Assessment, ReasonCode]>([
    ['and not seen stays', unknown, 'signal-missing'],
    ['and suspicious stays', suspicious, 'still-ejected'],
    ['and bad stays until the wait of its rung is over', bad, 'still-ejected'],
  ])('%s', (_name, assessment, reason) => {
    const { before, next, ...taken } = turn({}, assessment);
    expect([next, taken.reason, taken.repair]).toEqual([before, reason, null]);
  });

  it('is held for what is wrong with it now', () => {
    const { next } = turn({ cause: 'outlier-errors' }, bad);
    expect(next.cause).toBe('abnormal-in-load-balancer');
  });

  it('forgets what was seen before a repair, and nothing otherwise', () => {
    const repaired = turn({ ladder: on('drain', 0) }, bad);
    expect(repaired).toMatchObject({ reason: 'repair-service', repair: 'restart' });
    expect(repaired.next).toMatchObject({
      windows: [],
      statistics: [],
      ladder: { rung: 'restart' },
    });
    const drained = turn({ ladder: on('lower-weight', 0) }, bad);
    expect(drained).toMatchObject({ reason: 'still-ejected', repair: null });
    expect(drained.next).toMatchObject({ windows: [aWindow()], ladder: { rung: 'drain' } });
    expect(drained.detail).toBe('next rung: drain, looked at again in 60 s; CLB says so');
  });
});

describe('a backend that is well again', () => {
  const rested = { goodStreak: 2, ejectedUntil: secondsAgo(1) };
  it.each<[string, Partial<BackendMemory>, string, ReasonCode]>([
    ['has served', rested, 'probation', 'ejection-served'],
    [
      'has served at this very moment',
      { ...rested, ejectedUntil: NOW },
      'probation',
      'ejection-served',
    ],
    [
      'has a second to serve',
      { ...rested, ejectedUntil: inSeconds(1) },
      'ejected',
      'still-ejected',
    ],
    [
      'was given no time to serve',
      { ...rested, ejectedUntil: null },
      'probation',
      'ejection-served',
    ],
    ['was well only once', { ...rested, goodStreak: 1 }, 'ejected', 'still-ejected'],
    [
      'was well more often than needed',
      { ...rested, goodStreak: 9 },
      'probation',
      'ejection-served',
    ],
    ['is off the ladder', { ...rested, ladder: null }, 'probation', 'ejection-served'],
    ['is being restarted', { ...rested, ladder: on('restart', 1) }, 'ejected', 'repair-waiting'],
    ['is being rebooted', { ...rested, ladder: on('reboot', 1) }, 'ejected', 'repair-waiting'],
    [
      'was restarted long enough ago',
      { ...rested, ladder: on('restart', 0) },
      'probation',
      'ejection-served',
    ],
  ])('%s', (_name, memory, state, reason) => {
    const { before, next, ...taken } = turn(memory, good);
    expect([next.state, taken.reason]).toEqual([state, reason]);
    if (state === 'ejected') expect(next).toEqual(before);
  });

  it('says what it still waits for', () => {
    expect(turn({ goodStreak: 1, ejectedUntil: inSeconds(7) }, good).detail).toBe(
      '7 s of ejection left, good 1 of 2 times in a row; CLB says so',
    );
    expect(turn({ goodStreak: 1, ejectedUntil: null }, good).detail).toMatch(/^0 s of ejection/u);
  });

  it('leaves the ladder, and the repair that is not judged yet has helped', () => {
    const old = { rung: 'reboot', at: secondsAgo(900), hasHelped: false } as const;
    const { next } = turn({ ...rested, ladder: on('restart', 0), repairs: [restarted, old] }, good);
    expect(next).toMatchObject({
      since: NOW,
      ladder: null,
      probationStep: 0,
      probationStepAt: NOW,
      repairs: [{ ...restarted, hasHelped: true }, old],
    });
  });

  it.each<[string, readonly Partial<Attachment>[], number]>([
    ['was drained', [{ weight: 0 }], 0],
    ['still has as much as the first step gives', [{ weight: 10 }], 0],
    ['has more than the first step gives', [{ weight: 11 }], 1],
    ['has as much as the third step gives', [{ weight: 55 }], 2],
    ['has more than its base', [{ weight: 101 }], 0],
    [
      'was drained in one target and lowered in another',
      [{ weight: 0 }, { targetKey: OTHER, weight: 30 }],
      1,
    ],
    [
      'is in a target without a base yet',
      [{ weight: 0 }, { targetKey: 'lb-3/rsp-3', weight: 100 }],
      4,
    ],
  ])('starts at the step that takes nothing away when it %s', (_name, attachments, step) => {
    const baseWeights = { [KEY]: 100, [OTHER]: 100 };
    const { next } = turn({ ...rested, baseWeights }, good, { attachments });
    expect(next.probationStep).toBe(step);
  });
});

describe('a weight that somebody put back', () => {
  const wrote = (weight: number, secondsBack = 120, targetKey = KEY) => ({
    targetKey,
    weight,
    at: secondsAgo(secondsBack),
  });
  const lost = (weight: number, secondsBack: number) => ({
    ...wrote(weight, secondsBack),
    isUncertain: true as const,
  });
  const both = { [KEY]: 100, [OTHER]: 50 };
  const bothDrained = [wrote(0), wrote(0, 120, OTHER)];
  it.each<[string, Partial<BackendMemory>, readonly number[], boolean]>([
    ['at the base after we drained it', { written: [wrote(0)] }, [100], true],
    ['at the base after we lowered it', { written: [wrote(30)] }, [100], true],
    ['below the base is not back', { written: [wrote(0)] }, [99], false],
    ['where nothing of ours was written', { written: [] }, [100], false],
    ['where our last write was the base itself', { written: [wrote(100)] }, [100], false],
    [
      'as an earlier write of ours would that landed late',
      { written: [wrote(0, 10), lost(100, 60)] },
      [100],
      false,
    ],
    [
      'long after an earlier write of ours could have landed late',
      { written: [wrote(0, 10), lost(100, 601)] },
      [100],
      true,
    ],
    [
      'at the weight we gave it earlier, which landed then',
      { written: [wrote(0, 10), wrote(100, 60)] },
      [100],
      true,
    ],
    ['by nobody: our drain never landed', { written: [lost(0, 10)] }, [100], false],
    [
      'by nobody: our drain did not land after the base had',
      { written: [lost(0, 10), wrote(100)] },
      [100],
      false,
    ],
    ['by us: the base may just have landed', { written: [lost(100, 10), wrote(0)] }, [100], false],
    [
      'though a second drain of ours did not land',
      { written: [lost(0, 10), wrote(30)] },
      [100],
      true,
    ],
    ['in both targets', { baseWeights: both, written: bothDrained }, [100, 50], true],
    ['in one target of two', { baseWeights: both, written: bothDrained }, [100, 0], false],
    [
      'in the only target that has a base above 0',
      { baseWeights: { [KEY]: 100, [OTHER]: 0 }, written: [wrote(0)] },
      [100, 0],
      true,
    ],
    ['where no target has a base', { baseWeights: { [KEY]: 0 }, written: [wrote(0)] }, [0], false],
    ['where no base is known', { baseWeights: {}, written: [wrote(0)] }, [0], false],
  ])('%s', (_name, memory, weights, isPutBack) => {
    const attachments = weights.map((weight, index) => ({
      weight,
      targetKey: index === 0 ? KEY : OTHER,
    }));
    const { next, reason } = turn(memory, unknown, { attachments });
    expect([next.state, reason, next.personWeightAt]).toEqual(
      isPutBack ? ['healthy', 'person-set-weight', NOW] : ['ejected', 'signal-missing', null],
    );
  });

  it('is respected, also where the backend is still bad: a person overrules us', () => {
    const putBack = (assessment: Assessment) =>
      turn({}, assessment, { attachments: [{ weight: 100 }] }).next.state;
    expect([good, suspicious, bad].map(putBack)).toEqual(['healthy', 'healthy', 'healthy']);
  });
});
