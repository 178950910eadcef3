import { type TickRequest } from '../domain/tick';
import { instant, plus, type Instant } from '../domain/units';

/** The longest a write may take, the load balancer's configuration lock included (0.2–2 s each, two or three in a row). */
const WRITE_SPAN_MS = 10_000;

/** Time below which a write is not worth starting: one round trip and its read-back. */
export const WRITE_SPAN_MIN_MS = 1_000;

/**
 * When a write that starts now must have ended, or null when it must not be sent at all: a write may never outlive the
 * lease, because cloud writes cannot be fenced.
 *
 * Example: lease until 12:00:08, tick until 12:00:30, now 12:00:00 → 12:00:08.
 */
export function writeDeadline(
  request: Pick<TickRequest, 'deadline' | 'lease'>,
  now: Instant,
): Instant | null {
  const end = instant(
    Math.min(plus(now, WRITE_SPAN_MS), request.deadline, request.lease.expiresAt),
  );
  return end - now >= WRITE_SPAN_MIN_MS ? end : null;
}
