import { join } from 'node:path';
import { defaultCredentials, givenCredentials } from '../../shared/adapters/alicloud/credentials';
import { NativeFunctionInvoker } from '../../shared/adapters/function-compute/native-function-invoker';
import { productionNamePorts } from '../../shared/adapters/production-names';
import { type FunctionInvoker } from '../../shared/ports/function-invoker';
import { type NamePorts } from '../../shared/ports/name-ports';
import { type Ports } from '../../shared/ports/ports';
import { endpointsIn } from './local-endpoints';
import { type OpenFleet } from './open-fleet';
import { functionPlace } from './open-invoker';

/** Ports to look at a name with: the home region’s store and DNS, the vantages’ functions. Nothing is ever written to the cloud. */
export function openNamePorts(
  fleet: OpenFleet,
  { store, clock, log }: Pick<Ports, 'store' | 'clock' | 'log'>,
): NamePorts {
  const { policy, environment, local } = fleet;
  const { archive, deployment } = policy;
  const homeRegionId = policy.failover?.homeRegionId ?? policy.regionId;
  const home = local === null ? null : endpointsIn(local, homeRegionId);
  const credentials = home === null ? defaultCredentials() : givenCredentials(home);
  const { probe, operator } = environment.functionCompute;
  const invokerFor = (regionId: string): FunctionInvoker => {
    return new NativeFunctionInvoker({
      ...functionPlace(fleet, regionId),
      ...{ regionId, credentials, clock },
    });
  };
  return productionNamePorts({
    ...environment.openApi,
    ...(home !== null && { endpoint: home.openapi, protocol: 'HTTP' as const }),
    regionId: homeRegionId,
    mode: 'observe',
    store,
    archive: { folder: join(archive.path, 'names') },
    credentials,
    attemptTimeoutMs: deployment.callDeadlineMs,
    callsPerMinute: deployment.callsPerMinute,
    accountId: environment.accountId ?? undefined,
    invokerFor,
    functions: { probe, operator },
    clock,
    log,
  });
}
