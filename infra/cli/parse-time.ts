import { parseDuration } from '../../shared/config/notation';
import { UserError } from './user-error';

const CLOCK = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;

/**
 * An instant as a person writes it: `10:42` or `10:42:30` (the last time it was that, in local time), `15m` (that long ago),
 * or an ISO time. Returns epoch milliseconds. Throws `UserError`.
 *
 * Example: at 09:00, `10:42` is yesterday's.
 */
export function parseTime(text: string, nowMs: number): number {
  const clock = CLOCK.exec(text);
  if (clock !== null) return lastTime(clock, nowMs);
  const span = parseDuration(text);
  if (span !== undefined) return nowMs - span;
  const parsed = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(parsed))
    throw new UserError(
      'usage',
      `${text} is not a time: use 10:42, 15m (ago) or 2026-03-01T10:42:00Z.`,
    );
  return parsed;
}

function lastTime([, hours, minutes, seconds]: RegExpExecArray, nowMs: number): number {
  const at = new Date(nowMs);
  at.setHours(Number(hours), Number(minutes), Number(seconds ?? 59), 999);
  if (seconds !== undefined) at.setMilliseconds(0);
  if (at.getTime() > nowMs && !isSameMinute(at, nowMs)) at.setDate(at.getDate() - 1);
  return at.getTime();
}

const isSameMinute = (at: Date, nowMs: number): boolean =>
  Math.floor(at.getTime() / 60_000) === Math.floor(nowMs / 60_000);
