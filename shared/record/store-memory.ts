import { type PoolMemory } from '../domain/memory';
import { memoryKey } from '../domain/store-keys';
import { type TickRequest } from '../domain/tick';
import { type Ports } from '../ports/ports';

/**
 * Stores a pool's memory under the tick's lease. False when a newer worker has taken over: then its view counts and this
 * one is dropped. Throws `StoreUnavailable`.
 */
export async function storeMemory(
  request: TickRequest,
  memory: PoolMemory,
  { store, log }: Pick<Ports, 'store' | 'log'>,
): Promise<boolean> {
  const key = memoryKey(request.policy.name);
  const stored = await store.read(key);
  const result = await store.compareAndSet(key, memory, stored?.version ?? null, request.lease);
  if (result === 'stored') return true;
  log.warn('the memory of this tick was not stored', { pool: request.policy.name, result });
  return false;
}
