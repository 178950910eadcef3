/** How the vendor's services write times. All take milliseconds since the epoch. */

/** `2026-01-01T04:04Z`: ECS rounds creation and start times down to the minute. */
export const minuteText = (at: number): string => `${new Date(at).toISOString().slice(0, 16)}Z`;

/** `2026-01-01T04:04:05Z`. */
export const secondText = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

const CHINA_OFFSET_MS = 8 * 3_600_000;
const chinaIso = (at: number): string => new Date(at + CHINA_OFFSET_MS).toISOString().slice(0, 23);

/** `20260101T120405.922+0800`: event times in CloudMonitor's own callbacks, always UTC+8. */
export const compactChinaText = (at: number): string => `${chinaIso(at).replace(/[-:]/g, '')}+0800`;

/** `2026-01-01T12:04:05.922+08:00`: the `time` of a CloudEvent. */
export const chinaText = (at: number): string => `${chinaIso(at)}+08:00`;

/** Minutes since midnight in UTC+8, the zone of effective intervals. */
export const chinaMinuteOfDay = (at: number): number =>
  Math.floor(((at + CHINA_OFFSET_MS) % 86_400_000) / 60_000);

/** `2026-01` in UTC+8, the month by which calls are counted. */
export const chinaMonth = (at: number): string => chinaIso(at).slice(0, 7);
