import { type ScaleMemory } from '../../domain/scale-memory';
import { type Instant, since } from '../../domain/units';

type Serving = ScaleMemory['serving'];

/** No figure is believed that is older: the longest that a policy may call fresh. */
const KEPT_MS = 3_600_000;

/**
 * How many served at an instant. A figure comes one or two minutes late; dividing it by who serves now would call for the
 * same capacity twice. Before the first entry the first one counts, without any entry `now`.
 *
 * Example: 10 since 12:00, 15 since 12:03 → at 12:02 10, at 12:03 15, at 11:00 10.
 */
export function servingAt(serving: Serving, at: Instant, now: number): number {
  const entry = serving.find((each) => each.at <= at) ?? serving.at(-1);
  return entry?.count ?? now;
}

/**
 * The fewest that served at any time since an instant. Who was away meanwhile had a figure of somebody who does nothing.
 *
 * Example: 4 since 12:00, none since 12:10, 4 since 12:12 → since 12:11 none, since 12:13 four.
 */
export function fewestServingSince(serving: Serving, at: Instant, now: number): number {
  const later = serving.filter((each) => each.at > at).map(({ count }) => count);
  return Math.min(servingAt(serving, at, now), ...later);
}

/** The history with what serves now: one entry for each change, and the one that held an hour ago. */
export function rememberServing(serving: Serving, now: Instant, count: number): Serving {
  const all = serving[0]?.count === count ? serving : [{ at: now, count }, ...serving];
  const firstTooOld = all.findIndex(({ at }) => since(at, now) >= KEPT_MS);
  return firstTooOld === -1 ? all : all.slice(0, firstTooOld + 1);
}
