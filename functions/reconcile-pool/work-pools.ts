import { type FleetPolicy } from '../../shared/config/fleet-policy';
import { CloudError } from '../../shared/domain/cloud-error';
import { type PoolPolicy } from '../../shared/domain/policy';
import { plus } from '../../shared/domain/units';
import { type Clock } from '../../shared/ports/clock';
import { type FunctionInvoker } from '../../shared/ports/function-invoker';
import { type Ports } from '../../shared/ports/ports';
import { StoreUnavailable } from '../../shared/ports/state-store';
import { type Invocation } from '../../shared/runtime/invocation';
import { hasMemberIndex } from '../../shared/wake/find-pools';
import { indexMembers } from '../../shared/wake/member-index';
import { poolsHere } from '../../shared/wake/pools-here';
import { enqueueWorkers } from '../../shared/wake/wake-pools';
import { type WatchSlots } from '../../shared/watch-slots';
import { type WorkOptions, workPool, type WorkResult } from '../../shared/work-pool';
import { type ReconcilePoolInput } from './event';

export interface WorkContext {
  readonly fleet: FleetPolicy;
  readonly policyHash: string;
  readonly policyVersion?: number | null;
  /** False once the policy was changed: a worker that watches then hands over to one that reads it anew. */
  readonly isPolicyCurrent: () => boolean | Promise<boolean>;
  /** Ports for a pool's mode: in `observe`, writes are recorded instead of sent. */
  readonly portsFor: (policy: PoolPolicy) => Ports;
  readonly newTickId: () => string;
  readonly clock: Clock;
  readonly invoker: FunctionInvoker;
  /** Name of this function: its successor is another run of it. */
  readonly worker: string;
  /** Places for workers that stay awake; left out: nobody counts them. */
  readonly watchSlots?: WatchSlots;
}

export interface WorkReply {
  readonly kind: 'worked';
  readonly pools: readonly {
    readonly poolName: string;
    readonly result: WorkResult | { readonly kind: 'unknown-pool' };
  }[];
}

/**
 * Works on every pool of the chunk at once, each under its own lease, and sends its successor for those that must go on being watched. One
 * pool's failure does not stop the others; it is thrown when all are done, so that the platform tries again: working twice leaves the same
 * world.
 */
export async function workPools(
  input: ReconcilePoolInput,
  context: WorkContext,
  invocation: Invocation,
): Promise<WorkReply> {
  const names = [...new Set(input.pools)];
  const settled = await Promise.allSettled(
    names.map(async (poolName) => {
      const policy = poolsHere(context.fleet).find(({ name }) => name === poolName);
      const result =
        policy === undefined
          ? ({ kind: 'unknown-pool' } as const)
          : await work(policy, input, context, invocation);
      return { poolName, result };
    }),
  );
  for (const [index, outcome] of settled.entries())
    if (outcome.status === 'rejected')
      invocation.log.error('work on a pool failed', {
        pool: names[index],
        error: String(outcome.reason),
      });
  const pools = settled.flatMap((outcome) =>
    outcome.status === 'fulfilled' ? [outcome.value] : [],
  );
  await giveBackPlace(context, invocation);
  await handOver(pools, context, invocation);
  const failed = settled.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return { kind: 'worked', pools };
}

/** Before the successor is sent for, which needs it. It runs out by itself when it cannot be given back. */
async function giveBackPlace({ watchSlots }: WorkContext, { log }: Invocation): Promise<void> {
  try {
    await watchSlots?.leave();
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    log.warn('the place of a worker that stayed awake could not be given back');
  }
}

/** Longest wait for the successor to be accepted. */
const HAND_OVER_MS = 2_000;

/** Without this nobody would watch from the end of this worker's time to the next timer. Should it fail, that timer takes over. */
async function handOver(
  pools: WorkReply['pools'],
  { clock, invoker, worker }: WorkContext,
  { log }: Invocation,
): Promise<void> {
  const watched = pools.filter(({ result }) => result.kind === 'worked' && result.isHandedOver);
  if (watched.length === 0) return;
  const names = watched.map(({ poolName }) => poolName);
  const wake = { source: 'watch', detail: 'handed over by a worker', at: clock.now() } as const;
  try {
    const deadline = plus(clock.now(), HAND_OVER_MS);
    await enqueueWorkers(names, { wake, invoker, worker, deadline });
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    log.warn('the successor could not be enqueued; the next timer takes over', {
      pools: names.join(', '),
      code: error.details.code,
    });
  }
}

const work = async (
  policy: PoolPolicy,
  { wake }: ReconcilePoolInput,
  context: WorkContext,
  { deadline, requestId }: Invocation,
): Promise<WorkResult> => {
  const { policyHash, policyVersion, isPolicyCurrent, newTickId, watchSlots } = context;
  const ports = context.portsFor(policy);
  return workPool({
    ...{ policy, policyHash, policyVersion, isPolicyCurrent, wake, newTickId, watchSlots },
    ...{ deadline, holder: requestId, ports, mayWatch: true },
    afterTick: indexing(context.fleet, ports),
  });
};

/** Keeps the index of members where there are many pools; elsewhere nobody reads it. */
function indexing(fleet: FleetPolicy, { store }: Pick<Ports, 'store'>): WorkOptions['afterTick'] {
  if (!hasMemberIndex(fleet)) return undefined;
  return async ({ pool: { poolName, backends } }) => {
    const instanceIds = backends.map(({ instanceId }) => instanceId);
    await indexMembers({ poolName, instanceIds }, store);
  };
}
