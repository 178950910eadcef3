import { type FleetPolicy } from '../config/fleet-policy';
import { nameLease } from '../domain/store-keys';
import { type Wake } from '../domain/tick';
import { StoreUnavailable } from '../ports/state-store';
import { type WakeOptions } from './wake-pools';

/** What the worker of names is sent. */
interface NameWorkerPayload {
  readonly names: readonly string[];
  readonly wake: Wake;
}

/** Names whose home is this deployment’s region: nobody else looks after them. */
export const namesAtHome = ({
  names,
  regionId,
}: Pick<FleetPolicy, 'names' | 'regionId'>): readonly string[] =>
  names.filter(({ homeRegionId }) => homeRegionId === regionId).map(({ name }) => name);

/** Sends the worker for each name by itself: a name that is watched keeps no other waiting. Throws `CloudError`. */
export async function enqueueNameWorkers(
  names: readonly string[],
  {
    wake,
    invoker,
    worker,
    deadline,
  }: Pick<WakeOptions, 'wake' | 'invoker' | 'worker' | 'deadline'>,
): Promise<void> {
  const sent = await Promise.allSettled(
    names.map(async (name) =>
      invoker.enqueue(worker, { names: [name], wake } satisfies NameWorkerPayload, { deadline }),
    ),
  );
  const failed = sent.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

/**
 * Marks every name first and then sends its worker: one that is awake already sees the mark and looks again. The store being down
 * only costs the mark. Throws `CloudError` when a worker cannot be enqueued.
 */
export async function wakeNames({
  names,
  store,
  log,
  ...options
}: Omit<WakeOptions, 'pools' | 'coalesceMs'> & {
  readonly names: readonly string[];
}): Promise<void> {
  const { detail: reason, at } = options.wake;
  for (const name of names)
    try {
      await store.markDirty(nameLease(name), { reason, at });
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      log.warn('the state store cannot be reached; the worker is enqueued without a mark', {
        name,
      });
    }
  await enqueueNameWorkers(names, options);
}
