import { type Lease } from '../domain/tick';
import { type Instant, millis } from '../domain/units';
import { type Ports } from '../ports/ports';
import { WRITE_SPAN_MIN_MS } from './call-window';

const RETRY_MS = millis(200);

/**
 * Takes a lock that other pools' workers may hold for a moment: the write slot of a load balancer, or an instance being
 * repaired. Waits while a write could still be done before `deadline`; null means that it stayed taken. Locks run out by
 * themselves shortly after `deadline`.
 */
export async function holdLock(
  name: string,
  holder: string,
  deadline: Instant,
  ports: Pick<Ports, 'store' | 'clock'>,
): Promise<Lease | null> {
  for (;;) {
    const now = ports.clock.now();
    if (now + WRITE_SPAN_MIN_MS > deadline) return null;
    const lease = await ports.store.acquireLease(name, holder, millis(deadline - now + 1000));
    if (lease !== null) return lease;
    await ports.clock.sleep(RETRY_MS);
  }
}
