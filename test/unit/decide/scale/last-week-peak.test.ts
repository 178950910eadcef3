import { describe, expect, it } from '@jest/globals';
import {
  hourOfWeek,
  peakLastWeek,
  rememberPeak,
  weekOf,
} from '../../../../shared/decide/scale/last-week-peak';
import { instant } from '../../../../shared/domain/units';

const at = (text: string) => instant(Date.parse(text));
const MONDAY = at('2026-11-16T09:30:00Z');
const nextWeek = (from: number, weeks = 1) => instant(from + weeks * 7 * 86_400_000);

describe('the hour of the week', () => {
  it.each([
    ['2026-11-16T00:00:00Z', 0],
    ['2026-11-16T00:59:59Z', 0],
    ['2026-11-16T01:00:00Z', 1],
    ['2026-11-22T23:59:59Z', 167],
    ['2026-11-19T12:00:00Z', 84],
  ])('%s is %d', (time, hour) => {
    expect(hourOfWeek(at(time))).toBe(hour);
  });

  it('begins a week on Monday in UTC', () => {
    expect(weekOf(at('2026-11-22T23:59:59Z'))).toBe(weekOf(at('2026-11-16T00:00:00Z')));
    expect(weekOf(at('2026-11-23T00:00:00Z'))).toBe(weekOf(at('2026-11-16T00:00:00Z')) + 1);
  });
});

describe('the peak of a week ago', () => {
  it('is the most that the same hour needed', () => {
    const peaks = rememberPeak(rememberPeak({}, MONDAY, 7), instant(MONDAY + 600_000), 5);
    expect(peakLastWeek(peaks, nextWeek(MONDAY))).toBe(7);
    const higher = rememberPeak(peaks, instant(MONDAY + 1_200_000), 9);
    expect(peakLastWeek(higher, nextWeek(MONDAY))).toBe(9);
  });

  it('stays known while the same hour of this week is recorded', () => {
    const peaks = rememberPeak({}, MONDAY, 7);
    const later = rememberPeak(peaks, nextWeek(MONDAY), 3);
    expect(peakLastWeek(later, nextWeek(MONDAY))).toBe(7);
    expect(peakLastWeek(rememberPeak(later, nextWeek(MONDAY), 4), nextWeek(MONDAY))).toBe(7);
    expect(peakLastWeek(later, nextWeek(MONDAY, 2))).toBe(3);
  });

  it.each([
    ['in its first week', MONDAY],
    ['after a week without a tick', nextWeek(MONDAY, 2)],
    ['at another hour', instant(nextWeek(MONDAY) + 3_600_000)],
  ])('is not known %s', (_name, now) => {
    expect(peakLastWeek(rememberPeak({}, MONDAY, 7), now)).toBeNull();
  });

  it('does not carry an older week over a gap', () => {
    const peaks = rememberPeak(rememberPeak({}, MONDAY, 7), nextWeek(MONDAY, 2), 3);
    expect(peakLastWeek(peaks, nextWeek(MONDAY, 2))).toBeNull();
  });

  it('is not touched where nobody knows what was needed', () => {
    const peaks = rememberPeak({}, MONDAY, 7);
    expect(rememberPeak(peaks, nextWeek(MONDAY), null)).toBe(peaks);
  });
});
