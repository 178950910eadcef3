import { describe, expect, it } from '@jest/globals';
import { type Assessment } from '../../../shared/decide/assess';
import { isUnsteady, lookAgainAt } from '../../../shared/decide/look-again';
import { type Scene } from '../../../shared/decide/scene';
import { type Judged } from '../../../shared/decide/steps';
import { type BackendMemory } from '../../../shared/domain/memory';
import { type Rung } from '../../../shared/domain/policy';
import { inSeconds, NOW, secondsAgo } from '../../support/builders';
import { anAssessment, aScene, aSubject } from '../../support/scenes';

const subject = aSubject();
const { memory } = subject;
const scene = (orders: Scene['orders'] = {}): Scene => aScene(subject, { orders });
const judged = (
  parts: Partial<BackendMemory>,
  condition: Assessment['condition'] = 'bad',
): Judged => ({
  subject,
  assessment: anAssessment(condition),
  transition: { next: { ...memory, ...parts }, reason: 'healthy', detail: '', repair: null },
  before: memory,
  feedback: undefined,
});
const on = (rung: Rung, seconds = 90): BackendMemory['ladder'] => ({
  rung,
  operationId: '',
  startedAt: NOW,
  verifyAt: inSeconds(seconds),
  invokeId: null,
});

describe('what is still going on', () => {
  it.each<[string, Partial<BackendMemory>, Assessment['condition'], boolean]>([
    ['health', {}, 'good', false],
    ['suspicion', { state: 'suspect' }, 'good', true],
    ['a ramp', { state: 'probation' }, 'good', true],
    ['an ejection', { state: 'ejected', ladder: on('drain') }, 'bad', true],
    ['an ejection off the ladder', { state: 'ejected' }, 'bad', true],
    [
      'an ejection that waits for people',
      { state: 'ejected', ladder: on('replace') },
      'bad',
      false,
    ],
    ['one that is well again', { state: 'ejected', ladder: on('replace') }, 'good', true],
    ['a person’s order', { state: 'ejected', cause: 'operator-drain' }, 'good', false],
  ])('%s', (_name, parts, condition, isGoingOn) => {
    expect(isUnsteady(judged(parts, condition))).toBe(isGoingOn);
  });
});

describe('the next look', () => {
  const looks = (parts: Partial<BackendMemory>, condition: Assessment['condition'] = 'bad') => {
    const at = lookAgainAt([judged(parts, condition)], scene());
    return at === null ? null : (at - NOW) / 1000;
  };
  it.each<[string, number | null, Partial<BackendMemory>, Assessment['condition']]>([
    ['at nothing in health', null, {}, 'good'],
    ['at a suspicion after the watch interval', 5, { state: 'suspect', since: NOW }, 'bad'],
    ['when a suspicion settles', 2, { state: 'suspect', since: secondsAgo(58) }, 'bad'],
    [
      'at a ramp when its step ends',
      16,
      { state: 'probation', since: secondsAgo(99), probationStepAt: secondsAgo(20) },
      'good',
    ],
    ['at a ramp whose step has no time', 6, { state: 'probation', since: secondsAgo(30) }, 'good'],
    [
      'at one that is well when it has served',
      3,
      { state: 'ejected', ejectedUntil: inSeconds(3) },
      'good',
    ],
    [
      'at one that is well after the watch interval',
      5,
      { state: 'ejected', ejectedUntil: inSeconds(30) },
      'good',
    ],
    [
      'not at one that is ill and off the ladder',
      null,
      { state: 'ejected', ejectedUntil: inSeconds(30) },
      'bad',
    ],
    [
      'at a drain when its effect is judged',
      40,
      { state: 'ejected', ladder: on('drain', 40), ejectedUntil: inSeconds(50) },
      'bad',
    ],
    [
      'at a drain when it has served',
      30,
      { state: 'ejected', ladder: on('drain', 40), ejectedUntil: inSeconds(30) },
      'bad',
    ],
    [
      'not at one that waits for people',
      null,
      { state: 'ejected', ladder: on('replace', 40) },
      'bad',
    ],
    ['at a repair after the watch interval', 5, { state: 'ejected', ladder: on('restart') }, 'bad'],
    [
      'not at what is due already',
      null,
      { state: 'ejected', ladder: on('drain', 0), ejectedUntil: NOW },
      'bad',
    ],
    ['not at what is past', null, { state: 'ejected', ladder: on('drain', -5) }, 'bad'],
    [
      'not at the ladder of one that is back',
      null,
      { state: 'healthy', ladder: on('drain') },
      'good',
    ],
  ])('is %s: %s s', (_name, seconds, parts, condition) => {
    expect(looks(parts, condition)).toBe(seconds);
  });

  it('is the earliest of all, and no later than the end of an order', () => {
    const wait = (seconds: number) => judged({ state: 'ejected', ladder: on('drain', seconds) });
    expect(lookAgainAt([wait(40), wait(20), wait(30)], scene())).toBe(inSeconds(20));
    const order = {
      instanceId: 'i-0',
      by: 'a person',
      reason: 'deploy',
      at: NOW,
      until: inSeconds(7),
    };
    expect(lookAgainAt([wait(40)], scene({ 'i-0': order }))).toBe(inSeconds(7));
    expect(lookAgainAt([], scene())).toBeNull();
  });
});
