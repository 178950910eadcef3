import { describe, expect, it } from '@jest/globals';
import { judgeBreaker, rememberedCount } from '../../../shared/decide/pool-memory';
import { type Judged } from '../../../shared/decide/steps';
import { type RepairMemory } from '../../../shared/domain/memory';
import { aPolicy, aPool, inSeconds, NOW, secondsAgo, someBackends } from '../../support/builders';
import { anAssessment, aSubject } from '../../support/scenes';

describe('the count of members to compare with', () => {
  const counted = (left: number, seconds: number | null) =>
    rememberedCount(
      aPool({
        backends: someBackends(left),
        memory: {
          memberCount: 10,
          alerts: seconds === null ? {} : { 'inventory-drop': secondsAgo(seconds) },
        },
      }),
      aPolicy(),
    );
  it.each<[string, number, number | null, number]>([
    ['follows a small change', 8, null, 8],
    ['follows a small change also while a drop is remembered', 8, 10, 8],
    ['stays at a drop', 6, null, 10],
    ['stays while the drop is young', 6, 899, 10],
    ['follows a drop that has lasted a quarter of an hour', 6, 900, 6],
  ])('%s', (_name, left, seconds, count) => {
    expect(counted(left, seconds)).toBe(count);
  });
});

describe('the breaker', () => {
  it.each([
    [1, inSeconds(1)],
    [0, null],
    [-1, null],
  ])('that closes in %i s stays open till then', (seconds, openUntil) => {
    const pool = aPool({ backends: [], memory: { breakerOpenUntil: inSeconds(seconds) } });
    expect(judgeBreaker([], pool, aPolicy())).toEqual({
      openUntil,
      failedRepairs: 0,
      isOpened: false,
    });
  });

  /** A backend whose repair was open before this tick, and what is known of it now. */
  const repaired = (hasHelped: boolean | null): Judged => {
    const { memory, ...rest } = aSubject();
    const repair = (verdict: boolean | null): RepairMemory => ({
      rung: 'restart',
      at: secondsAgo(90),
      hasHelped: verdict,
    });
    return {
      subject: { ...rest, memory },
      assessment: anAssessment('good'),
      before: { ...memory, repairs: [repair(null)] },
      transition: {
        next: { ...memory, repairs: [repair(hasHelped)] },
        reason: 'healthy',
        detail: '',
        repair: null,
      },
      feedback: undefined,
    };
  };
  it.each<[string, readonly (boolean | null)[], number]>([
    ['nothing is known yet', [null], 1],
    ['one more did not help', [false], 2],
    ['one of several helped', [false, true], 0],
  ])('counts repairs in a row that did not help: %s', (_name, verdicts, failedRepairs) => {
    const pool = aPool({ backends: [], memory: { failedRepairs: 1 } });
    expect(judgeBreaker(verdicts.map(repaired), pool, aPolicy())).toEqual({
      openUntil: null,
      failedRepairs,
      isOpened: false,
    });
  });

  it('opens after as many failed repairs as the policy says, and counts from nothing again', () => {
    const pool = aPool({ backends: [], memory: { failedRepairs: 3 } });
    expect(judgeBreaker([], pool, aPolicy())).toEqual({
      openUntil: inSeconds(1800, NOW),
      failedRepairs: 0,
      isOpened: true,
    });
  });
});
