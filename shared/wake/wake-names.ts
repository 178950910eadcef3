import { type FleetPolicy } from '../config/fleet-policy';
import { nameLease } from '../domain/store-keys';
import { type Wake } from '../domain/tick';
import { sendEach, type Sent } from './send-chunks';
import { type EnqueueOptions, wakeEach, type WakeOptions, type WakeResult } from './wake-pools';

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
  { wake, invoker, worker, deadline }: EnqueueOptions,
): Promise<void> {
  const { failed } = await sendNames(names, { wake, invoker, worker, deadline });
  if (failed[0] !== undefined) throw failed[0].error;
}

/** The same, telling which were taken. */
export const sendNames = async (
  names: readonly string[],
  { wake, invoker, worker, deadline }: EnqueueOptions,
): Promise<Sent<string>> =>
  sendEach(names, (name) =>
    invoker.enqueue(worker, { names: [name], wake } satisfies NameWorkerPayload, { deadline }),
  );

/**
 * Marks every name first and then sends the worker of those that nobody has been sent for yet: as `wakePools`. Throws `CloudError`
 * when a worker cannot be enqueued.
 */
export const wakeNames = ({
  names,
  ...options
}: WakeOptions & { readonly names: readonly string[] }): Promise<WakeResult> =>
  wakeEach(names, nameLease, (needed) => enqueueNameWorkers(needed, options), options);
