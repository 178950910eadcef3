import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { givenCredentials } from '../../shared/adapters/alicloud/credentials';
import { productionPorts } from '../../shared/adapters/production';
import { JsonLog } from '../../shared/adapters/system/json-log';
import { SystemClock } from '../../shared/adapters/system/system-clock';
import { type PoolPolicy } from '../../shared/domain/policy';
import { plus } from '../../shared/domain/units';
import { type Log } from '../../shared/ports/log';
import { type Ports } from '../../shared/ports/ports';
import { type OperateContext } from '../../shared/operate/operate-context';
import { storeChoice } from '../../shared/runtime/store-choice';
import { endpointsIn, type LocalCloud } from './local-endpoints';
import { type OpenFleet } from './open-fleet';

export interface ContextOptions {
  readonly timeoutMs: number;
  /** Where log lines go; nowhere unless somebody debugs. */
  readonly writeLog: ((line: string) => void) | null;
}

const SILENT: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Who orders and holds leases: `user@machine`. */
export const whoami = (): string => `${userInfo().username}@${hostname()}`;

/** Everything that a verb needs for one pool: its region and mode decide on the ports. */
export function openContext(
  fleet: OpenFleet,
  pool: Pick<PoolPolicy, 'regionId' | 'mode'>,
  options: ContextOptions,
): OperateContext {
  const clock = new SystemClock();
  const ports = portsOf(fleet, pool, options, clock);
  return {
    fleet: fleet.policy,
    policyHash: fleet.hash,
    ports,
    deadline: plus(clock.now(), options.timeoutMs),
    holder: `${whoami()}/${process.pid}`,
    newTickId: randomUUID,
  };
}

function portsOf(
  { policy, environment, local }: OpenFleet,
  pool: Pick<PoolPolicy, 'regionId' | 'mode'>,
  { writeLog }: ContextOptions,
  clock: SystemClock,
): Ports {
  const { store, archive } = policy;
  return productionPorts({
    regionId: pool.regionId,
    mode: pool.mode,
    store: storeChoice(store),
    archive: {
      kind: 'file',
      folder: archive.path,
      retention: { days: archive.days, bytes: archive.megabytes * 1_000_000 },
    },
    attemptTimeoutMs: policy.deployment.callDeadlineMs,
    callsPerMinute: policy.deployment.callsPerMinute,
    accountId: environment.accountId ?? undefined,
    notified: policy,
    clock,
    log: writeLog === null ? SILENT : new JsonLog({ clock, writeLine: writeLog }),
    ...(local === null ? cloudIn(environment, pool.regionId) : localIn(local, pool.regionId)),
  });
}

const cloudIn = ({ openApi, regions }: OpenFleet['environment'], regionId: string) => ({
  ...openApi,
  endpoint: regions[regionId]?.openApi ?? openApi.endpoint,
});

function localIn(local: LocalCloud, regionId: string) {
  const { openapi, accessKeyId, accessKeySecret } = endpointsIn(local, regionId);
  const credentials = givenCredentials({ accessKeyId, accessKeySecret });
  return { endpoint: openapi, protocol: 'HTTP', credentials } as const;
}
