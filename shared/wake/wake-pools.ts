import { poolLease } from '../domain/store-keys';
import { type Wake } from '../domain/tick';
import { since, type Instant } from '../domain/units';
import { type FunctionInvoker } from '../ports/function-invoker';
import { type Log } from '../ports/log';
import { type StateStore, StoreUnavailable } from '../ports/state-store';

/** What the worker function is sent. */
export interface WorkerPayload {
  readonly pools: readonly string[];
  readonly wake: Wake;
}

export interface WakeOptions {
  readonly pools: readonly string[];
  readonly wake: Wake;
  readonly store: StateStore;
  readonly invoker: FunctionInvoker;
  readonly log: Log;
  readonly deadline: Instant;
  /** Name of the worker function. */
  readonly worker: string;
  /**
   * A pool that is still marked is not enqueued again within this time of its last enqueue: the worker that was sent for has yet to
   * clear the mark, and will see ours. Default 5,000.
   */
  readonly coalesceMs?: number;
}

export interface WakeResult {
  readonly enqueued: readonly string[];
  /** Marked only: a worker that has been sent for will see the mark. */
  readonly coalesced: readonly string[];
}

const COALESCE_MS = 5_000;
/** Pools that one worker looks after at once. */
export const POOLS_PER_WORKER = 20;
const gateKey = (pool: string): string => `wakes/${pool}`;

/**
 * Marks every pool dirty first and then enqueues the worker once for those that nobody has been sent for yet. The store being down
 * only costs the mark: the worker is enqueued anyway. Throws `CloudError` when the enqueue fails: the caller says 503, or tries again.
 */
export async function wakePools(options: WakeOptions): Promise<WakeResult> {
  const isNeeded = await Promise.all(options.pools.map(async (pool) => markPool(pool, options)));
  const enqueued = options.pools.filter((_, index) => isNeeded[index]);
  const coalesced = options.pools.filter((_, index) => isNeeded[index] === false);
  if (enqueued.length === 0) return { enqueued, coalesced };
  try {
    await enqueueWorkers(enqueued, options);
  } catch (error) {
    await reopenGates(enqueued, options);
    throw error;
  }
  return { enqueued, coalesced };
}

/** Sends the worker for the pools, in chunks that one invocation can carry. Throws `CloudError`. */
export async function enqueueWorkers(
  pools: readonly string[],
  {
    wake,
    invoker,
    worker,
    deadline,
  }: Pick<WakeOptions, 'wake' | 'invoker' | 'worker' | 'deadline'>,
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

/** True when the worker must be sent for. */
async function markPool(
  pool: string,
  { store, wake, log, coalesceMs = COALESCE_MS }: WakeOptions,
): Promise<boolean> {
  try {
    const wasDirty = await store.isDirty(poolLease(pool));
    await store.markDirty(poolLease(pool), { reason: wake.detail, at: wake.at });
    const gate = await store.read(gateKey(pool));
    const isRecent = gate !== null && since(gate.value as Instant, wake.at) < coalesceMs;
    if (wasDirty && isRecent) return false;
    // Whoever wins the gate enqueues after our mark, so that the loser's wake-up is covered too.
    return (await store.compareAndSet(gateKey(pool), wake.at, gate?.version ?? null)) === 'stored';
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    log.warn('the state store cannot be reached; the worker is enqueued without a mark', { pool });
    return true;
  }
}

/** The next caller must not take a failed enqueue for a worker on its way. */
async function reopenGates(pools: readonly string[], { store }: WakeOptions): Promise<void> {
  await Promise.all(
    pools.map(async (pool) =>
      store.delete(gateKey(pool)).catch((error: unknown) => {
        if (!(error instanceof StoreUnavailable)) throw error;
      }),
    ),
  );
}
