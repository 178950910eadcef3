import { type PoolPolicy } from './policy';
import { type PoolSnapshot } from './pool';

/**
 * The pool lost more members than allowed since they were last counted.
 *
 * Example: 10 before, 6 now, 300 ‰ allowed → 400 ‰ lost: dropped.
 */
export function hasInventoryDropped(pool: PoolSnapshot, policy: PoolPolicy): boolean {
  const before = pool.memory.memberCount ?? 0;
  return (before - pool.backends.length) * 1000 > policy.guards.inventoryDrop * before;
}
