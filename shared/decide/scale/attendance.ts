import { type ScaleMemory } from '../../domain/scale-memory';
import { type ScalePolicy } from '../../domain/scale-policy';
import { floorDiv, type Instant, since } from '../../domain/units';

/** Two turns of the one-minute timer: less is no break. */
const BREAK_MS_MIN = 120_000;

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
): NonNullable<ScaleMemory['attended']> {
  const { from, to } = attended ?? { from: knownSince ?? now, to: now };
  const half = floorDiv(scale?.launch.registrationTimeoutMs ?? 0, 2);
  const isBreak = since(to, now) > Math.max(BREAK_MS_MIN, half);
  return { from: isBreak ? now : from, to: now };
}
