import { type Evacuation, evacuationAt } from '../domain/evacuation';
import { evacuationKey } from '../domain/store-keys';
import { type Ports } from '../ports/ports';
import { isReadableEvacuation } from './readable-memory';

/** The order to leave a zone as the store keeps it, unless it is over; one that cannot be understood is none, and the log says so. */
export async function observeEvacuation(
  poolName: string,
  { store, log, clock }: Pick<Ports, 'store' | 'log' | 'clock'>,
): Promise<Evacuation | null> {
  const stored = await store.read(evacuationKey(poolName));
  if (stored === null || stored.value === null) return null;
  if (isReadableEvacuation(stored.value)) return evacuationAt(stored.value, clock.now()) ?? null;
  log.error('the evacuation in the store cannot be understood', { pool: poolName });
  return null;
}
