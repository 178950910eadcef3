import { evacuationAt, standsIn } from '../domain/evacuation';
import { type BackendSnapshot, type DrainOrder, type PoolSnapshot } from '../domain/pool';

/** A zone that is left, in the form of a person’s order to drain each backend there. */
export function evacuees({
  backends,
  evacuation,
  takenAt,
  memory,
}: PoolSnapshot): readonly DrainOrder[] {
  const order = evacuationAt(evacuation, takenAt);
  if (order === undefined) return [];
  const { zoneId, by, at, until } = order;
  const reason = `${zoneId} is evacuated: ${order.reason}`;
  return backends
    .filter((backend) => standsIn(zoneId, backend) || isStillDrained(backend, memory))
    .map(({ instanceId }) => ({ instanceId, by, reason, at, until }));
}

/** Nobody can tell its zone now: who was drained stays so for as long as the zone is left. */
const isStillDrained = (
  { instance, instanceId }: BackendSnapshot,
  { backends }: PoolSnapshot['memory'],
): boolean => instance.kind === 'missing' && backends[instanceId]?.cause === 'operator-drain';
