import { type LoadSecond } from '../local/traffic/load-report';

/** Clients count as moved when so many of their requests, in permille, go elsewhere, taken over so many seconds. */
const MOVED_SHARE = 950;
const WINDOW_SECONDS = 3;

/**
 * Seconds from `since`, a second of the load, until 95 % of the requests go to other addresses than `lost`, and it stays so to the end;
 * null when it does not. A request that found no address at all has not moved.
 *
 * Example: half of the requests go to the lost address up to second 40 and none from second 41 on, lost in second 30 → 11.
 */
export function secondsToShift(
  seconds: readonly LoadSecond[],
  lost: string,
  since: number,
): number | null {
  const last = Math.max(since, ...seconds.map(({ second }) => second)) - WINDOW_SECONDS + 1;
  const starts = Array.from({ length: Math.max(0, last - since + 1) }, (_, index) => since + index);
  const lastStaying = starts.filter((start) => !hasMoved(seconds, lost, start)).at(-1);
  if (starts.length === 0 || lastStaying === last) return null;
  return lastStaying === undefined ? 0 : lastStaying + 1 - since;
}

function hasMoved(seconds: readonly LoadSecond[], lost: string, start: number): boolean {
  const inside = seconds.filter(({ second }) => second >= start && second < start + WINDOW_SECONDS);
  const all = inside.reduce((sum, { requests }) => sum + requests, 0);
  const elsewhere = inside
    .flatMap(({ addresses = {} }) => Object.entries(addresses))
    .filter(([address]) => address !== lost)
    .reduce((sum, [, { requests }]) => sum + requests, 0);
  return elsewhere * 1000 >= all * MOVED_SHARE;
}
