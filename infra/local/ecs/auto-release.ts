import { VendorError } from '../contracts';

const SOONEST_MS = 30 * 60_000;
const LATEST_MS = 3 * 365 * 86_400_000;
const MINUTE_MS = 60_000;

/**
 * When an instance releases itself: whole minutes, half an hour to three years ahead. Empty text means never. Throws 400
 * `InvalidAutoReleaseTime.Malformed`.
 *
 * Example: `2026-01-01T01:00:30Z` at midnight gives one o'clock.
 */
export function readAutoReleaseTime(text: string | undefined, now: number): number | undefined {
  if (text === undefined || text === '') return undefined;
  const at = Date.parse(text);
  const minute = at - (at % MINUTE_MS);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z$/.test(text) || !isAhead(minute, now))
    throw new VendorError(
      400,
      'InvalidAutoReleaseTime.Malformed',
      'The specified AutoReleaseTime is malformed or out of range.',
    );
  return minute;
}

/** The minute may have begun: what counts is that the time as it was asked for lies ahead. */
const isAhead = (minute: number, now: number): boolean =>
  minute + MINUTE_MS > now + SOONEST_MS && minute <= now + LATEST_MS;
