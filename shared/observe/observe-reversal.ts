import { type Reversal, reversalAt } from '../domain/reversal';
import { reversalKey } from '../domain/store-keys';
import { type Ports } from '../ports/ports';
import { isReadableReversal } from './readable-memory';

/**
 * The order to take back what healing did, as the store keeps it, unless it is over; one that cannot be understood is none, and the log
 * says so. Throws `StoreUnavailable`.
 */
export async function observeReversal(
  poolName: string,
  { store, log, clock }: Pick<Ports, 'store' | 'log' | 'clock'>,
): Promise<Reversal | null> {
  const stored = await store.read(reversalKey(poolName));
  if (stored === null || stored.value === null) return null;
  if (isReadableReversal(stored.value)) return reversalAt(stored.value, clock.now()) ?? null;
  log.error('the order to revert in the store cannot be understood', { pool: poolName });
  return null;
}
