import { type PoolMemory } from '../../../shared/domain/memory';
import { type DrainOrder } from '../../../shared/domain/pool';
import { drainsKey, memoryKey } from '../../../shared/domain/store-keys';
import { targetKey } from '../../../shared/domain/target';
import { type Tick } from '../../../shared/domain/tick';
import { observeEvacuation } from '../../../shared/observe/observe-evacuation';
import { observeFloors } from '../../../shared/observe/observe-floors';
import { isReadableMemory, isReadableOrder } from '../../../shared/observe/readable-memory';
import { type Clock } from '../../../shared/ports/clock';
import { type Log } from '../../../shared/ports/log';
import { type StateStore } from '../../../shared/ports/state-store';
import { type PoolView } from '../api';
import { type PoolSource } from '../console-context';
import { backendViews } from './backend-views';
import { poolOperations } from './operation-views';
import { newestTick, shortened } from './tick-history';

/** Alerts that are shown, the newest first. */
const ALERTS_MAX = 20;
const EXPLANATIONS_MAX = 20;
const EXPLANATION_LENGTH_MAX = 300;

/** Everything about one pool but its history. Neither the cloud nor a backend is asked. Throws `StoreUnavailable`. */
export async function poolView(
  { id, policy, store, archive }: PoolSource,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Promise<PoolView> {
  const ports = { store, log, clock };
  const { name } = policy;
  const [memory, drains, floors, evacuation, { whole: tick }] = await Promise.all([
    memoryOf(name, store),
    drainsOf(name, store),
    observeFloors(name, ports),
    observeEvacuation(name, ports),
    newestTick(name, archive),
  ]);
  const backends = backendViews({ memory, tick, drains });
  return {
    ...{ id, regionId: policy.regionId, mode: policy.mode, backends },
    ...timesOf(memory, tick),
    targets: policy.targets.map(targetKey),
    backendsFound: Object.keys(memory?.backends ?? {}).length || backends.length,
    operations: poolOperations({ memory, drains, floors, evacuation }, clock.now()),
    capacity: capacityOf(tick, memory),
    alerts: alertsOf(memory),
  };
}

async function memoryOf(name: string, store: StateStore): Promise<PoolMemory | null> {
  const value = (await store.read(memoryKey(name)))?.value;
  return isReadableMemory(value) ? value : null;
}

async function drainsOf(name: string, store: StateStore): Promise<readonly DrainOrder[]> {
  const value = (await store.read(drainsKey(name)))?.value;
  return Array.isArray(value) ? value.filter((order) => isReadableOrder(order)) : [];
}

const timesOf = (
  memory: PoolMemory | null,
  tick: Tick | null,
): Pick<PoolView, 'updatedAt' | 'seenAt' | 'panicSince'> => ({
  updatedAt: memory?.updatedAt ?? null,
  seenAt: tick?.pool.takenAt ?? null,
  panicSince: memory?.panicSince ?? null,
});

const alertsOf = (memory: PoolMemory | null): PoolView['alerts'] =>
  Object.entries(memory?.alerts ?? {})
    .map(([key, at]) => ({ key, at }))
    .sort((one, other) => other.at - one.at)
    .slice(0, ALERTS_MAX);

function capacityOf(tick: Tick | null, memory: PoolMemory | null): PoolView['capacity'] {
  const scale = tick?.proposal.scale;
  if (scale === undefined) return null;
  return {
    desired: memory?.scale?.desired ?? scale.desired,
    counts: scale.counts,
    limitedBy: scale.limitedBy,
    explanations: scale.explanations
      .slice(0, EXPLANATIONS_MAX)
      .map((text) => shortened(text, EXPLANATION_LENGTH_MAX)),
  };
}
