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
  const kind = since(sampledAt, now) <= freshFor ? 'ok' : 'stale';
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
