import { floorDiv, type Instant } from '../domain/units';

/** The golden section of a thousand: steps of that share come round to every place sooner than those of any other. */
const GOLDEN_PERMILLE = 618;
const MINUTE_MS = 60_000;

/**
 * The items in the order in which they are sent for in this minute: whoever comes first gets calls while there are any, so that the
 * beginning moves on by about the golden section of them each minute. Nobody stays last: with places for one in `k`, everybody is
 * among the first within about 2.6 × `k` minutes, and after as many minutes as there are items everybody was first once.
 *
 * Example: of five, the beginnings in successive minutes are the 1st, 4th, 2nd, 5th, 3rd.
 */
export function rotated<T>(items: readonly T[], now: Instant): readonly T[] {
  const count = items.length;
  if (count < 2) return items;
  const first = ((floorDiv(now, MINUTE_MS) % count) * strideOf(count)) % count;
  return [...items.slice(first), ...items.slice(0, first)];
}

/** The whole number next to the golden section of `count` that has no divisor in common with it, so that every place is reached. */
function strideOf(count: number): number {
  let stride = Math.max(1, floorDiv(count * GOLDEN_PERMILLE, 1000));
  while (commonDivisor(stride, count) !== 1) stride -= 1;
  return stride;
}

function commonDivisor(one: number, other: number): number {
  return other === 0 ? one : commonDivisor(other, one % other);
}
