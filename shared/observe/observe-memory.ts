import { EMPTY_MEMORY, type PoolMemory } from '../domain/memory';
import { type DrainOrder, type InstanceFacts } from '../domain/pool';
import { type Reading } from '../domain/reading';
import { DRAIN_TAG, drainsKey, memoryKey } from '../domain/store-keys';
import { instant } from '../domain/units';
import { type Log } from '../ports/log';
import { type Ports } from '../ports/ports';
import { isReadableMemory, isReadableOrder } from './readable-memory';

export interface ObservedMemory {
  readonly memory: PoolMemory;
  readonly isStored: boolean;
  /** Null when the store holds no orders, not even an empty list: then it may have been lost. */
  readonly drainOrders: readonly DrainOrder[] | null;
}

/**
 * What earlier ticks and people left in the store. A document that cannot be understood counts as lost, and the log says
 * so. Throws `StoreUnavailable`: nothing may be written without it.
 */
export async function observeMemory(
  poolName: string,
  { store, log }: Pick<Ports, 'store' | 'log'>,
): Promise<ObservedMemory> {
  const [memory, drains] = await Promise.all([
    store.read(memoryKey(poolName)),
    store.read(drainsKey(poolName)),
  ]);
  const isStored = isReadableMemory(memory?.value);
  if (memory !== null && !isStored)
    log.error('the stored memory cannot be understood; it is rebuilt from tags', {
      pool: poolName,
    });
  return {
    memory: isReadableMemory(memory?.value) ? memory.value : EMPTY_MEMORY,
    isStored,
    drainOrders: readableOrders(drains?.value, poolName, log),
  };
}

function readableOrders(value: unknown, poolName: string, log: Log): readonly DrainOrder[] | null {
  if (value === undefined) return null;
  const orders: readonly unknown[] | null = Array.isArray(value) ? value : null;
  const readable = orders?.filter(isReadableOrder) ?? null;
  if (orders === null || readable?.length !== orders.length)
    log.error('drain orders in the store cannot be understood', { pool: poolName });
  return readable;
}

/** Orders from the store; those on the instances' tags where the store has none, because it was lost. */
export function drainOrdersOf(
  stored: ObservedMemory,
  facts: ReadonlyMap<string, Reading<InstanceFacts>>,
): readonly DrainOrder[] {
  if (stored.drainOrders !== null) return stored.drainOrders;
  return [...facts].flatMap(([instanceId, read]) => {
    const tag = read.kind === 'missing' ? undefined : read.value.tags[DRAIN_TAG];
    return tag === undefined ? [] : [orderFromTag(instanceId, tag)];
  });
}

/** `until;by;reason`, where `until` is epoch milliseconds or empty. Example: `;alice;kernel update`. */
function orderFromTag(instanceId: string, tag: string): DrainOrder {
  const [until = '', by = 'unknown', ...reason] = tag.split(';');
  const expires = /^\d{1,15}$/.test(until) ? instant(Number(until)) : null;
  return { instanceId, by, reason: reason.join(';'), at: instant(0), until: expires };
}

/** The tag that `orderFromTag` reads back, cut to the 128 characters that a tag value may have. */
export const drainTag = (order: DrainOrder): string =>
  `${order.until ?? ''};${order.by};${order.reason}`.slice(0, 128);
