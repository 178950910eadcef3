import { describe, expect, it } from '@jest/globals';
import { type Assessment } from '../../../shared/decide/assess';
import { type Scene } from '../../../shared/decide/scene';
import { decideTransition } from '../../../shared/decide/transition';
import { type BackendMemory } from '../../../shared/domain/memory';
import { type Rung } from '../../../shared/domain/policy';
import { type DrainOrder } from '../../../shared/domain/pool';
import { type ReasonCode } from '../../../shared/domain/reasons';
import {
  aPolicy,
  aPool,
  ejectedMemory,
  inSeconds,
  KEY,
  NOW,
  secondsAgo,
  someBackends,
} from '../../support/builders';
import { anAssessment, aScene, aSubject, type SubjectParts } from '../../support/scenes';

/** One turn of `i-0`. */
const turn = (
  memory: Partial<BackendMemory>,
  assessment: Assessment,
  { scene = {}, subject: parts = {} }: { scene?: Partial<Scene>; subject?: SubjectParts } = {},
) => {
  const subject = aSubject({ ...parts, memory });
  return {
    before: subject.memory,
    ...decideTransition(subject, assessment, aScene(subject, scene)),
  };
};

const good = anAssessment('good');
const unknown = anAssessment('unknown');
const suspicious = anAssessment('suspicious');
const bad = (cause: ReasonCode = 'probes-failing') => anAssessment('bad', cause);
const long = { since: secondsAgo(3600) };
const suspected: Partial<BackendMemory> = { state: 'suspect', since: secondsAgo(10) };
const onProbation = (parts: Partial<BackendMemory> = {}): Partial<BackendMemory> => ({
  state: 'probation',
  since: secondsAgo(60),
  cause: 'probes-failing',
  probationStep: 1,
  probationStepAt: secondsAgo(20),
  ...parts,
});
const on = (rung: Rung): BackendMemory['ladder'] => ({
  rung,
  operationId: '',
  startedAt: secondsAgo(120),
  verifyAt: inSeconds(60),
  invokeId: null,
});
const person = { personWeights: [{ key: KEY, weight: 40, expected: 100 }] };

describe('a backend that serves', () => {
  it.each<[string, Partial<BackendMemory>, Assessment, SubjectParts, string, ReasonCode]>([
    ['well stays', long, good, {}, 'healthy', 'healthy'],
    ['well, with a weight that a person set', long, good, person, 'healthy', 'person-set-weight'],
    ['not seen well enough stays what it was', long, unknown, {}, 'healthy', 'signal-missing'],
    [
      'suspected and not seen stays what it was',
      suspected,
      unknown,
      {},
      'suspect',
      'signal-missing',
    ],
    ['accused becomes a suspect', long, suspicious, {}, 'suspect', 'suspicion-unconfirmed'],
    ['accused with a person’s weight', long, suspicious, person, 'suspect', 'person-set-weight'],
    [
      'suspected and well once is not trusted yet',
      { ...suspected, goodStreak: 1 },
      good,
      {},
      'suspect',
      'suspicion-unconfirmed',
    ],
    ['suspected and well twice', { ...suspected, goodStreak: 2 }, good, {}, 'healthy', 'recovered'],
    ['confirmed is ejected', long, bad(), {}, 'ejected', 'probes-failing'],
  ])('%s', (_name, memory, assessment, ...[subject, state, reason]) => {
    const taken = turn(memory, assessment, { subject });
    expect([taken.next.state, taken.reason, taken.repair]).toEqual([state, reason, null]);
  });

  it('is suspected since the first accusation, of the latest one', () => {
    expect(turn(long, suspicious).next).toMatchObject({ since: NOW, cause: 'probes-failing' });
    expect(turn({ ...suspected, cause: 'outlier-latency' }, suspicious).next).toMatchObject({
      since: secondsAgo(10),
      cause: 'probes-failing',
    });
  });

  it('is healthy since it was well often enough, and nothing is held against it', () => {
    const { next } = turn({ ...suspected, cause: 'probes-failing', goodStreak: 2 }, good);
    expect(next).toMatchObject({ since: NOW, cause: null });
    expect(turn({ ...suspected, goodStreak: 1 }, good).detail).toBe(
      'good 1 of 2 times in a row; CLB says so',
    );
  });

  it.each<[string, Partial<BackendMemory>, string]>([
    ['has just begun', long, 'suspect'],
    ['has lasted almost the settle time', { ...suspected, since: secondsAgo(59) }, 'suspect'],
    ['has lasted the settle time', { ...suspected, since: secondsAgo(60) }, 'ejected'],
  ])(
    'is left to the load balancer until its abnormality has settled: it %s',
    (_name, memory, state) => {
      const taken = turn(memory, bad('abnormal-in-load-balancer'));
      expect([taken.next.state, taken.reason]).toEqual([state, 'abnormal-in-load-balancer']);
    },
  );

  it('is not ejected while a person who put it back overrules that, for as long as an ejection may last', () => {
    const put = (secondsBack: number) => turn({ personWeightAt: secondsAgo(secondsBack) }, bad());
    expect([put(299).next.state, put(299).reason]).toEqual(['suspect', 'person-set-weight']);
    expect(put(299).next.cause).toBe('probes-failing');
    expect([put(300).next.state, put(300).reason]).toEqual(['ejected', 'probes-failing']);
  });

  it('is only watched when no rung in use suits it', () => {
    const policy = aPolicy({ ladder: { rungs: ['lower-weight'] } });
    const taken = turn(long, bad(), { scene: { policy } });
    expect([taken.next.state, taken.reason]).toEqual(['suspect', 'probes-failing']);
    expect(taken.detail).toBe('no rung in use suits it. CLB says so');
  });
});

describe('a newcomer', () => {
  const isNewcomer = { isNewcomer: true };
  it.each<[string, Assessment]>([
    ['well', good],
    ['not seen', unknown],
    ['suspicious', suspicious],
  ])('that is %s earns its weight from the first step of the ramp', (_name, assessment) => {
    const taken = turn(long, assessment, { subject: isNewcomer });
    expect(taken).toMatchObject({
      reason: 'newcomer',
      next: { state: 'probation', since: NOW, probationStep: 0, probationStepAt: NOW },
    });
  });

  it.each([0, 1])('with a base of %i has no ramp and is left alone', (base) => {
    const { before, next, reason } = turn({ ...long, baseWeights: { [KEY]: base } }, good, {
      subject: isNewcomer,
    });
    expect(reason).toBe('newcomer');
    expect(next).toEqual(before);
  });

  it('that is bad is not welcomed', () => {
    const taken = turn(long, bad(), { subject: isNewcomer });
    expect([taken.next.state, taken.reason]).toEqual(['ejected', 'probes-failing']);
  });
});

describe('a backend on probation', () => {
  it.each<[string, Partial<BackendMemory>, Assessment, string, ReasonCode, number]>([
    ['waits for the end of its step', {}, good, 'probation', 'probation-waiting', 1],
    [
      'waits to the last moment of its step',
      { probationStepAt: secondsAgo(35) },
      good,
      'probation',
      'probation-waiting',
      1,
    ],
    [
      'earns the next step when its step ends',
      { probationStepAt: secondsAgo(36) },
      good,
      'probation',
      'probation-step',
      2,
    ],
    [
      'earns no step while it is not seen',
      { probationStepAt: secondsAgo(99) },
      unknown,
      'probation',
      'probation-waiting',
      1,
    ],
    [
      'earns no step while it is suspected',
      { probationStepAt: secondsAgo(99) },
      suspicious,
      'probation',
      'probation-waiting',
      1,
    ],
    [
      'counts from its start when its step has no time',
      { probationStepAt: null },
      good,
      'probation',
      'probation-step',
      2,
    ],
    [
      'earns the last step',
      { probationStep: 3, probationStepAt: secondsAgo(36) },
      good,
      'probation',
      'probation-step',
      4,
    ],
    [
      'passes once it has held the last step',
      { probationStep: 4, probationStepAt: secondsAgo(36) },
      good,
      'healthy',
      'probation-passed',
      0,
    ],
    ['relapses', {}, bad(), 'ejected', 'relapsed', 0],
  ])('%s', (_name, parts, assessment, ...[state, reason, step]) => {
    const taken = turn(onProbation(parts), assessment);
    expect([taken.next.state, taken.reason, taken.next.probationStep]).toEqual([
      state,
      reason,
      step,
    ]);
  });

  it('says how far it has come', () => {
    expect(turn(onProbation(), good).detail).toBe('next step in 16 s; CLB says so');
    const next = turn(onProbation({ probationStepAt: secondsAgo(36) }), good);
    expect(next.detail).toBe('step 3 of 5; CLB says so');
    expect(next.next.probationStepAt).toBe(NOW);
  });

  it('stays when it is bad and no rung in use suits that', () => {
    const policy = aPolicy({ ladder: { rungs: ['lower-weight'] } });
    const { before, next, reason } = turn(onProbation(), bad(), { scene: { policy } });
    expect([next, reason]).toEqual([before, 'probation-waiting']);
  });

  it('that relapses is charged for it, but not for what the cloud has announced', () => {
    const charged = { offences: 1, lastOffenceAt: secondsAgo(60), ejectedUntil: secondsAgo(30) };
    expect(turn(onProbation(charged), bad()).next).toMatchObject({
      offences: 2,
      lastOffenceAt: NOW,
      ejectedUntil: inSeconds(60),
    });
    for (const cause of ['spot-reclaim', 'scheduled-maintenance'] as const)
      expect(turn(onProbation(charged), bad(cause)).next).toMatchObject({
        cause,
        offences: 1,
        lastOffenceAt: secondsAgo(60),
        ejectedUntil: null,
      });
  });
});

describe('a person’s order', () => {
  const order: DrainOrder = {
    instanceId: 'i-0',
    by: 'ann',
    reason: 'kernel',
    at: secondsAgo(5),
    until: inSeconds(600),
  };
  const obey = (memory: Partial<BackendMemory>, scene: Partial<Scene> = {}) =>
    turn(memory, bad('operator-drain'), { scene: { orders: { 'i-0': order }, ...scene } });
  const held = (rung: Rung | null): Partial<BackendMemory> =>
    ejectedMemory({ cause: 'outlier-errors', ladder: rung === null ? null : on(rung) });

  it.each<[string, Partial<BackendMemory>]>([
    ['that serves', long],
    ['that is suspected', suspected],
    ['that a person has just put back', { personWeightAt: secondsAgo(1) }],
    ['on probation', onProbation()],
    ['whose weight was only lowered', held('lower-weight')],
    ['that is held out with nothing taken from it', held(null)],
  ])('drains a backend %s until it ends, which is no offence of its', (_name, memory) => {
    for (const isPanic of [false, true]) {
      const { before, next, reason } = obey(memory, { isPanic });
      expect(reason).toBe('operator-drain');
      expect(next).toEqual({
        ...before,
        state: 'ejected',
        since: NOW,
        cause: 'operator-drain',
        ejectedUntil: inSeconds(600),
        ladder: null,
      });
    }
  });

  it.each<[string, Partial<BackendMemory>]>([
    ['by an order', ejectedMemory({ cause: 'operator-drain', ladder: null })],
    ['for being ill', held('drain')],
    ['for being ill, and being repaired', held('restart')],
  ])('changes nothing about a backend that is drained %s', (_name, memory) => {
    for (const isPanic of [false, true]) {
      const { before, next, reason } = obey(memory, { isPanic });
      expect([next, reason]).toEqual([before, 'operator-drain']);
    }
  });

  it('drains what climbs a ladder on which there is no drain', () => {
    const policy = aPolicy({ ladder: { rungs: ['restart', 'reboot'] } });
    expect(obey(held('restart'), { policy }).next.cause).toBe('operator-drain');
  });

  it('lets go of a well backend when it ends, without a ramp', () => {
    const drained = ejectedMemory({ cause: 'operator-drain', ladder: null });
    for (const seen of [good, unknown, suspicious]) {
      const taken = turn(drained, seen);
      expect(taken.reason).toBe('recovered');
      expect(taken.detail).toBe('the drain order ended; CLB says so');
      expect(taken.next).toMatchObject({ state: 'healthy', since: NOW, cause: null });
    }
  });

  it('hands a backend over to healing when it ends and something is wrong', () => {
    const drained = ejectedMemory({ cause: 'operator-drain', ladder: null, offences: 0 });
    expect(turn(drained, bad('abnormal-in-load-balancer'))).toMatchObject({
      reason: 'abnormal-in-load-balancer',
      next: { state: 'ejected', cause: 'abnormal-in-load-balancer', offences: 1 },
    });
    const policy = aPolicy({ ladder: { rungs: ['lower-weight'] } });
    expect(turn(drained, bad(), { scene: { policy } })).toMatchObject({
      reason: 'probes-failing',
      next: { state: 'healthy', cause: null },
    });
  });
});

describe('while a person takes back what healing did', () => {
  const revert = (memory: Partial<BackendMemory>, until = inSeconds(60), isNewcomer = false) => {
    const pool = aPool({
      backends: someBackends(6),
      reversal: { by: 'ann', reason: 'not they', at: secondsAgo(5), until },
    });
    return turn(memory, bad(), { scene: { pool }, subject: { isNewcomer } });
  };

  it.each<[string, Partial<BackendMemory>]>([
    ['ejected', ejectedMemory()],
    ['on probation', onProbation()],
  ])('a backend that is %s goes back in, however ill', (_name, memory) => {
    const { next, reason, repair } = revert(memory);
    expect([next.state, next.ladder, reason, repair]).toEqual(['healthy', null, 'reverted', null]);
  });

  it.each<[string, Partial<BackendMemory>]>([
    ['suspected', suspected],
    ['healthy', long],
  ])('a backend that is %s stays as it is, however ill', (_name, memory) => {
    const { before, next, reason } = revert(memory);
    expect([next, reason]).toEqual([before, 'reverted']);
  });

  it.each<[string, Partial<BackendMemory>, boolean]>([
    ['registered and not verified yet', ejectedMemory({ cause: 'registered' }), false],
    ['on a newcomer’s ramp', onProbation({ cause: null }), false],
    ['first seen', long, true],
  ])('what healing never took out is none of it: %s', (_name, memory, isNewcomer) => {
    expect(revert(memory, inSeconds(60), isNewcomer).reason).not.toBe('reverted');
  });

  it('is over when its time is', () => {
    expect(revert(ejectedMemory(), NOW).reason).not.toBe('reverted');
  });
});

describe('in panic', () => {
  it.each<[string, Partial<BackendMemory>, boolean]>([
    ['ejected', ejectedMemory(), true],
    ['on probation', onProbation(), true],
    ['suspected', suspected, false],
    ['healthy', { ...long, goodStreak: 7 }, false],
  ])('a backend that is %s goes back in only if it was held: %s', (_name, memory, isReleased) => {
    for (const assessment of [good, bad()]) {
      const { before, next, reason } = turn(memory, assessment, { scene: { isPanic: true } });
      expect(reason).toBe('panic');
      if (isReleased) expect(next).toMatchObject({ state: 'healthy', since: NOW, goodStreak: 0 });
      else expect(next).toEqual(before);
    }
  });

  it('no newcomer is made to earn its weight', () => {
    const taken = turn(long, good, { scene: { isPanic: true }, subject: { isNewcomer: true } });
    expect([taken.next.state, taken.reason]).toEqual(['healthy', 'panic']);
  });
});
