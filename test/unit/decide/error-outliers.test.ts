import { describe, expect, it } from '@jest/globals';
import { errorChance, errorOutliers } from '../../../shared/decide/error-outliers';
import { chanceOfEqual } from '../../../shared/decide/statistics';
import { DEFAULT_OUTLIER } from '../../../shared/domain/heal-defaults';
import { type OutlierPolicy } from '../../../shared/domain/policy';
import { type ProbeWindow } from '../../../shared/domain/probe-window';
import { instant, permille } from '../../../shared/domain/units';
import { times, type Told, windowsOf } from '../../support/probe-windows';

const of = (probes: number, failures = 0): Told => ({ probes, failures });

/** A policy that lets one comparison in a pool of this size go wrong with this chance, at windows of 2.5 s. */
function allowing(chance: number, poolSize = 3): Partial<OutlierPolicy> {
  const once = errorChance(
    { ...DEFAULT_OUTLIER, falseEjectionsPerWeekMax: permille(1000) },
    poolSize,
    2500,
  );
  return { falseEjectionsPerWeekMax: permille((chance / once) * 1000) };
}

const judge = (histories: readonly (readonly ProbeWindow[])[], policy: Partial<OutlierPolicy>) =>
  errorOutliers(histories, { ...DEFAULT_OUTLIER, ...policy });
/** What is found about the first of a pool; stories are told oldest first. */
const first = (stories: readonly (readonly Told[])[], policy: Partial<OutlierPolicy> = {}) =>
  judge(
    stories.map((story) => windowsOf(story)),
    policy,
  )[0];

describe('the chance that one comparison may go wrong', () => {
  it('shares what a week may hold among backends, windows and lengths', () => {
    const example = errorChance(DEFAULT_OUTLIER, 6, 2500);
    expect(example / (0.1 / (6 * 241_920 * 8))).toBeCloseTo(1, 10);
    expect(errorChance(DEFAULT_OUTLIER, 12, 2500) / example).toBeCloseTo(1 / 2, 10);
    expect(errorChance(DEFAULT_OUTLIER, 6, 5000) / example).toBeCloseTo(2, 10);
  });

  it('takes a window without length for a millisecond', () => {
    expect(errorChance(DEFAULT_OUTLIER, 6, 0)).toBe(errorChance(DEFAULT_OUTLIER, 6, 1));
  });
});

describe('errors count', () => {
  // chances are generous here, so that the floors decide; peers fail 0 or 1 %, so the bar is 2 or 3 %
  const generous = allowing(0.5);
  const well = times(3, of(100));
  const usual = times(3, of(100, 1));
  it.each<[string, readonly (readonly Told[])[], boolean]>([
    ['from the floor above perfect peers on', [[of(50, 1), of(50, 1)], well, well], true],
    ['not below it', [[of(50, 1), of(51, 1)], well, well], false],
    ['not in one window only', [[of(50, 5), of(51, 1)], well, well], false],
    ['if two windows reach the floor', [[of(50, 5), of(50, 1)], well, well], true],
    ['not between floor and bar', [[of(50, 3), of(50, 3), of(140, 1)], usual, usual], false],
    ['from the floor above usual peers on', [[of(100, 3), of(100, 3)], usual, usual], true],
    ['with as many probes as are needed', [[of(10, 1), of(10, 1)], well, well], true],
    ['not with one probe less', [[of(10, 1), of(9, 1)], well, well], false],
    ['beside a backend that was never probed', [[of(50, 1), of(50, 1)], well, well, []], true],
    ['not without peers at the same time', [[of(50, 1), of(50, 1)], [], []], false],
  ])('%s', (_rule, stories, isFound) => {
    expect(first(stories, generous) !== undefined).toBe(isFound);
  });

  it('beyond the peers’ median and so many deviations only', () => {
    // peers fail 0, 2 and 4 of 64: 2 + 6 × 1 of 64
    const peers = [0, 2, 4].map((failures) => times(2, of(64, failures)));
    expect(first([times(2, of(64, 8)), ...peers], generous)).toBeUndefined();
    expect(first([[of(64, 8), of(64, 9)], ...peers], generous)).toBeDefined();
  });

  it('with the windows that were worse, of those that were looked at', () => {
    expect(first([[of(50, 5), of(50, 5), of(50)], well, well], generous)).toEqual({
      windows: 2,
      detail: '10 of 150 probes failed in 3 windows (67 ‰), peers 0 ‰',
    });
  });

  it('for nothing where nobody fails, whatever the chance', () => {
    const perfect = { ...generous, errorFloor: permille(0) };
    expect(first([well, well, well], perfect)).toBeUndefined();
    expect(first([[of(50, 5), of(50)], well, well], perfect)).toBeUndefined();
  });
});

describe('the exact test', () => {
  it('against the peers at the same time forgives what all share', () => {
    const story = (failures: number) => [...times(40, of(100)), ...times(8, of(100, failures))];
    const peers = Array.from({ length: 5 }, () => story(29));
    expect(first([story(32), ...peers])).toBeUndefined();
    expect(first([story(60), ...peers])).toBeDefined();
  });

  it('against all that is remembered forgives what peers have done before', () => {
    const sick = [...times(20, of(100)), ...times(2, of(100, 30))];
    const peers = (failures: number) =>
      Array.from({ length: 5 }, () => [...times(20, of(100, failures)), ...times(2, of(100))]);
    expect(first([sick, ...peers(30)])).toBeUndefined();
    expect(first([sick, ...peers(0)])).toBeDefined();
  });

  it('takes the shortest of the newest windows: more windows a week, less chance for each', () => {
    const counts = { probes: 20, failures: 8, peerProbes: 40, peerFailures: 0 };
    const policy = allowing(2 * chanceOfEqual(counts));
    const well = windowsOf(times(2, {}));
    const short = well.map((window, index) =>
      index === 0 ? { ...window, startedAt: instant(window.endedAt - 625) } : window,
    );
    const sick = windowsOf(times(2, of(10, 4)));
    expect(judge([sick, well, well], policy)[0]).toBeDefined();
    expect(judge([sick, well, short], policy)[0]).toBeUndefined();
  });

  it('proves no more by more than 5,000 probes', () => {
    const policy = { errorFloor: permille(1) };
    const peers = Array.from({ length: 2 }, () => times(2, of(100_000, 1000)));
    expect(first([times(2, of(100_000, 1200)), ...peers], policy)).toBeUndefined();
    expect(first([times(2, of(100_000, 2000)), ...peers], policy)).toBeDefined();
  });
});

describe('a backend that has improved', () => {
  // peers fail 0.5 %, so the bar is 2.5 %, where 119 probes without a failure are one case in twenty
  const peers = Array.from({ length: 2 }, () => times(3, of(200, 1)));
  const since = (good: number) =>
    first([[...times(2, of(100, 20)), of(good)], ...peers], allowing(0.5));

  it('is an outlier while its good run may be luck', () => {
    expect(since(118)).toBeDefined();
  });

  it('is none once the run would be luck in less than one case of twenty', () => {
    expect(since(119)).toBeUndefined();
  });
});
