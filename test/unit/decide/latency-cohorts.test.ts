import { describe, expect, it } from '@jest/globals';
import { cohortsOf, noiseOf } from '../../../shared/decide/latency-cohorts';
import { type ComparedHistory } from '../../../shared/decide/usual-latency';
import { instant } from '../../../shared/domain/units';

const window = (startedAt: number, endedAt: number, latencyMs: number | null = 60) => ({
  startedAt: instant(startedAt),
  endedAt: instant(endedAt),
  probes: 10,
  failures: 0,
  latencyMedianUs: latencyMs === null ? null : latencyMs * 1000,
});
const history = (
  windows: ComparedHistory['windows'],
  { factor = 1, credit = 1 } = {},
): ComparedHistory => ({ windows, factor, credit });
/** Which backends are in each cohort when each has one of these windows. */
const owners = (...windows: readonly ReturnType<typeof window>[]) =>
  cohortsOf(windows.map((each) => history([each]))).map((cohort) =>
    cohort.map(({ owner }) => owner),
  );

describe('cohorts', () => {
  it.each([
    ['see the same time', owners(window(0, 10), window(0, 10)), [[0, 1]]],
    ['see it together although shifted', owners(window(0, 10), window(9, 19)), [[0, 1]]],
    ['end after the length of a window', owners(window(0, 10), window(10, 20)), [[0], [1]]],
    ['are in order of time', owners(window(10, 20), window(0, 10)), [[1], [0]]],
    [
      'are as long as the shortest window that begins them',
      owners(window(-5, 15), window(4, 6), window(8, 10)),
      [[1, 0], [2]],
    ],
    [
      'do not depend on the order of backends',
      owners(window(8, 10), window(4, 6), window(-5, 15)),
      [[1, 2], [0]],
    ],
    ['hold instants too', owners(window(5, 5), window(5, 5), window(6, 6)), [[0, 1], [2]]],
    ['leave out windows without an answer', owners(window(0, 10), window(0, 10, null)), [[0]]],
    ['are measured at the middle', owners(window(0, 100), window(60, 80)), [[0, 1]]],
  ])('%s', (_rule, found, expected) => {
    expect(found).toEqual(expected);
  });

  it('take the eight newest windows of each backend', () => {
    const newestFirst = Array.from({ length: 10 }, (_, age) => window(-10 * age, 10 - 10 * age));
    const indexes = cohortsOf([history(newestFirst)]).map(([slot]) => slot!.index);
    expect(indexes).toEqual([7, 6, 5, 4, 3, 2, 1, 0]);
  });

  it('compare on the scale of what is usual', () => {
    const [[slot] = []] = cohortsOf([history([window(0, 10, 60)], { factor: 1.2, credit: 0.5 })]);
    expect(slot).toMatchObject({ owner: 0, index: 0, latencyUs: 50_000, credit: 0.5 });
  });
});

describe('noise among the peers', () => {
  const cohort = (...latencies: readonly number[]) =>
    cohortsOf(latencies.map((latencyMs) => history([window(0, 10, latencyMs)])));
  const noise = (cohorts: ReturnType<typeof cohortsOf>, ...of: readonly number[]) => {
    const found = noiseOf(cohorts);
    return of.map((owner) => found(owner));
  };

  it('is the median distance of the others from their cohort’s median', () => {
    expect(noise(cohort(100, 50, 150, 100, 50, 300), 5, 0)).toEqual([0.5, 0.5]);
    expect(noise(cohort(50, 50, 150, 300), 3)).toEqual([0.5]);
  });

  it('leaves out the window that is the median itself', () => {
    const five = cohort(100, 140, 80, 130, 90);
    expect(noise(five, 0, 1)).toEqual([expect.closeTo(0.25, 10), expect.closeTo(0.2, 10)]);
    const three = cohort(100, 130, 90);
    expect(noise(three, 0, 1)).toEqual([expect.closeTo(0.2, 10), expect.closeTo(0.1, 10)]);
  });

  it('is learned from all cohorts', () => {
    const two = cohortsOf([
      history([window(0, 10, 100), window(20, 30, 100)]),
      history([window(0, 10, 150), window(20, 30, 125)]),
      history([window(0, 10, 50), window(20, 30, 75)]),
    ]);
    expect(noise(two, 0)).toEqual([0.375]);
  });

  it('is not learned from windows that only two backends saw', () => {
    const often = (latencyMs: number, between: number) =>
      history([window(0, 10, latencyMs), window(20, 30, between), window(40, 50, latencyMs)]);
    const seldom = history([window(0, 10, 50), window(40, 50, 50)]);
    expect(noise(cohortsOf([often(100, 100), often(150, 900), seldom]), 0)).toEqual([0.5]);
  });

  it.each([
    ['two backends say nothing', cohort(100, 150)],
    ['nor does a median of 0', cohort(0, 0, 0, 100)],
  ])('%s', (_rule, cohorts) => {
    expect(noise(cohorts, 0)).toEqual([undefined]);
  });
});
