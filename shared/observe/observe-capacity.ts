import { type CapacityOrder, type CapacitySnapshot } from '../domain/capacity';
import { type CapacityFloor } from '../domain/capacity-floor';
import { type InstanceFacts } from '../domain/instance';
import { type PoolPolicy } from '../domain/policy';
import { type ProbeWindow } from '../domain/probe-window';
import { missing, reading, type Reading } from '../domain/reading';
import { capacityKey } from '../domain/store-keys';
import { type Instant } from '../domain/units';
import { type Ports } from '../ports/ports';
import { findContradictions, type ObservedFleet, withReadings } from './observe-fleet';
import { type ObservedLoad } from './observe-load';
import { isReadableCapacityOrder } from './readable-memory';

interface Seen {
  readonly fleet: ObservedFleet;
  readonly facts: ReadonlyMap<string, Reading<InstanceFacts>>;
  readonly newcomers: ReadonlyMap<string, ProbeWindow>;
  readonly load: ObservedLoad;
  readonly order: CapacityOrder | null;
  readonly floors: readonly CapacityFloor[];
  /** Some listener is of layer 7: elsewhere nobody counts requests, and nothing can be known of them. */
  readonly countsRequests: boolean;
  readonly now: Instant;
}

/** Joins what one tick saw of the pool’s capacity. */
export function joinCapacity(policy: PoolPolicy, seen: Seen): CapacitySnapshot {
  const { fleet, facts, load, order, floors, now } = seen;
  const more = ({ instanceId }: { readonly instanceId: string }) => ({
    probe: probeOf(instanceId, policy, seen),
    connections: load.connections.get(instanceId) ?? missing('never-observed'),
  });
  return {
    owned: withReadings(fleet.owned, more),
    contradictions: findContradictions(fleet, facts, policy, now),
    figures: load.figures,
    errorShare: seen.countsRequests ? load.errorShare : missing('not-configured'),
    latencyMs: seen.countsRequests ? load.latencyMs : missing('not-configured'),
    failedLaunches: fleet.failedLaunches,
    tagged: fleet.tagged === null ? null : withReadings(fleet.tagged, more),
    ...(fleet.added !== null && { added: withReadings(fleet.added, more) }),
    order: order !== null && order.until > now ? order : null,
    ...(floors.length > 0 && { floors }),
    takenAt: now,
  };
}

function probeOf(
  instanceId: string,
  { heal }: PoolPolicy,
  { newcomers, now }: Seen,
): Reading<ProbeWindow> {
  if (heal.probe === null) return missing('not-configured');
  const window = newcomers.get(instanceId);
  return window === undefined || window.probes === 0
    ? missing('no-datapoint')
    : reading(window, window.endedAt, now, heal.freshness.probeMs);
}

/** A person’s wish for capacity as the store keeps it; one that cannot be understood is none, and the log says so. */
export async function observeCapacityOrder(
  poolName: string,
  { store, log }: Pick<Ports, 'store' | 'log'>,
): Promise<CapacityOrder | null> {
  const stored = await store.read(capacityKey(poolName));
  if (stored === null || stored.value === null) return null;
  if (isReadableCapacityOrder(stored.value)) return stored.value;
  log.error('the order for capacity in the store cannot be understood', { pool: poolName });
  return null;
}
