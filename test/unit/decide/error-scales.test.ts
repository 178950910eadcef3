import { describe, expect, it } from '@jest/globals';
import { scalesOf, withoutWorst } from '../../../shared/decide/error-scales';
import { times, windowsOf } from '../../support/probe-windows';

/** Windows of these sizes, the newest first. */
const sized = (...sizes: readonly number[]) =>
  windowsOf([...sizes].reverse().map((probes) => ({ probes })));
const tens = (count: number) => windowsOf(times(count, {}));
const lengths = (windows: ReturnType<typeof sized>, confirmations = 2): readonly number[] =>
  scalesOf(windows, confirmations).map((scale) => scale.windows.length);

describe('the lengths at which windows are taken together', () => {
  it.each([
    ['grow by half, by half again, then double', lengths(tens(20)), [2, 3, 5, 10, 20]],
    ['begin with as many as must be confirmed', lengths(tens(20), 4), [4, 6, 9, 18, 20]],
    ['may be one only', lengths(tens(2)), [2]],
    ['are none while too few are known', lengths(tens(1)), []],
    ['end with everything that is known', lengths(tens(12)), [2, 3, 5, 10, 12]],
    [
      'are eight at most',
      lengths(sized(1, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512)),
      [2, 3, 4, 5, 6, 7, 8, 9],
    ],
    ['stay within 5,000 probes', lengths(sized(2000, 1000, 1000, 1000)), [2, 4]],
    ['leave out what would exceed them', lengths(sized(2000, 1000, 1000, 1001)), [2]],
    ['but the first may be of any size', lengths(sized(20_000, 20_000, 20_000)), [2]],
  ])('%s', (_rule, found, expected) => {
    expect(found).toEqual(expected);
  });

  it('come with their counts, newest windows first, and with the time since when', () => {
    const windows = windowsOf([{ failures: 4 }, { failures: 2 }, { failures: 1, probes: 11 }]);
    expect(scalesOf(windows, 2)).toEqual([
      { windows: windows.slice(0, 2), since: windows[1]!.startedAt, probes: 21, failures: 3 },
      { windows, since: windows[2]!.startedAt, probes: 31, failures: 7 },
    ]);
  });
});

describe('windows without the worst', () => {
  const windows = windowsOf([
    { failures: 2, probes: 20 },
    { failures: 5, probes: 10 },
    { failures: 1, probes: 10 },
    { failures: 2, probes: 10 },
  ]);
  it.each([
    ['none left out', 0, { failures: 10, probes: 50 }],
    ['the one with the most failures left out', 1, { failures: 5, probes: 40 }],
    ['of two equal ones the smaller left out', 2, { failures: 3, probes: 30 }],
    ['all left out', 4, { failures: 0, probes: 0 }],
  ])('%s', (_rule, count, expected) => {
    expect(withoutWorst(windows, count)).toEqual(expected);
    expect(withoutWorst(windows.toReversed(), count)).toEqual(expected);
  });
});
