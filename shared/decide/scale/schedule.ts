import { type Schedule, type Weekday } from '../../domain/scale-policy';
import { type Instant } from '../../domain/units';

const WEEK: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

export interface WallClock {
  readonly day: Weekday;
  /** Minutes since midnight, 0 … 1439. */
  readonly minute: number;
}

/**
 * What clocks on the wall show; null for a time zone that nobody knows. Where summer time begins, an hour of the wall clock is
 * never shown; where it ends, one is shown twice.
 *
 * Example: 2026-03-29T01:00Z in Europe/Berlin is Sunday 03:00, a minute earlier it was 01:59.
 */
export function wallClock(at: Instant, timeZone: string): WallClock | null {
  const shown = partsOf(at, timeZone);
  const day = WEEK.find((name) => name === shown['weekday']?.toLowerCase());
  if (day === undefined) return null;
  return { day, minute: Number(shown['hour']) * 60 + Number(shown['minute']) };
}

function partsOf(at: Instant, timeZone: string): Readonly<Record<string, string>> {
  try {
    const format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  } catch {
    // A policy with a misspelt zone is refused by `validate`; should one get here, healing must go on.
    return {};
  }
}

/**
 * Whether a schedule holds now. `from` is in, `to` is out; `from` at or after `to` runs over midnight into the day after, and
 * its days are those on which it begins.
 *
 * Example: Friday, 22:00 to 06:00 holds on Saturday at 05:59, and on Friday at 05:59 it does not.
 */
export function isInForce(schedule: Schedule, at: Instant): boolean {
  const clock = wallClock(at, schedule.timeZone);
  if (clock === null) return false;
  const { days, fromMinute, toMinute } = schedule;
  const { day, minute } = clock;
  const yesterday = WEEK[(WEEK.indexOf(day) + 6) % 7];
  const hasBegun = days.includes(day) && minute >= fromMinute;
  if (fromMinute < toMinute) return hasBegun && minute < toMinute;
  return hasBegun || (days.some((each) => each === yesterday) && minute < toMinute);
}
