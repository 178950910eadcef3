import { join } from 'node:path';
import { defaultCredentials, givenCredentials } from '../../shared/adapters/alicloud/credentials';
import { NativeFunctionInvoker } from '../../shared/adapters/function-compute/native-function-invoker';
import { productionNamePorts } from '../../shared/adapters/production-names';
import { type FunctionInvoker } from '../../shared/ports/function-invoker';
import { type NamePorts } from '../../shared/ports/name-ports';
import { type Ports } from '../../shared/ports/ports';
import { type OpenFleet } from './open-fleet';

/** Ports to look at a name with: the home region’s store and DNS, the vantages’ functions. Nothing is ever written to the cloud. */
export function openNamePorts(
  { policy, environment, local }: OpenFleet,
  { store, clock, log }: Pick<Ports, 'store' | 'clock' | 'log'>,
  accountId: string,
): NamePorts {
  const { archive, deployment } = policy;
  const credentials = local === null ? defaultCredentials() : givenCredentials(local);
  const homeRegionId = policy.failover?.homeRegionId ?? policy.regionId;
  const { probe, operator, endpoint } = environment.functionCompute;
  const protocol = environment.openApi.protocol;
  const invokerFor = (regionId: string): FunctionInvoker =>
    new NativeFunctionInvoker({
      endpoint:
        environment.regions[regionId]?.functionCompute ??
        (regionId === policy.regionId ? endpoint : undefined),
      protocol,
      accountId,
      regionId,
      credentials,
      clock,
    });
  return productionNamePorts({
    ...environment.openApi,
    ...(local !== null && { endpoint: local.openapi, protocol: 'HTTP' as const }),
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
