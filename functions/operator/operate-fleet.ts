import { type FleetPolicy, findPool } from '../../shared/config/fleet-policy';
import { type PoolPolicy } from '../../shared/domain/policy';
import { type Instant } from '../../shared/domain/units';
import { operate } from '../../shared/operate/operate';
import { type OperatorReply } from '../../shared/operate/operator-reply';
import { type OperatorRequest } from '../../shared/operate/operator-request';
import { type FunctionInvoker } from '../../shared/ports/function-invoker';
import { type Ports } from '../../shared/ports/ports';
import { type Invocation } from '../../shared/runtime/invocation';
import { poolsHere } from '../../shared/wake/pools-here';
import { enqueueNameWorkers, namesAtHome } from '../../shared/wake/wake-names';
import { enqueueWorkers } from '../../shared/wake/wake-pools';

export interface OperateFleetContext {
  readonly fleet: FleetPolicy;
  readonly policyHash: string;
  readonly policyVersion?: number | null;
  readonly newTickId: () => string;
  readonly portsFor: (pool: Pick<PoolPolicy, 'mode' | 'regionId'>) => Ports;
  readonly now: () => Instant;
  readonly invoker: FunctionInvoker;
  readonly worker: string;
  /** Function that looks after names. */
  readonly failoverWorker: string;
}

/** One reply per pool that was asked about. */
export interface OperateFleetReply {
  readonly kind: 'operated';
  readonly replies: readonly OperatorReply[];
}

/** Replies after which a worker has something to do. */
const HAS_CHANGED: readonly OperatorReply['kind'][] = [
  'drain-ordered',
  'drain-lifted',
  'capacity-ordered',
  'floor-requested',
  'protection-changed',
  'evacuation-ordered',
  'evacuation-ended',
  'reversal-changed',
];

/** Runs a verb on one pool or on all, each with the ports of its mode; the worker is sent for when an order changed. */
export async function operateFleet(
  request: OperatorRequest,
  context: OperateFleetContext,
  invocation: Invocation,
): Promise<OperateFleetReply> {
  if (request.verb === 'freeze' || request.verb === 'unfreeze')
    return freezeOnce(request, context, invocation);
  const { fleet } = context;
  const names = request.pool === undefined ? fleet.pools.map((pool) => pool.name) : [request.pool];
  const replies: OperatorReply[] = [];
  for (const pool of names) {
    const reply = await operateOn(pool, request, context, invocation);
    if (HAS_CHANGED.includes(reply.kind)) await ring(pool, reply, context, invocation);
    replies.push(reply);
  }
  return { kind: 'operated', replies };
}

/** A freeze is one document, however many pools and names it concerns; workers are sent for so that they say what they withhold. */
async function freezeOnce(
  request: Extract<OperatorRequest, { verb: 'freeze' | 'unfreeze' }>,
  context: OperateFleetContext,
  invocation: Invocation,
): Promise<OperateFleetReply> {
  const { fleet, policyHash, policyVersion, newTickId, portsFor } = context;
  const { deadline, requestId: holder } = invocation;
  const ports = portsFor({ mode: 'observe', regionId: fleet.regionId });
  const reply = await operate(request, {
    fleet,
    policyHash,
    policyVersion,
    newTickId,
    ports,
    deadline,
    holder,
  });
  const isAll = request.pool === undefined && request.name === undefined;
  const pools = poolsHere(fleet).filter(({ name }) => isAll || name === request.pool);
  const names = namesAtHome(fleet).filter((name) => isAll || name === request.name);
  if (reply.kind === 'freeze-changed') {
    for (const { name } of pools) await ring(name, reply, context, invocation);
    const { now, invoker, failoverWorker: worker } = context;
    const wake = { source: 'operator', detail: reply.kind, at: now() } as const;
    await enqueueNameWorkers(names, { wake, invoker, worker, deadline });
  }
  return { kind: 'operated', replies: [reply] };
}

async function operateOn(
  pool: string,
  request: Exclude<OperatorRequest, { verb: 'freeze' | 'unfreeze' }>,
  context: OperateFleetContext,
  invocation: Invocation,
): Promise<OperatorReply> {
  const { fleet, policyHash, policyVersion, newTickId, portsFor } = context;
  const { deadline, requestId: holder } = invocation;
  const ports = portsFor(findPool(fleet, pool) ?? { mode: 'observe', regionId: fleet.regionId });
  return operate(
    { ...request, pool },
    { fleet, policyHash, policyVersion, newTickId, ports, deadline, holder },
  );
}

async function ring(
  pool: string,
  reply: OperatorReply,
  context: OperateFleetContext,
  { deadline }: Invocation,
): Promise<void> {
  const { now, invoker, worker } = context;
  const wake = { source: 'operator', detail: reply.kind, at: now() } as const;
  await enqueueWorkers([pool], { wake, invoker, worker, deadline });
}
