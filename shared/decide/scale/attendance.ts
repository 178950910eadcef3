import { type Attended, type ScaleMemory } from '../../domain/scale-memory';
import { type ScalePolicy } from '../../domain/scale-policy';
import { floorDiv, type Instant, instant, since } from '../../domain/units';

/** Two turns of the one-minute timer: less is no break. */
const BREAK_MS_MIN = 120_000;

/** One more than an outage is likely to have. */
const BREAKS_KEPT = 3;

/**
 * The looks without a long break up to this one. Whoever came while nobody looked could not be put into service, and is not too late for
 * it: neither the store's outage nor that of the cloud's lists is the instance's fault. A break is longer than half of the time that a
 * launched instance has, so that it always has the other half under our eyes.
 *
 * Example: 15 minutes to be in service, looks at 10:00, 10:01 and 12:00 → from 12:00 on; at 12:01 still from 12:00 on.
 */
export function attendance(
  { attended, knownSince }: Pick<ScaleMemory, 'attended' | 'knownSince'>,
  scale: Pick<ScalePolicy, 'launch'> | undefined,
  now: Instant,
): Attended {
  const { from, to, afterBreaks } = attended ?? { from: knownSince ?? now, to: now };
  const half = floorDiv(scale?.launch.registrationTimeoutMs ?? 0, 2);
  const isBreak = since(to, now) > Math.max(BREAK_MS_MIN, half);
  if (isBreak) return { from: now, to: now, afterBreaks: lastBreaks(now, afterBreaks) };
  return { from, to: now, ...(afterBreaks !== undefined && { afterBreaks }) };
}

const lastBreaks = (now: Instant, before: readonly Instant[] = []): readonly Instant[] =>
  [now, ...before].slice(0, BREAKS_KEPT);

/**
 * Since when somebody has been there to put into service who has been coming since then. Breaks that come again and again are no outage,
 * but a slow timer: whoever was found at the end of three of them, and could be put into service at none, has had its chances.
 *
 * Example: 8 minutes to be in service and a look every 5: launched at 10:00, seen at 10:05, 10:10 and 10:15 → from 10:00 on.
 */
export function attendedSince(comingSince: Instant, attended: Attended | undefined): Instant {
  const ends = (attended?.afterBreaks ?? []).filter((at) => at >= comingSince);
  return ends.length >= BREAKS_KEPT
    ? comingSince
    : instant(Math.max(comingSince, attended?.from ?? comingSince));
}
