import { type Instant, type Millis, since } from './units';

/** Why there is no value. A read error is never the number 0 (promise 5). */
export type MissingReason =
  | 'never-observed'
  | 'not-configured'
  | 'read-failed'
  | 'no-datapoint'
  | 'vantage-broken'
  | 'budget-spent';

/**
 * One signal as it was seen: a value with its sample time, a value too old to act on, or its absence.
 * Zero is a value; absence is never evidence.
 */
export type Reading<T> =
  | { readonly kind: 'ok'; readonly value: T; readonly sampledAt: Instant }
  | { readonly kind: 'stale'; readonly value: T; readonly sampledAt: Instant }
  | { readonly kind: 'missing'; readonly reason: MissingReason };

/** How far ahead of ours a clock may run that stamps samples. Clocks kept by NTP differ by much less. */
export const CLOCK_SKEW_MS = 5_000;

/**
 * Whether something seen at `at` still speaks for the present. What lies further ahead than clocks differ comes from a clock that
 * was wrong, ours perhaps: nobody knows how old it is, so it counts as stale.
 *
 * Example: with a limit of 30 s, 30 s ago is fresh, 31 s ago is not; 5 s ahead is, a day ahead is not.
 */
export function isFresh(at: Instant, now: Instant, freshFor: number): boolean {
  const ageMs = since(at, now);
  return ageMs >= -CLOCK_SKEW_MS && ageMs <= freshFor;
}

/**
 * A reading judged against its freshness limit.
 *
 * Example: sampled at 12:00:00, seen at 12:03:01 with a limit of 180 s → stale.
 */
export function reading<T>(
  value: T,
  sampledAt: Instant,
  now: Instant,
  freshFor: Millis,
): Reading<T> {
  const kind = isFresh(sampledAt, now, freshFor) ? 'ok' : 'stale';
  return { kind, value, sampledAt };
}

/** A reading kept from earlier, judged by its age now: what was fresh may have become stale. */
export const judgeAgain = <T>(read: Reading<T>, now: Instant, freshFor: Millis): Reading<T> =>
  read.kind === 'missing' ? read : reading(read.value, read.sampledAt, now, freshFor);

export const missing = (reason: MissingReason): { kind: 'missing'; reason: MissingReason } => ({
  kind: 'missing',
  reason,
});

/** The value if it is fresh, else undefined. */
export const freshValue = <T>(read: Reading<T>): T | undefined =>
  read.kind === 'ok' ? read.value : undefined;

/** The value, fresh or stale, else undefined: for facts that do not decide anything dangerous. */
export const knownValue = <T>(read: Reading<T>): T | undefined =>
  read.kind === 'missing' ? undefined : read.value;
