import { join } from 'node:path';
import { defaultCredentials, givenCredentials } from '../../shared/adapters/alicloud/credentials';
import {
  NativeFunctionInvoker,
  type NativeFunctionInvokerOptions,
} from '../../shared/adapters/function-compute/native-function-invoker';
import { productionNamePorts } from '../../shared/adapters/production-names';
import { type FunctionInvoker } from '../../shared/ports/function-invoker';
import { type NamePorts } from '../../shared/ports/name-ports';
import { type Ports } from '../../shared/ports/ports';
import { endpointsIn, type LocalCloud } from './local-endpoints';
import { type OpenFleet } from './open-fleet';
import { UserError } from './user-error';

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
    const place = local === null ? cloudPlace(fleet, regionId) : localPlace(local, regionId);
    return new NativeFunctionInvoker({ ...place, regionId, credentials, clock });
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
    invokerFor,
    functions: { probe, operator },
    clock,
    log,
  });
}

/** Where the functions of a region are called. */
type FunctionPlace = Pick<NativeFunctionInvokerOptions, 'endpoint' | 'protocol' | 'accountId'>;

function cloudPlace({ policy, environment }: OpenFleet, regionId: string): FunctionPlace {
  const { functionCompute, openApi, regions, accountId } = environment;
  const own = regionId === policy.regionId ? functionCompute.endpoint : undefined;
  return {
    endpoint: regions[regionId]?.functionCompute ?? own,
    protocol: openApi.protocol,
    accountId: accountId ?? '',
  };
}

/** A local region without functions has nobody to ask; the cloud is never asked in its place. */
function localPlace(local: LocalCloud, regionId: string): FunctionPlace {
  const { fc, accountId } = endpointsIn(local, regionId);
  if (fc === null) throw new UserError('usage', `${local.file}: ${regionId} has no functions.`);
  return { endpoint: fc, protocol: 'HTTP', accountId };
}
