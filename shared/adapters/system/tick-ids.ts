import { type Clock } from '../../ports/clock';
import { type Random } from '../../ports/random';

/**
 * Ids that sort by time and do not repeat between processes.
 *
 * Example: at 2026-11-21T03:33:00.123Z → `20261121T033300123Z-4kq0z2`.
 */
export function tickIds(clock: Clock, random: Random): () => string {
  return () => {
    const time = new Date(clock.now()).toISOString().replaceAll(/[-:.]/g, '');
    const suffix = Math.floor(random.next() * 36 ** 6)
      .toString(36)
      .padStart(6, '0');
    return `${time}-${suffix}`;
  };
}
