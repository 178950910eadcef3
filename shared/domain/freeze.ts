import { type Freeze } from './failover/name-snapshot';
import { type Instant } from './units';

/** A document of the store is a freeze; whatever else it is freezes nothing. */
export function isFreeze(value: unknown): value is Freeze {
  if (typeof value !== 'object' || value === null) return false;
  const { by, reason, at, until } = value as Readonly<Record<string, unknown>>;
  return (
    typeof by === 'string' &&
    typeof reason === 'string' &&
    Number.isSafeInteger(at) &&
    Number.isSafeInteger(until)
  );
}

/** Of several freezes the one that lasts longest; null when none holds any more. */
export const longestFreeze = (freezes: readonly Freeze[], now: Instant): Freeze | null =>
  freezes
    .filter(({ until }) => until > now)
    .reduce<Freeze | null>(
      (best, each) => (best === null || each.until > best.until ? each : best),
      null,
    );
