import { type Wake } from '../domain/tick';
import { since, type Instant } from '../domain/units';
import { type Log } from '../ports/log';
import { type StateStore, StoreUnavailable } from '../ports/state-store';

export interface GateOptions {
  readonly store: StateStore;
  readonly wake: Wake;
  readonly log: Log;
  /**
   * What is still marked is not enqueued again within this time of its last enqueue: the worker that was sent for has yet to
   * clear the mark, and will see ours. Default 5,000.
   */
  readonly coalesceMs?: number;
}

const COALESCE_MS = 5_000;
const gateKey = (lease: string): string => `wakes/${lease}`;

/**
 * Marks what a lease stands for, a pool or a name, and says whether a worker must be sent for: false when one is on its way that will
 * see the mark. The store being down only costs the mark.
 */
export async function markForWorker(
  lease: string,
  { store, wake, log, coalesceMs = COALESCE_MS }: GateOptions,
): Promise<boolean> {
  try {
    const wasDirty = await store.isDirty(lease);
    await store.markDirty(lease, { reason: wake.detail, at: wake.at });
    const gate = await store.read(gateKey(lease));
    const ageMs = gate === null ? coalesceMs : since(gate.value as Instant, wake.at);
    // One from the future is of a clock that was ahead: until then nobody would be sent for.
    const isRecent = Math.abs(ageMs) < coalesceMs;
    if (wasDirty && isRecent) return false;
    // Whoever wins the gate enqueues after our mark, so that the loser's wake-up is covered too.
    return (await store.compareAndSet(gateKey(lease), wake.at, gate?.version ?? null)) === 'stored';
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    log.warn('the state store cannot be reached; the worker is enqueued without a mark', { lease });
    return true;
  }
}

/** The next caller must not take a failed enqueue for a worker on its way. */
export async function forgetEnqueue(
  leases: readonly string[],
  { store }: Pick<GateOptions, 'store'>,
): Promise<void> {
  await Promise.all(
    leases.map(async (lease) =>
      store.delete(gateKey(lease)).catch((error: unknown) => {
        if (!(error instanceof StoreUnavailable)) throw error;
      }),
    ),
  );
}
