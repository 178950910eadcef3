import { defaultCredentials, givenCredentials } from '../../shared/adapters/alicloud/credentials';
import {
  NativeFunctionInvoker,
  type NativeFunctionInvokerOptions,
} from '../../shared/adapters/function-compute/native-function-invoker';
import { ServiceFunctionInvoker } from '../../shared/adapters/function-compute/service-function-invoker';
import { SystemClock } from '../../shared/adapters/system/system-clock';
import { type FunctionInvoker } from '../../shared/ports/function-invoker';
import { endpointsIn, type LocalCloud } from './local-endpoints';
import { type OpenFleet } from './open-fleet';
import { UserError } from './user-error';

/** Where the functions of a region are called. */
type FunctionPlace = Pick<NativeFunctionInvokerOptions, 'endpoint' | 'protocol' | 'accountId'>;

/** Where functions are called in the cloud or in a local region. Throws `UserError` for a local region without any. */
export function functionPlace(fleet: OpenFleet, regionId: string): FunctionPlace {
  return fleet.local === null ? cloudPlace(fleet, regionId) : localPlace(fleet.local, regionId);
}

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

/** Whether anybody said where a region's functions are. */
export function hasFunctions({ environment, local }: OpenFleet, regionId: string): boolean {
  if (local === null) return environment.accountId !== null;
  const { regions } = local;
  const place =
    regions.length === 1 ? regions[0] : regions.find((one) => one.regionId === regionId);
  return place !== undefined && place.fc !== null;
}

/** Calls the functions of the policy's region; null where nobody said in which account they are, or there are none. */
export function openInvoker(fleet: OpenFleet): FunctionInvoker | null {
  const { policy, environment, local } = fleet;
  const { regionId } = policy;
  const home = local === null ? null : endpointsIn(local, regionId);
  if (!hasFunctions(fleet, regionId)) return null;
  const credentials = home === null ? defaultCredentials() : givenCredentials(home);
  const place = functionPlace(fleet, regionId);
  const options = { ...place, regionId, credentials, clock: new SystemClock() };
  const { service } = environment.functionCompute;
  return service === undefined
    ? new NativeFunctionInvoker(options)
    : new ServiceFunctionInvoker({ ...options, service });
}
