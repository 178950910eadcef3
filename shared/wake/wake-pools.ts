import { poolLease } from '../domain/store-keys';
import { type Wake } from '../domain/tick';
import { type Instant } from '../domain/units';
import { type FunctionInvoker } from '../ports/function-invoker';
import { chunksWithin, CHUNK_BYTES_MAX, sendEach, type Sent } from './send-chunks';
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
  /** Pools that one worker looks after at once: `deployment.poolsPerWorker`. Default 20. */
  readonly poolsPerWorker?: number;
}

const POOLS_PER_WORKER = 20;
/** No policy and no caller gives one worker more. */
export const POOLS_PER_WORKER_MAX = 100;

export type WakeOptions = GateOptions & EnqueueOptions;

export interface WakeResult {
  readonly enqueued: readonly string[];
  /** Marked only: a worker that has been sent for will see the mark. */
  readonly coalesced: readonly string[];
}

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

/**
 * Sends the worker for the pools, in chunks that one invocation can carry. Those that were not taken are thrown as the first's
 * `CloudError`, when all that could be were sent.
 */
export async function enqueueWorkers(
  pools: readonly string[],
  options: EnqueueOptions,
): Promise<void> {
  const { failed } = await sendPools(pools, options);
  if (failed[0] !== undefined) throw failed[0].error;
}

/** Sends the worker for the pools, chunk by chunk, and tells which chunks were taken. */
export async function sendPools(
  pools: readonly string[],
  { wake, invoker, worker, deadline, poolsPerWorker = POOLS_PER_WORKER }: EnqueueOptions,
): Promise<Sent<readonly string[]>> {
  const payloadOf = (chunk: readonly string[]): WorkerPayload => ({ pools: chunk, wake });
  const limits = { count: poolsPerWorker, bytes: CHUNK_BYTES_MAX };
  return sendEach(chunksWithin(pools, limits, payloadOf), (chunk) =>
    invoker.enqueue(worker, payloadOf(chunk), { deadline }),
  );
}
