import { describe, expect, it } from '@jest/globals';
import { boundsAt, confine } from '../../../../shared/decide/scale/bounds';
import { isInForce, wallClock } from '../../../../shared/decide/scale/schedule';
import { type CapacityOrder } from '../../../../shared/domain/capacity';
import { type Schedule, type Weekday } from '../../../../shared/domain/scale-policy';
import { instant } from '../../../../shared/domain/units';
import { inSeconds, NOW, secondsAgo } from '../../../support/builders';

const at = (text: string) => instant(Date.parse(text));
const ALL: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const clock = (hours: number, minutes = 0): number => hours * 60 + minutes;
const schedule = (parts: Partial<Schedule> = {}): Schedule => ({
  name: 'day',
  timeZone: 'Asia/Shanghai',
  days: ALL,
  fromMinute: clock(8),
  toMinute: clock(20),
  min: 10,
  max: null,
  ...parts,
});

describe('clocks on the wall', () => {
  it.each([
    ['2026-11-21T23:59:59Z', 'UTC', 'sat', clock(23, 59)],
    ['2026-11-22T00:00:00Z', 'UTC', 'sun', 0],
    ['2026-11-20T16:00:00Z', 'Asia/Shanghai', 'sat', 0],
    ['2026-03-29T00:59:00Z', 'Europe/Berlin', 'sun', clock(1, 59)],
    ['2026-03-29T01:00:00Z', 'Europe/Berlin', 'sun', clock(3)],
    ['2026-10-25T00:30:00Z', 'Europe/Berlin', 'sun', clock(2, 30)],
    ['2026-10-25T01:30:00Z', 'Europe/Berlin', 'sun', clock(2, 30)],
    ['2026-10-25T02:00:00Z', 'Europe/Berlin', 'sun', clock(3)],
    ['2026-07-01T03:15:00Z', 'Asia/Kathmandu', 'wed', clock(9)],
  ])('%s in %s', (time, timeZone, day, minute) => {
    expect(wallClock(at(time), timeZone)).toEqual({ day, minute });
  });

  it.each(ALL.map((day, index) => [day, index] as const))('know %s', (day, index) => {
    const noon = instant(at('2026-11-16T12:00:00Z') + index * 86_400_000);
    expect(wallClock(noon, 'UTC')).toEqual({ day, minute: clock(12) });
    expect(isInForce(schedule({ days: [day], timeZone: 'UTC' }), noon)).toBe(true);
  });

  it('do not exist in a zone that nobody knows', () => {
    expect(wallClock(NOW, 'Europe/Atlantis')).toBeNull();
    expect(isInForce(schedule({ timeZone: 'Europe/Atlantis' }), NOW)).toBe(false);
  });
});

describe('a schedule', () => {
  it.each([
    ['a minute before it begins', '2026-11-20T23:59:00Z', false],
    ['as it begins', '2026-11-21T00:00:00Z', true],
    ['in its last minute', '2026-11-21T11:59:59Z', true],
    ['as it ends', '2026-11-21T12:00:00Z', false],
  ])('by day in Shanghai: %s', (_name, time, isActive) => {
    expect(isInForce(schedule(), at(time))).toBe(isActive);
  });

  it.each([
    ['on another day', '2026-11-21T02:00:00Z', ['sun'], false],
    ['on its day', '2026-11-21T02:00:00Z', ['sat'], true],
    ['on no day', '2026-11-21T02:00:00Z', [], false],
  ] as const)('holds only on its days: %s', (_name, time, days, isActive) => {
    expect(isInForce(schedule({ days }), at(time))).toBe(isActive);
  });

  const night = schedule({ days: ['fri'], fromMinute: clock(22), toMinute: clock(6) });
  it.each([
    ['Friday 21:59', '2026-11-20T13:59:00Z', false],
    ['Friday 22:00', '2026-11-20T14:00:00Z', true],
    ['Saturday 00:00', '2026-11-20T16:00:00Z', true],
    ['Saturday 05:59', '2026-11-20T21:59:00Z', true],
    ['Saturday 06:00', '2026-11-20T22:00:00Z', false],
    ['Saturday 22:00', '2026-11-21T14:00:00Z', false],
    ['Friday 05:59, as it did not begin on Thursday', '2026-11-19T21:59:00Z', false],
  ])('over midnight belongs to the day it begins: %s', (_name, time, isActive) => {
    expect(isInForce(night, at(time))).toBe(isActive);
  });

  it('over midnight on several days', () => {
    const weekend = { ...night, days: ['fri', 'sat'] as const };
    expect(isInForce(weekend, at('2026-11-20T21:59:00Z'))).toBe(true);
    expect(isInForce(weekend, at('2026-11-21T21:59:00Z'))).toBe(true);
    expect(isInForce(weekend, at('2026-11-22T21:59:00Z'))).toBe(false);
  });

  it('over the end of the week', () => {
    const sunday = { ...night, days: ['sun'] as const };
    expect(isInForce(sunday, at('2026-11-22T20:00:00Z'))).toBe(true);
    expect(isInForce(sunday, at('2026-11-23T20:00:00Z'))).toBe(false);
  });

  it('from a minute to the same minute is a whole day', () => {
    const whole = schedule({ days: ['sat'], fromMinute: clock(8), toMinute: clock(8) });
    expect(isInForce(whole, at('2026-11-20T23:59:00Z'))).toBe(false);
    expect(isInForce(whole, at('2026-11-21T00:00:00Z'))).toBe(true);
    expect(isInForce(whole, at('2026-11-21T23:59:00Z'))).toBe(true);
    expect(isInForce(whole, at('2026-11-22T00:00:00Z'))).toBe(false);
  });

  const early = schedule({
    timeZone: 'Europe/Berlin',
    fromMinute: clock(2, 30),
    toMinute: clock(3, 30),
  });
  it.each([
    ['summer time begins: 02:30 is never shown, 03:00 is in', '2026-03-29T01:00:00Z', true],
    ['and it was not yet a minute before', '2026-03-29T00:59:00Z', false],
    ['03:30 ends it', '2026-03-29T01:30:00Z', false],
    ['summer time ends: 02:30 the first time', '2026-10-25T00:30:00Z', true],
    ['02:00 shown again is out', '2026-10-25T01:00:00Z', false],
    ['02:30 the second time', '2026-10-25T01:30:00Z', true],
    ['03:29', '2026-10-25T02:29:00Z', true],
    ['03:30 ends it', '2026-10-25T02:30:00Z', false],
  ])('in Berlin on the days on which clocks change: %s', (_name, time, isActive) => {
    expect(isInForce(early, at(time))).toBe(isActive);
  });
});

describe('the bounds', () => {
  const always = (name: string, min: number | null, max: number | null): Schedule =>
    schedule({ name, min, max, fromMinute: 0, toMinute: 1440 });
  const never = (min: number | null, max: number | null): Schedule =>
    schedule({ name: 'never', days: [], min, max });

  it.each<[string, readonly Schedule[], number, number, string, string]>([
    ['no schedule', [], 2, 20, 'asks for at least 2', 'maximum is 20'],
    ['one not in force', [never(9, 3)], 2, 20, 'asks for at least 2', 'maximum is 20'],
    ['a higher minimum', [always('a', 10, null)], 10, 20, 'schedule a', 'maximum is 20'],
    ['a lower maximum', [always('a', null, 8)], 2, 8, 'policy', 'schedule a'],
    ['a lower minimum', [always('a', 1, null)], 2, 20, 'policy asks for at least 2', 'maximum'],
    ['a higher maximum', [always('a', null, 50)], 2, 20, 'policy', 'maximum is 20'],
    ['a minimum above the maximum', [always('a', 30, null)], 20, 20, 'schedule a', 'maximum is 20'],
    [
      'a maximum below the minimum',
      [always('a', null, 1)],
      2,
      2,
      'policy',
      'schedule a allows at most 1, and at least 2 are kept',
    ],
    ['the same minimum', [always('a', 2, null)], 2, 20, 'policy', 'maximum is 20'],
    ['the same maximum', [always('a', null, 20)], 2, 20, 'policy', 'maximum is 20'],
    ['two minima', [always('a', 5, null), always('b', 7, null)], 7, 20, 'schedule b', 'maximum'],
    ['two maxima', [always('a', null, 9), always('b', null, 7)], 2, 7, 'policy', 'schedule b'],
    [
      'two at odds',
      [always('a', 10, null), always('b', null, 8)],
      10,
      10,
      'schedule a',
      'schedule b allows at most 8, and at least 10 are kept',
    ],
  ])('%s', (...[, schedules, min, max, minText, maxText]) => {
    const bounds = boundsAt({ min: 2, max: 20, schedules }, NOW);
    expect([bounds.min, bounds.max]).toEqual([min, max]);
    expect(bounds.minBy.detail).toContain(minText);
    expect(bounds.maxBy.detail).toContain(maxText);
    expect(bounds.minBy.limit).toBe(minText.startsWith('schedule') ? 'schedule' : 'min');
    expect(bounds.maxBy.limit).toBe(maxText.startsWith('schedule') ? 'schedule' : 'max');
  });

  const order = (kind: CapacityOrder['kind'], count: number): CapacityOrder => ({
    kind,
    count,
    by: 'ann',
    reason: 'sale',
    at: secondsAgo(60),
    until: inSeconds(60),
  });
  it.each<[string, number, CapacityOrder | null, number, readonly string[]]>([
    ['inside', 7, null, 7, []],
    ['at the minimum', 2, null, 2, []],
    ['below the minimum', 1, null, 2, ['min']],
    ['at the maximum', 8, null, 8, []],
    ['above the maximum', 9, null, 8, ['max']],
    ['at least fewer', 7, order('at-least', 6), 7, []],
    ['at least more', 5, order('at-least', 6), 6, ['order']],
    ['at least more than the maximum', 5, order('at-least', 9), 8, ['order', 'max']],
    ['exactly fewer', 7, order('exactly', 4), 4, ['order']],
    ['exactly more', 3, order('exactly', 4), 4, ['order']],
    ['exactly what is wanted', 4, order('exactly', 4), 4, []],
    ['exactly nobody', 4, order('exactly', 0), 2, ['order', 'min']],
  ])('confine: %s', (...[, count, given, expected, limits]) => {
    const bounds = boundsAt({ min: 2, max: 8, schedules: [] }, NOW);
    const bounded = confine(count, { order: given, floor: null }, bounds);
    expect(bounded.count).toBe(expected);
    expect(bounded.held.map(({ limit }) => limit)).toEqual(limits);
  });

  it('say whose order it is', () => {
    const bounds = boundsAt({ min: 2, max: 8, schedules: [] }, NOW);
    const said = (kind: CapacityOrder['kind']) =>
      confine(3, { order: order(kind, 6), floor: null }, bounds).held[0]?.detail;
    expect(said('at-least')).toBe('ann ordered at least 6: sale.');
    expect(said('exactly')).toBe('ann ordered exactly 6: sale.');
  });
});
