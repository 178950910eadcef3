import { type LoadCount, type LoadSecond } from '../local/traffic/load-report';

/** A service counts as healed while fewer than 1 % of requests fail, taken over this many seconds. */
const WINDOW_SECONDS = 3;
/** As many windows in a row must be good at the end: a few lucky seconds of a gray backend are no recovery. */
const GOOD_AT_THE_END = 5;

/**
 * Seconds from `faultSecond` until fewer than 1 % of requests fail and it stays so to the end, seven seconds at least; null when the load
 * ends before that, 0 when it never was worse.
 *
 * Example: all requests fail from second 5 to second 11 inclusive, fault in second 5 → 7.
 */
export function secondsToHeal(seconds: readonly LoadSecond[], faultSecond: number): number | null {
  const last = Math.max(faultSecond, ...seconds.map(({ second }) => second)) - WINDOW_SECONDS + 1;
  const starts = Array.from(
    { length: Math.max(0, last - faultSecond + 1) },
    (_, index) => faultSecond + index,
  );
  const bad = starts.filter((start) =>
    isBad(countBetween(seconds, start, start + WINDOW_SECONDS - 1)),
  );
  const lastBad = bad.at(-1);
  if (lastBad === undefined) return starts.length === 0 ? null : 0;
  return lastBad > last - GOOD_AT_THE_END ? null : lastBad + 1 - faultSecond;
}

const isBad = ({ requests, failed }: LoadCount): boolean => failed > 0 && failed * 100 >= requests;

/** Requests and failures from one second of the load to another, both inclusive. */
export function countBetween(seconds: readonly LoadSecond[], from: number, to: number): LoadCount {
  const inside = seconds.filter(({ second }) => second >= from && second <= to);
  return {
    requests: inside.reduce((sum, each) => sum + each.requests, 0),
    failed: inside.reduce((sum, each) => sum + each.failed, 0),
  };
}
