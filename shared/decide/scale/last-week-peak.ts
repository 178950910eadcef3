import { type ScaleMemory } from '../../domain/scale-memory';
import { floorDiv, type Instant } from '../../domain/units';

type Peaks = ScaleMemory['peaks'];

const HOUR_MS = 3_600_000;
const WEEK_MS = 168 * HOUR_MS;
/** 1970-01-01 was a Thursday: the week that began on Monday was three days old. */
const MONDAY_MS = 72 * HOUR_MS;

/** Whole weeks since the Monday before 1970. */
export const weekOf = (at: Instant): number => floorDiv(at + MONDAY_MS, WEEK_MS);

/** Hour of the week in UTC; 0 is Monday 00:00 to 01:00. */
export const hourOfWeek = (at: Instant): number => floorDiv((at + MONDAY_MS) % WEEK_MS, HOUR_MS);

/** Instances that the same hour of the same weekday needed a week ago; null where that is not known. */
export function peakLastWeek(peaks: Peaks, now: Instant): number | null {
  const entry = peaks[hourOfWeek(now)];
  if (entry === undefined) return null;
  const age = weekOf(now) - entry.week;
  if (age === 0) return entry.before;
  return age === 1 ? entry.needed : null;
}

/** The peaks with what is needed now. Example: 7 after 5 in the same hour keeps 7; a week later it is what was before. */
export function rememberPeak(peaks: Peaks, now: Instant, needed: number | null): Peaks {
  if (needed === null) return peaks;
  const [hour, week] = [hourOfWeek(now), weekOf(now)];
  const entry = peaks[hour];
  return entry?.week === week
    ? { ...peaks, [hour]: { ...entry, needed: Math.max(entry.needed, needed) } }
    : { ...peaks, [hour]: { week, needed, before: peakLastWeek(peaks, now) } };
}
