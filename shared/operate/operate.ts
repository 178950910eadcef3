import { type CapacityOrder } from '../domain/capacity';
import { type CapacityFloor } from '../domain/capacity-floor';
import { type Evacuation } from '../domain/evacuation';
import { type PoolPolicy } from '../domain/policy';
import { instant } from '../domain/units';
import { workPool, type WorkResult } from '../work-pool';
import { endEvacuation, evacuationProgress, orderEvacuation } from './evacuate';
import { explainTick } from './explain-tick';
import { changeFreeze } from './freeze';
import { measureAgreement } from './measure-agreement';
import { type OperateContext } from './operate-context';
import { type OperatorReply } from './operator-reply';
import { type OperatorRequest } from './operator-request';
import { liftDrain, orderDrain } from './order-drain';
import { orderCapacity } from './order-capacity';
import { orderReversal } from './order-reversal';
import { planPool } from './plan-pool';
import { poolStatus } from './pool-status';
import { protectInstance } from './protect-instance';
import { requestFloor } from './request-floor';
import { takeCapacity } from './take-capacity';
import { takeInventory } from './take-inventory';

/**
 * A person's verb, the same for the operator function and the command line. What cannot be done is a `refused` reply; throws
 * `CloudError` when the cloud and `StoreUnavailable` when the store cannot be reached.
 */
export async function operate(
  request: OperatorRequest,
  context: OperateContext,
): Promise<OperatorReply> {
  if (request.verb === 'freeze' || request.verb === 'unfreeze')
    return changeFreeze(request, context);
  const pools = context.fleet.pools.filter(
    (pool) => request.pool === undefined || pool.name === request.pool,
  );
  const [first] = pools;
  if (first === undefined) return unknownPool(request.pool, context);
  if (isOrder(request)) return order(first, request, context);
  if (isQuestion(request)) return answer(first, request, context);
  switch (request.verb) {
    case 'plan':
      return { kind: 'plans', plans: await inTurn(pools, async (pool) => planPool(pool, context)) };
    case 'reconcile':
      return {
        kind: 'reconciled',
        pools: await inTurn(pools, async (pool) => reconciled(pool, context)),
      };
    case 'status':
      return {
        kind: 'statuses',
        pools: await inTurn(pools, async (pool) => poolStatus(pool, context.ports)),
      };
    case 'inventory':
      return {
        kind: 'inventories',
        pools: await inTurn(pools, async (pool) => takeInventory(pool, context)),
      };
    case 'evacuation-status': {
      const views = await inTurn(pools, async (pool) => evacuationProgress(pool, context));
      return { kind: 'evacuations', pools: views.filter((view) => view !== null) };
    }
  }
}

type Order = Extract<
  OperatorRequest,
  {
    verb:
      | 'drain'
      | 'undrain'
      | 'scale'
      | 'request-floor'
      | 'protect'
      | 'unprotect'
      | 'evacuate'
      | 'end-evacuation'
      | 'revert'
      | 'end-revert';
  }
>;

const ORDERS: readonly OperatorRequest['verb'][] = [
  'drain',
  'undrain',
  'scale',
  'request-floor',
  'protect',
  'unprotect',
  'evacuate',
  'end-evacuation',
  'revert',
  'end-revert',
];

const isOrder = (request: OperatorRequest): request is Order => ORDERS.includes(request.verb);

/** What a person, or a public name, wants of one pool. */
async function order(
  pool: PoolPolicy,
  request: Order,
  context: OperateContext,
): Promise<OperatorReply> {
  switch (request.verb) {
    case 'drain':
      return orderDrain(pool, orderOf(request, context), context);
    case 'undrain':
      return liftDrain(pool, request, context);
    case 'scale':
      return orderCapacity(pool, capacityOrderOf(request, context), request.by, context.ports);
    case 'request-floor':
      return requestFloor(pool, floorOf(request, context), context.ports);
    case 'protect':
    case 'unprotect':
      return protectInstance(pool, request, context);
    case 'evacuate':
      return orderEvacuation(pool, evacuationOf(request, context), request.isPlan, context);
    case 'end-evacuation':
      return endEvacuation(pool, request, context);
    case 'revert':
    case 'end-revert':
      return orderReversal(pool, request, context);
  }
}

type Question = Extract<
  OperatorRequest,
  { verb: 'explain' | 'history' | 'capacity' | 'agreement' }
>;

const QUESTIONS: readonly OperatorRequest['verb'][] = [
  'explain',
  'history',
  'capacity',
  'agreement',
];

const isQuestion = (request: OperatorRequest): request is Question =>
  QUESTIONS.includes(request.verb);

/** What somebody wants to know of one pool. */
async function answer(
  pool: PoolPolicy,
  request: Question,
  context: OperateContext,
): Promise<OperatorReply> {
  switch (request.verb) {
    case 'explain':
      return explainTick(pool.name, request, context.ports.archive);
    case 'history':
      return history(request, context);
    case 'capacity':
      return takeCapacity(pool, context);
    case 'agreement':
      return agreement(request, context);
  }
}

const unknownPool = (pool: string | undefined, { fleet }: OperateContext): OperatorReply => ({
  kind: 'refused',
  code: 'unknown-pool',
  message:
    pool === undefined
      ? 'The policy has no pools.'
      : `There is no pool ${pool}; the policy has ${fleet.pools.map(({ name }) => name).join(', ')}.`,
});

/** One pool after the other: a person waits, the quotas are shared. */
async function inTurn<T>(
  pools: readonly PoolPolicy[],
  look: (pool: PoolPolicy) => Promise<T>,
): Promise<readonly T[]> {
  const results: T[] = [];
  for (const pool of pools) results.push(await look(pool));
  return results;
}

async function reconciled(
  policy: PoolPolicy,
  context: OperateContext,
): Promise<{ readonly poolName: string; readonly result: WorkResult }> {
  const { ports, policyHash, policyVersion, deadline, holder, newTickId } = context;
  const wake = { source: 'operator', detail: 'reconcile', at: ports.clock.now() } as const;
  const result = await workPool({
    policy,
    policyHash,
    policyVersion,
    wake,
    deadline,
    holder,
    newTickId,
    ports,
    mayWatch: false,
  });
  return { poolName: policy.name, result };
}

async function agreement(
  { pool: poolName, from, to, withinMs }: Extract<OperatorRequest, { verb: 'agreement' }>,
  { ports }: OperateContext,
): Promise<OperatorReply> {
  const until = to === undefined ? ports.clock.now() : instant(to);
  const question = { poolName, withinMs, from: instant(from), to: until };
  return { kind: 'agreement', report: await measureAgreement(question, ports.archive) };
}

async function history(
  request: Extract<OperatorRequest, { verb: 'history' }>,
  { ports }: OperateContext,
): Promise<OperatorReply> {
  const { pool: poolName, from, to, limit } = request;
  const ticks = await ports.archive.list(poolName, {
    limit,
    ...(from === undefined ? {} : { from: instant(from) }),
    ...(to === undefined ? {} : { to: instant(to) }),
  });
  return { kind: 'history', poolName, ticks };
}

const orderOf = (
  { instanceId, by, reason, until }: Extract<OperatorRequest, { verb: 'drain' }>,
  { ports }: OperateContext,
) => ({
  instanceId,
  by,
  reason,
  at: ports.clock.now(),
  until: until === undefined ? null : instant(until),
});

const evacuationOf = (
  { zoneId, by, reason, until }: Extract<OperatorRequest, { verb: 'evacuate' }>,
  { ports }: OperateContext,
): Evacuation => ({ zoneId, by, reason, at: ports.clock.now(), until: instant(until) });

const capacityOrderOf = (
  { order, by }: Extract<OperatorRequest, { verb: 'scale' }>,
  { ports }: OperateContext,
): CapacityOrder | null =>
  order === undefined ? null : { ...order, by, at: ports.clock.now(), until: instant(order.until) };

const floorOf = (
  { by, count, reason, until }: Extract<OperatorRequest, { verb: 'request-floor' }>,
  { ports }: OperateContext,
): CapacityFloor => ({ by, count, reason, at: ports.clock.now(), until: instant(until) });
