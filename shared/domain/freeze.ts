import { type Freeze } from './failover/name-snapshot';
import { type Instant, isInstant, plus } from './units';

/** A document of the store is a freeze as this version writes it. */
export function isFreeze(value: unknown): value is Freeze {
  if (typeof value !== 'object' || value === null) return false;
  const { by, reason, at, until } = value as Readonly<Record<string, unknown>>;
  return typeof by === 'string' && typeof reason === 'string' && isInstant(at) && isInstant(until);
}

/** What cannot be understood holds for this long from each look on, until somebody takes it back. */
const UNREADABLE_MS = 15 * 60_000;

/** Stands for whoever wrote what cannot be understood. */
export const UNKNOWN_OWNER = 'unknown';

/**
 * The freeze that a document of the store stands for; null when it is over or was taken back. One that cannot be understood freezes: a
 * person meant to stop something, and to go on would be the mistake that cannot be taken back. Where its end can be read, that counts.
 */
export function freezeIn(value: unknown, now: Instant): Freeze | null {
  if (value === null || value === undefined) return null;
  if (isFreeze(value)) return value.until > now ? value : null;
  const end: unknown = typeof value === 'object' && 'until' in value ? value.until : undefined;
  const until = isInstant(end) ? end : plus(now, UNREADABLE_MS);
  const reason = 'the freeze in the store cannot be understood; unfreeze ends it';
  return until > now ? { by: UNKNOWN_OWNER, reason, at: now, until } : null;
}

/** Of several freezes the one that lasts longest; null when none holds any more. */
export const longestFreeze = (freezes: readonly Freeze[], now: Instant): Freeze | null =>
  freezes
    .filter(({ until }) => until > now)
    .reduce<Freeze | null>(
      (best, each) => (best === null || each.until > best.until ? each : best),
      null,
    );
