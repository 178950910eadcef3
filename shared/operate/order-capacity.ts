import { type CapacityOrder } from '../domain/capacity';
import { type PoolPolicy } from '../domain/policy';
import { capacityKey, poolLease } from '../domain/store-keys';
import { type Ports } from '../ports/ports';
import { changeDocument } from './change-document';
import { type OperatorReply } from './operator-reply';

/**
 * Writes down how many instances a person wants, or that nobody wants any number any more (`null`). The pool is marked; its
 * worker adds and removes under the guards, within the policy’s bounds.
 */
export async function orderCapacity(
  policy: PoolPolicy,
  order: CapacityOrder | null,
  by: string,
  ports: Ports,
): Promise<OperatorReply> {
  const { name: poolName, scale } = policy;
  const at = ports.clock.now();
  if (scale === undefined)
    return {
      kind: 'refused',
      code: 'not-scaled',
      message: `The policy does not scale ${poolName}: give it a scale section first.`,
    };
  if (order !== null && order.until <= at)
    return {
      kind: 'refused',
      code: 'past-time',
      message: 'The order would be over before it began.',
    };
  if (order !== null && (order.count < scale.min || order.count > scale.max))
    return {
      kind: 'refused',
      code: 'out-of-bounds',
      message: `The policy keeps ${poolName} between ${scale.min} and ${scale.max} instances; ${order.count} is outside.`,
    };
  if (!(await changeDocument(capacityKey(poolName), ports.store, () => order)))
    return {
      kind: 'refused',
      code: 'contention',
      message: `The order of ${poolName} kept changing; try again.`,
    };
  await ports.store.markDirty(poolLease(poolName), { reason: `capacity ordered by ${by}`, at });
  return { kind: 'capacity-ordered', poolName, order };
}
