import { EMPTY_MEMORY, type PoolMemory } from '../domain/memory';
import { type DrainOrder, type InstanceFacts } from '../domain/pool';
import { type Reading } from '../domain/reading';
import { DRAIN_TAG, drainsKey, liftedKey, memoryKey } from '../domain/store-keys';
import { type Instant, instant } from '../domain/units';
import { type Log } from '../ports/log';
import { type Ports } from '../ports/ports';
import { type StoredDocument } from '../ports/state-store';
import { isReadableLifting, isReadableMemory, isReadableOrder } from './readable-memory';

export interface ObservedMemory {
  readonly memory: PoolMemory;
  readonly isStored: boolean;
  /** Null when the store holds no orders, not even an empty list: then it may have been lost. */
  readonly drainOrders: readonly DrainOrder[] | null;
  /** When an instance's order was taken back last. */
  readonly liftedAt: Readonly<Record<string, Instant>>;
}

/**
 * What earlier ticks and people left in the store. A document that cannot be understood counts as lost, and the log says
 * so. Throws `StoreUnavailable`: nothing may be written without it.
 */
export async function observeMemory(
  poolName: string,
  { store, log }: Pick<Ports, 'store' | 'log'>,
): Promise<ObservedMemory> {
  const [memory, drains, lifted] = await Promise.all([
    store.read(memoryKey(poolName)),
    store.read(drainsKey(poolName)),
    store.read(liftedKey(poolName)),
  ]);
  const known = lastMemory(memory, poolName, log);
  return {
    memory: known ?? EMPTY_MEMORY,
    isStored: known !== null,
    drainOrders: readableOrders(drains?.value, poolName, log),
    liftedAt: isReadableLifting(lifted?.value) ? lifted.value : {},
  };
}

/**
 * Null when there is none that counts. One that lacks what we wrote last would take it for a person's doing; the tags lack
 * nothing.
 */
function lastMemory(
  document: StoredDocument | null,
  poolName: string,
  log: Log,
): PoolMemory | null {
  if (document === null) return null;
  const { value, isDoubtful = false } = document;
  if (isReadableMemory(value) && !isDoubtful) return value;
  const why = isDoubtful ? 'may not be the newest' : 'cannot be understood';
  log.error(`the stored memory ${why}; it is rebuilt from tags`, { pool: poolName });
  return null;
}

function readableOrders(value: unknown, poolName: string, log: Log): readonly DrainOrder[] | null {
  if (value === undefined) return null;
  const orders: readonly unknown[] | null = Array.isArray(value) ? value : null;
  const readable = orders?.filter(isReadableOrder) ?? null;
  if (orders === null || readable?.length !== orders.length)
    log.error('drain orders in the store cannot be understood', { pool: poolName });
  return readable;
}

/**
 * Orders from the store, and those on the instances' tags that it does not know: the store may have been lost, or the order given where
 * another one is used. A tag older than the lifting that the store remembers orders nothing. One that cannot be understood orders
 * nothing either, and the log says so.
 */
export function drainOrdersOf(
  stored: ObservedMemory,
  facts: ReadonlyMap<string, Reading<InstanceFacts>>,
  log: Log,
  now: Instant,
): readonly DrainOrder[] {
  const own = (stored.drainOrders ?? []).filter(({ isFromTag }) => isFromTag !== true);
  const tagged = [...facts].flatMap(([instanceId, read]) => {
    const tag = read.kind === 'missing' ? undefined : read.value.tags[DRAIN_TAG];
    if (tag === undefined) return [];
    const order = orderFromTag(instanceId, tag, now);
    if (order === null) log.error('a drain tag cannot be understood', { instanceId });
    return order === null ? [] : [order];
  });
  const unseen = (stored.drainOrders ?? []).filter(
    ({ instanceId, isFromTag }) =>
      isFromTag === true && (facts.get(instanceId)?.kind ?? 'missing') === 'missing',
  );
  const others = [...tagged, ...unseen].filter(
    ({ instanceId, at }) =>
      at > (stored.liftedAt[instanceId] ?? -1) &&
      !own.some((order) => order.instanceId === instanceId && order.at >= at),
  );
  const isReplaced = ({ instanceId }: DrainOrder): boolean =>
    others.some((order) => order.instanceId === instanceId);
  return [...own.filter((order) => !isReplaced(order)), ...others];
}

const ORDER = /^(?<until>\d{0,15})(?:@(?<at>[0-9a-z]{1,9}))?;(?<by>[^;]+)(?:;(?<reason>.*))?$/su;

/**
 * `until@at;by;reason`, where `until` is epoch milliseconds or empty and `at` epoch milliseconds in base 36 or absent. Example:
 * `@mfk3a2b0;alice;kernel update`. Null of anything else.
 */
function orderFromTag(instanceId: string, tag: string, now: Instant): DrainOrder | null {
  const groups = ORDER.exec(tag)?.groups;
  if (groups === undefined) return null;
  const { until = '', by = '', reason = '' } = groups;
  const at = parseInt(groups['at'] ?? '0', 36);
  const expires = until === '' ? null : instant(Number(until));
  const givenAt = instant(at > now ? 0 : at);
  return { instanceId, by, reason, at: givenAt, until: expires, isFromTag: true };
}

/** The tag that `orderFromTag` reads back, cut to the 128 characters that a tag value may have. */
export const drainTag = (order: DrainOrder): string =>
  `${order.until ?? ''}@${order.at.toString(36)};${order.by};${order.reason}`.slice(0, 128);
