import { CloudError } from '../domain/cloud-error';
import { type DrainOrder } from '../domain/pool';
import { type PoolPolicy } from '../domain/policy';
import { DRAIN_TAG, drainsKey, liftedKey, poolLease } from '../domain/store-keys';
import { type Instant } from '../domain/units';
import { drainTag } from '../observe/observe-memory';
import { isReadableLifting, isReadableOrder } from '../observe/readable-memory';
import { type Ports } from '../ports/ports';
import { changeDocument } from './change-document';
import { type OperateContext } from './operate-context';
import { type OperatorReply } from './operator-reply';

type Orders = readonly DrainOrder[];

/**
 * Writes a person's order down: in the store, then as a tag on the instance, so that losing the store loses nothing. The pool is
 * marked; its worker does the draining under the guards. A repeated order replaces the earlier one.
 */
export async function orderDrain(
  policy: PoolPolicy,
  order: DrainOrder,
  context: OperateContext,
): Promise<OperatorReply> {
  const { ports } = context;
  const { name: poolName } = policy;
  if (order.until !== null && order.until <= order.at)
    return {
      kind: 'refused',
      code: 'past-time',
      message: 'The order would be over before it began.',
    };
  if (!(await isMember(policy, order.instanceId, context)))
    return {
      kind: 'refused',
      code: 'unknown-instance',
      message: `${order.instanceId} is not a member of ${poolName}.`,
    };
  const isStored = await changeOrders(poolName, ports, (orders) => [
    ...orders.filter((one) => one.instanceId !== order.instanceId && isCurrent(one, order.at)),
    order,
  ]);
  if (!isStored) return contention(poolName);
  const { deadline } = context;
  const isTagged = await isDone(ports, async () =>
    ports.compute.tag(order.instanceId, { [DRAIN_TAG]: drainTag(order) }, { deadline }),
  );
  await ports.store.markDirty(poolLease(poolName), {
    reason: `drain ordered by ${order.by}`,
    at: order.at,
  });
  return { kind: 'drain-ordered', poolName, order, isTagged };
}

/** Takes the order back, from the store and from the instance. Taking back what was never ordered is no error. */
export async function liftDrain(
  policy: PoolPolicy,
  { instanceId, by }: { readonly instanceId: string; readonly by: string },
  context: OperateContext,
): Promise<OperatorReply> {
  const { ports, deadline } = context;
  const { name: poolName } = policy;
  const at = ports.clock.now();
  if (!(await noteLifting(poolName, { instanceId, at }, ports))) return contention(poolName);
  let wasOrdered = false;
  const isStored = await changeOrders(poolName, ports, (orders) => {
    wasOrdered = orders.some((one) => one.instanceId === instanceId);
    return orders.filter((one) => one.instanceId !== instanceId && isCurrent(one, at));
  });
  if (!isStored) return contention(poolName);
  const isUntagged = await isDone(ports, async () =>
    ports.compute.untag(instanceId, [DRAIN_TAG], { deadline }),
  );
  await ports.store.markDirty(poolLease(poolName), { reason: `drain lifted by ${by}`, at });
  return { kind: 'drain-lifted', poolName, instanceId, wasOrdered, isUntagged };
}

const isCurrent = (order: DrainOrder, now: Instant): boolean =>
  order.until === null || order.until > now;

const contention = (poolName: string): OperatorReply => ({
  kind: 'refused',
  code: 'contention',
  message: `The orders of ${poolName} kept changing; try again.`,
});

const changeOrders = async (
  poolName: string,
  ports: Ports,
  change: (orders: Orders) => Orders,
): Promise<boolean> =>
  changeDocument(drainsKey(poolName), ports.store, (value) =>
    change(Array.isArray(value) ? value.filter(isReadableOrder) : []),
  );

/** Liftings are remembered for so many instances. */
const LIFTINGS_MAX = 200;

/** A tag that outlives the order, because it could not be removed or was read a moment ago, must not bring it back. */
const noteLifting = async (
  poolName: string,
  { instanceId, at }: { readonly instanceId: string; readonly at: Instant },
  ports: Ports,
): Promise<boolean> =>
  changeDocument(liftedKey(poolName), ports.store, (value) => {
    const others = Object.entries(isReadableLifting(value) ? value : {})
      .filter(([id]) => id !== instanceId)
      .sort(([, a], [, b]) => b - a);
    return Object.fromEntries([[instanceId, at], ...others.slice(0, LIFTINGS_MAX - 1)]);
  });

async function isMember(
  policy: PoolPolicy,
  instanceId: string,
  context: OperateContext,
): Promise<boolean> {
  const { ports, deadline } = context;
  const groups = await Promise.all(
    policy.targets.map(async (target) => ports.loadBalancer.describeMembers(target, { deadline })),
  );
  return groups.flat().some((member) => member.serverId === instanceId);
}

/** A tag that cannot be written does not undo the order. */
async function isDone({ log }: Ports, write: () => Promise<void>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    log.warn('the drain tag could not be written', { code: error.details.code });
    return error.details.reaction === 'already-so';
  }
}
