import { type Side } from '../../rehearsal/start-side';
import { type Arrival } from './stages';

const LOOK_MS = 250;
const FULL_WEIGHT = 100;

/** Notes when each instance that was not a member at first runs, answers and is in service, from the region itself. */
export function watchArrivals(side: Side): {
  readonly arrivals: () => readonly Arrival[];
  readonly stop: () => void;
} {
  const seen = new Map<string, Arrival>();
  const timer = setInterval(() => {
    for (const arrival of look(side, seen)) seen.set(arrival.instanceId, arrival);
  }, LOOK_MS);
  return { arrivals: () => [...seen.values()], stop: () => clearInterval(timer) };
}

function look({ region, pool }: Side, seen: ReadonlyMap<string, Arrival>): readonly Arrival[] {
  const now = Date.now();
  const listener = region.slb.listener(pool.loadBalancerId, pool.listenerPort);
  const weights = new Map(
    region.slb
      .route(listener)
      .filter((member) => region.health.verdict(listener, member) === 'normal')
      .map(({ serverId, weight }) => [serverId, weight]),
  );
  return region.ecs
    .all()
    .filter(({ instanceId }) => !pool.instanceIds.includes(instanceId))
    .map(({ instanceId, status, isServiceUp }) => {
      const known = seen.get(instanceId);
      const since = (moment: number | null | undefined, isSo: boolean): number | null =>
        moment ?? (isSo ? now : null);
      return {
        instanceId,
        runningAt: since(known?.runningAt, status === 'Running'),
        answersAt: since(known?.answersAt, isServiceUp),
        servesAt: since(known?.servesAt, (weights.get(instanceId) ?? 0) > 0),
        fullAt: since(known?.fullAt, (weights.get(instanceId) ?? 0) >= FULL_WEIGHT),
      };
    });
}
