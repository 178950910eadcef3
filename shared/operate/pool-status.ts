import { type PoolMemory } from '../domain/memory';
import { type DrainOrder } from '../domain/pool';
import { type PoolPolicy } from '../domain/policy';
import { drainsKey, memoryKey, poolLease } from '../domain/store-keys';
import { observeEvacuation } from '../observe/observe-evacuation';
import { observeFloors } from '../observe/observe-floors';
import { observeFreeze } from '../observe/observe-freeze';
import { observeReversal } from '../observe/observe-reversal';
import { type Ports } from '../ports/ports';
import { type PoolStatus } from './operator-reply';

/** Where the pool stands by its memory and last tick. Throws `StoreUnavailable`. */
export async function poolStatus(policy: PoolPolicy, ports: Ports): Promise<PoolStatus> {
  const { store, archive } = ports;
  const { name: poolName, mode } = policy;
  const [memoryDocument, drains, isDirty, ticks, freeze, floors, evacuation, reversal] =
    await Promise.all([
      store.read(memoryKey(poolName)),
      store.read(drainsKey(poolName)),
      store.isDirty(poolLease(poolName)),
      archive.list(poolName, { limit: 1 }),
      observeFreeze(`pool/${poolName}`, ports),
      observeFloors(poolName, ports),
      observeEvacuation(poolName, ports),
      observeReversal(poolName, ports),
    ]);
  const memory = memoryDocument?.value as PoolMemory | undefined;
  const backends = Object.entries(memory?.backends ?? {}).map(
    ([instanceId, { state, since, cause, ejectedUntil }]) => ({
      instanceId,
      state,
      since,
      cause,
      ejectedUntil,
    }),
  );
  return {
    poolName,
    mode,
    lastTick: ticks[0] ?? null,
    panicSince: memory?.panicSince ?? null,
    backends,
    drainOrders: (drains?.value ?? []) as readonly DrainOrder[],
    freeze,
    floors,
    evacuation,
    reversal,
    isDirty,
  };
}
