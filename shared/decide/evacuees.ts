import { evacuationAt, standsIn } from '../domain/evacuation';
import { type DrainOrder, type PoolSnapshot } from '../domain/pool';

/** A zone that is left, in the form of a person’s order to drain each backend there. */
export function evacuees({ backends, evacuation, takenAt }: PoolSnapshot): readonly DrainOrder[] {
  const order = evacuationAt(evacuation, takenAt);
  if (order === undefined) return [];
  const { zoneId, by, at, until } = order;
  const reason = `${zoneId} is evacuated: ${order.reason}`;
  return backends
    .filter((backend) => standsIn(zoneId, backend))
    .map(({ instanceId }) => ({ instanceId, by, reason, at, until }));
}
