import { type Evacuation, evacuationAt } from '../domain/evacuation';
import { type PoolPolicy } from '../domain/policy';
import { evacuationKey, evacuationTurn, poolLease } from '../domain/store-keys';
import { millis } from '../domain/units';
import { observeEvacuation } from '../observe/observe-evacuation';
import { isReadableEvacuation } from '../observe/readable-memory';
import { changeDocument } from './change-document';
import { viewEvacuation } from './evacuation-view';
import { type OperateContext } from './operate-context';
import { type EvacuationView, type OperatorReply, type PoolPlan } from './operator-reply';
import { planPool } from './plan-pool';

type Refused = Extract<OperatorReply, { kind: 'refused' }>;

/** How long somebody may take to write one order. */
const TURN_MS = millis(60_000);

/**
 * Orders that a zone be left: weight 0 for every backend there under the guards, as many instances elsewhere. With `isPlan` nothing
 * is written, and the reply says what the next tick would do. One zone of a region at a time, whichever pool it is of: the orders
 * of a region are given one after the other. A repeated order for the same zone changes how long it holds.
 */
export async function orderEvacuation(
  policy: PoolPolicy,
  order: Evacuation,
  isPlan: boolean,
  context: OperateContext,
): Promise<OperatorReply> {
  const { store } = context.ports;
  const turn = await store.acquireLease(evacuationTurn(policy.regionId), context.holder, TURN_MS);
  if (turn === null)
    return refuse('contention', `Somebody else orders an evacuation in ${policy.regionId} now.`);
  try {
    return await orderInTurn(policy, order, isPlan, context);
  } finally {
    await store.releaseLease(turn);
  }
}

async function orderInTurn(
  policy: PoolPolicy,
  order: Evacuation,
  isPlan: boolean,
  context: OperateContext,
): Promise<OperatorReply> {
  if (order.until <= order.at)
    return refuse('past-time', 'The order would be over before it began.');
  const { ports } = context;
  const present = await observeEvacuation(policy.name, ports);
  const elsewhere = await otherZone(policy, order, context);
  if (elsewhere !== null) return elsewhere;
  const evacuation = present === null ? order : { ...order, at: present.at };
  const planned = await planPool(policy, context, { evacuation });
  const view = viewEvacuation(planned);
  const impossible = whyImpossible(view, planned, policy);
  if (impossible !== null) return impossible;
  if (isPlan) return { kind: 'evacuation-planned', view };
  if (!(await changeDocument(evacuationKey(policy.name), ports.store, () => evacuation)))
    return refuse('contention', `The evacuation of ${policy.name} kept changing; try again.`);
  await mark(policy, `evacuation of ${order.zoneId} ordered by ${order.by}`, context);
  return { kind: 'evacuation-ordered', view };
}

const refuse = (code: Refused['code'], message: string): Refused => ({
  kind: 'refused',
  code,
  message,
});

/** Another zone of the region that is being left already, by this pool or another one. */
async function otherZone(
  { regionId }: PoolPolicy,
  { zoneId }: Evacuation,
  { fleet, ports }: OperateContext,
): Promise<Refused | null> {
  for (const { name } of fleet.pools.filter((pool) => pool.regionId === regionId)) {
    const other = await observeEvacuation(name, ports);
    if (other !== null && other.zoneId !== zoneId)
      return refuse(
        'another-zone',
        `${name} is leaving ${other.zoneId} by order of ${other.by}: one zone at a time. End that first.`,
      );
  }
  return null;
}

function whyImpossible(
  { zoneId, standing, servingElsewhere }: EvacuationView,
  { pool }: PoolPlan,
  { name, scale }: PoolPolicy,
): Refused | null {
  const options = scale?.launch.options ?? [];
  if (standing === 0 && !options.some((option) => option.zoneId === zoneId))
    return refuse(
      'unknown-zone',
      `Nobody of ${name} stands in ${zoneId}, and no launch option names it.`,
    );
  const canGrow = options.some((option) => option.zoneId !== zoneId);
  return standing > 0 && servingElsewhere === 0 && !canGrow
    ? refuse(
        'nobody-elsewhere',
        `All ${pool.backends.length} backends of ${name} stand in ${zoneId}, and no launch option is elsewhere: the floor forbids leaving it.`,
      )
    : null;
}

/** Takes the order back: whoever is well returns. Taking back what was never ordered is no error; another zone’s order is. */
export async function endEvacuation(
  policy: PoolPolicy,
  { zoneId, by }: { readonly zoneId: string; readonly by: string },
  context: OperateContext,
): Promise<OperatorReply> {
  const { ports } = context;
  const now = ports.clock.now();
  let present: Evacuation | undefined;
  const isStored = await changeDocument(evacuationKey(policy.name), ports.store, (value) => {
    present = isReadableEvacuation(value) ? evacuationAt(value, now) : undefined;
    return present === undefined || present.zoneId === zoneId ? null : value;
  });
  if (!isStored)
    return refuse('contention', `The evacuation of ${policy.name} kept changing; try again.`);
  if (present !== undefined && present.zoneId !== zoneId)
    return refuse('another-zone', `${policy.name} is leaving ${present.zoneId}, not ${zoneId}.`);
  await mark(policy, `evacuation of ${zoneId} ended by ${by}`, context);
  const wasOrdered = present !== undefined;
  return { kind: 'evacuation-ended', poolName: policy.name, zoneId, wasOrdered };
}

const mark = async (
  { name }: PoolPolicy,
  reason: string,
  { ports }: OperateContext,
): Promise<void> => ports.store.markDirty(poolLease(name), { reason, at: ports.clock.now() });

/** How far the pool has left its zone; null while nobody has ordered anything. */
export async function evacuationProgress(
  policy: PoolPolicy,
  context: OperateContext,
): Promise<EvacuationView | null> {
  if ((await observeEvacuation(policy.name, context.ports)) === null) return null;
  return viewEvacuation(await planPool(policy, context));
}
