import { type Environment } from '../../shared/config/environment';
import { type FleetPolicy } from '../../shared/config/fleet-policy';
import { type PermissionScope, WIDEST_SCOPE } from './ram-policy';

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)].sort();
const orAny = (texts: readonly string[]): readonly string[] =>
  texts.length === 0 ? ['*'] : unique(texts);

/** Permissions narrowed to what a policy names: its regions, load balancers, domains, pools and functions. */
export function scopeOf(
  { regionId, pools, names }: FleetPolicy,
  { accountId, functionCompute }: Pick<Environment, 'accountId' | 'functionCompute'>,
): PermissionScope {
  const { worker, failoverWorker, probe, operator, service } = functionCompute;
  const elsewhere = names.flatMap(({ vantages, sites }) => [
    ...vantages.map((vantage) => vantage.regionId),
    ...sites.map((site) => site.regionId),
  ]);
  return {
    accountId: accountId ?? '*',
    regionIds: unique([regionId, ...pools.map((pool) => pool.regionId)]),
    loadBalancerIds: orAny(
      pools.flatMap(({ targets }) => targets.map(({ loadBalancerId }) => loadBalancerId)),
    ),
    domains: orAny(names.map(({ domain }) => domain)),
    poolNames: orAny(pools.map(({ name }) => name)),
    functionNames: {
      ...WIDEST_SCOPE.functionNames,
      'reconcile-pool': worker,
      'reconcile-failover': failoverWorker,
      probe,
      operator,
    },
    functionRegionIds: unique([regionId, ...elsewhere]),
    service: service ?? null,
  };
}
