import { type Schedule, type Weekday } from '../domain/scale-policy';

/** Days as the file writes them, Monday first. */
export const WEEK = [
  'mon',
  'tue',
  'wed',
  'thu',
  'fri',
  'sat',
  'sun',
] as const satisfies readonly Weekday[];

const DAY_MINUTES = 1440;
const WEEK_MINUTES = 7 * DAY_MINUTES;
/** A Wednesday in winter and one in summer: between them every zone shows each of its offsets. */
const SEASONS = [Date.UTC(2026, 0, 14, 12), Date.UTC(2026, 6, 15, 12)];

/** From and to, in minutes since Monday 00:00; `to` may lie in the next week. */
type Span = readonly [from: number, to: number];

/** Minutes that clocks in a zone are ahead of UTC. Example: Asia/Shanghai 480. */
function offsetOf(timeZone: string, at: number): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at);
  const read = (type: string): number => Number(parts.find((part) => part.type === type)?.value);
  const shown = (read('day') * 24 + read('hour')) * 60 + read('minute');
  const utc = new Date(at);
  return shown - ((utc.getUTCDate() * 24 + utc.getUTCHours()) * 60 + utc.getUTCMinutes());
}

/** When a schedule holds in a week; `ahead` moves its clock to UTC. */
function spansOf({ days, fromMinute, toMinute }: Schedule, ahead: number): readonly Span[] {
  const length =
    toMinute > fromMinute ? toMinute - fromMinute : toMinute + DAY_MINUTES - fromMinute;
  return days.map((day) => {
    const from =
      (WEEK.indexOf(day) * DAY_MINUTES + fromMinute - ahead + WEEK_MINUTES) % WEEK_MINUTES;
    return [from, from + length];
  });
}

const meets = ([from, to]: Span, [start, end]: Span): boolean => from < end && start < to;

/** The same span also a week later and earlier, so that a week has no edge. */
const around = ([from, to]: Span): readonly Span[] =>
  [-WEEK_MINUTES, 0, WEEK_MINUTES].map((shift): Span => [from + shift, to + shift]);

/**
 * Whether two schedules hold at the same time at least once a week, in winter or in summer where their zones differ.
 *
 * Example: Friday 22:00 to 06:00 and Saturday 05:00 to 07:00 in one zone: yes.
 */
export function doOverlap(one: Schedule, other: Schedule): boolean {
  const isSameZone = one.timeZone === other.timeZone;
  return SEASONS.some((at) => {
    const [ahead, otherAhead] = isSameZone
      ? [0, 0]
      : [offsetOf(one.timeZone, at), offsetOf(other.timeZone, at)];
    const spans = spansOf(one, ahead).flatMap(around);
    return spansOf(other, otherAhead).some((span) => spans.some((each) => meets(each, span)));
  });
}
