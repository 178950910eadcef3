import { type FleetPolicy } from '../../config/fleet-policy';
import { nameKeyOf } from '../../domain/failover/name-policy';
import { type Alerts } from '../../ports/alerts';
import { type Clock } from '../../ports/clock';
import { type Log } from '../../ports/log';
import { type StateStore } from '../../ports/state-store';
import { LogAlerts } from '../log-alerts';
import { LocalMemory } from './local-memory';
import { NotifyingAlerts } from './notifying-alerts';

/** What telling people needs to know of the policy. */
export type NotifiedFleet = Pick<FleetPolicy, 'notifications' | 'pools' | 'names' | 'regionId'>;

interface AlertParts {
  readonly store: StateStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** Outlives invocations while the program is warm. */
const MEMORY = new LocalMemory();

/** Alerts as the policy wants them told; in the log alone where it names no channels, or there is no policy. */
export function openAlerts(fleet: NotifiedFleet | undefined, parts: AlertParts): Alerts {
  if (fleet === undefined || fleet.notifications === null) return new LogAlerts(parts.log);
  const { notifications: settings, pools, names, regionId } = fleet;
  const modes = Object.fromEntries([
    ...pools.map(({ name, mode }) => [name, mode] as const),
    ...names.map((name) => [nameKeyOf(name), name.mode] as const),
  ]);
  const context = { regionId, consoleUrl: settings.consoleUrl, modes };
  return new NotifyingAlerts({ ...parts, settings, context, memory: MEMORY });
}
