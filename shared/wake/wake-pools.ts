import { poolLease } from '../domain/store-keys';
import { type Wake } from '../domain/tick';
import { type Instant } from '../domain/units';
import { type FunctionInvoker } from '../ports/function-invoker';
import { forgetEnqueue, type GateOptions, markForWorker } from './wake-gate';

/** What the worker function is sent. */
export interface WorkerPayload {
  readonly pools: readonly string[];
  readonly wake: Wake;
}

/** Who is sent, by what and until when. */
export interface EnqueueOptions {
  readonly wake: Wake;
  readonly invoker: FunctionInvoker;
  readonly deadline: Instant;
  /** Name of the worker function. */
  readonly worker: string;
}

export type WakeOptions = GateOptions & EnqueueOptions;

export interface WakeResult {
  readonly enqueued: readonly string[];
  /** Marked only: a worker that has been sent for will see the mark. */
  readonly coalesced: readonly string[];
}

/** Pools that one worker looks after at once. */
export const POOLS_PER_WORKER = 20;

/** Marks everybody first, and then has the worker sent for those that nobody has been sent for yet. */
export async function wakeEach(
  names: readonly string[],
  leaseOf: (name: string) => string,
  enqueue: (names: readonly string[]) => Promise<void>,
  options: GateOptions,
): Promise<WakeResult> {
  const isNeeded = await Promise.all(
    names.map(async (name) => markForWorker(leaseOf(name), options)),
  );
  const enqueued = names.filter((_, index) => isNeeded[index]);
  const coalesced = names.filter((_, index) => isNeeded[index] === false);
  if (enqueued.length === 0) return { enqueued, coalesced };
  try {
    await enqueue(enqueued);
  } catch (error) {
    await forgetEnqueue(enqueued.map(leaseOf), options);
    throw error;
  }
  return { enqueued, coalesced };
}

/**
 * Marks every pool dirty first and then enqueues the worker once for those that nobody has been sent for yet. The store being down
 * only costs the mark: the worker is enqueued anyway. Throws `CloudError` when the enqueue fails: the caller says 503, or tries again.
 */
export const wakePools = ({
  pools,
  ...options
}: WakeOptions & { readonly pools: readonly string[] }): Promise<WakeResult> =>
  wakeEach(pools, poolLease, (needed) => enqueueWorkers(needed, options), options);

/** Sends the worker for the pools, in chunks that one invocation can carry. Throws `CloudError`. */
export async function enqueueWorkers(
  pools: readonly string[],
  { wake, invoker, worker, deadline }: EnqueueOptions,
): Promise<void> {
  const chunks = Array.from({ length: Math.ceil(pools.length / POOLS_PER_WORKER) }, (_, index) =>
    pools.slice(index * POOLS_PER_WORKER, (index + 1) * POOLS_PER_WORKER),
  );
  const send = async (chunk: readonly string[]) =>
    invoker.enqueue(worker, { pools: chunk, wake } satisfies WorkerPayload, { deadline });
  const failed = (await Promise.allSettled(chunks.map(send))).find(
    (sent) => sent.status === 'rejected',
  );
  if (failed !== undefined) throw failed.reason;
}
