import { type TickLine } from '../api';
import { type Language } from './words';

/**
 * How long something lasts, in the largest sensible unit. Example: 75 s is `75 s`, 4,000 s is `67 min`, 200,000 s is `2 d`; in Chinese
 * `75 秒`, `67 分钟`, `2 天`.
 */
export function spanText(ms: number, language: Language): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const units = language === 'zh' ? ['秒', '分钟', '小时', '天'] : ['s', 'min', 'h', 'd'];
  const [count, unit] =
    seconds < 100
      ? [seconds, 0]
      : seconds < 6000
        ? [Math.round(seconds / 60), 1]
        : seconds < 2 * 86_400
          ? [Math.round(seconds / 3600), 2]
          : [Math.round(seconds / 86_400), 3];
  return `${count} ${units[unit] ?? ''}`;
}

/** What no calendar has, as what somebody else wrote into the store may be. */
const isNoTime = (at: number): boolean => Number.isNaN(new Date(at).getTime());

/** For `dateTime` of an element; undefined for a time that no calendar has. Example: `2026-11-20T22:31:04.000Z`. */
export const isoText = (at: number): string | undefined =>
  isNoTime(at) ? undefined : new Date(at).toISOString();

/** Date and time as the reader’s place writes them; empty for a time that no calendar has. */
export const longText = (at: number): string => (isNoTime(at) ? '' : new Date(at).toLocaleString());

/**
 * Time of day where the reader is; with the date when it was another day; `–` for a time that no calendar has. Example: `22:31:04`,
 * `11-20 22:31`.
 */
export function timeText(at: number, now: number): string {
  if (isNoTime(at)) return '–';
  const time = new Date(at);
  const pad = (value: number): string => String(value).padStart(2, '0');
  const clock = `${pad(time.getHours())}:${pad(time.getMinutes())}`;
  if (new Date(now).toDateString() === time.toDateString())
    return `${clock}:${pad(time.getSeconds())}`;
  return `${pad(time.getMonth() + 1)}-${pad(time.getDate())} ${clock}`;
}

/** Whole permille as per cent. Example: 667 → `66.7 %`. */
export const shareText = (permille: number): string => `${permille / 10} %`;

/** One entry of the timeline: a tick that has something to tell, or a run of such that had not. */
export type TimelineEntry =
  | { readonly kind: 'tick'; readonly tick: TickLine }
  | {
      readonly kind: 'quiet';
      /** The newest of them. */
      readonly tick: TickLine;
      readonly oldestAt: number;
      readonly count: number;
    };

const isQuiet = ({ steps, withheld, summary }: TickLine): boolean =>
  steps === 0 && withheld === 0 && summary === 'nothing to do';

/** Ticks, newest first, with runs of uneventful ones put together. Example: acted, quiet, quiet, acted → acted, 2 quiet, acted. */
export function timelineEntries(ticks: readonly TickLine[]): readonly TimelineEntry[] {
  const entries: TimelineEntry[] = [];
  for (const tick of ticks) {
    const last = entries.at(-1);
    if (!isQuiet(tick)) entries.push({ kind: 'tick', tick });
    else if (last?.kind !== 'quiet')
      entries.push({ kind: 'quiet', tick, oldestAt: tick.at, count: 1 });
    else entries[entries.length - 1] = { ...last, oldestAt: tick.at, count: last.count + 1 };
  }
  return entries;
}

/**
 * Which rows of a long list are drawn: those in sight, and some on both sides. Example: 2,000 rows of 34 px scrolled to 3,400 in a
 * window of 680 px → rows 92 to 127.
 */
export function rowsInSight(
  count: number,
  rowHeight: number,
  scrolledTo: number,
  height: number,
): { readonly first: number; readonly end: number } {
  const margin = 8;
  const first = Math.max(0, Math.floor(scrolledTo / rowHeight) - margin);
  const end = Math.min(count, Math.ceil((scrolledTo + height) / rowHeight) + margin);
  return { first: Math.min(first, Math.max(0, count - 1)), end };
}
