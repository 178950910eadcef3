import { endpointOf } from '../../shared/adapters/alicloud/endpoints';
import { type RpcRequest } from '../../shared/adapters/alicloud/rpc';
import { type Variables } from '../../shared/config/environment';
import { type FleetPolicy } from '../../shared/config/fleet-policy';
import { Secret } from '../../shared/config/secret';
import { poolsHere } from '../../shared/wake/pools-here';
import { namesAtHome } from '../../shared/wake/wake-names';
import { type ChannelAddress } from '../doctor/check-channels';
import { type Endpoint } from '../doctor/check-endpoints';
import { endpointsIn } from './local-endpoints';
import { type OpenFleet } from './open-fleet';
import { functionPlace, hasFunctions } from './open-invoker';

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)];

/** Each host once: OpenAPI's products in every region of a pool, and the functions of every region that is asked. */
export function endpointsOf(fleet: OpenFleet): readonly Endpoint[] {
  const { policy, environment, local } = fleet;
  const products: readonly RpcRequest['product'][] = [
    ...(['Slb', 'Ecs', 'Cms'] as const),
    ...(policy.names.length > 0 ? (['Alidns'] as const) : []),
  ];
  const found = new Map<string, string[]>();
  for (const regionId of [policy.regionId, ...poolsHere(policy).map((pool) => pool.regionId)])
    for (const product of products) {
      const given = environment.regions[regionId]?.openApi ?? environment.openApi.endpoint;
      const host = endpointOf(product, {
        ...{ ...environment.openApi, regionId },
        endpoint: local === null ? given : endpointsIn(local, regionId).openapi,
      });
      const isPlain = local !== null || environment.openApi.protocol === 'HTTP';
      const url = `${isPlain ? 'http' : 'https'}://${host}`;
      found.set(url, [...new Set([...(found.get(url) ?? []), product])]);
    }
  return [
    ...[...found].map(([url, names]) => ({ url, name: names.join(', ') })),
    ...functionEndpoints(fleet),
  ];
}

/** Names at home ask vantages for votes, and the regions of their sites for room. */
function functionEndpoints(fleet: OpenFleet): readonly Endpoint[] {
  const { regionId, names } = fleet.policy;
  const asked = names
    .filter(({ name }) => namesAtHome(fleet.policy).includes(name))
    .flatMap(({ vantages, sites }) => [...vantages, ...sites]);
  const regionIds = unique([regionId, ...asked.map((one) => one.regionId)]);
  const urls = regionIds
    .filter((one) => hasFunctions(fleet, one))
    .map((one) => [one, functionUrl(fleet, one)] as const);
  return unique(urls.map(([, url]) => url)).map((url) => {
    const regions = urls.filter(([, theirs]) => theirs === url).map(([one]) => one);
    return { name: `Function Compute in ${regions.join(', ')}`, url };
  });
}

function functionUrl(fleet: OpenFleet, regionId: string): string {
  const { endpoint, protocol = 'HTTPS', accountId } = functionPlace(fleet, regionId);
  const host = endpoint ?? `${accountId}.${regionId}.fc.aliyuncs.com`;
  return `${protocol.toLowerCase()}://${host}`;
}

/** Where people are told, as far as the variables that hold the addresses are set here. */
export const channelsOf = (
  { notifications }: Pick<FleetPolicy, 'notifications'>,
  variables: Variables,
): readonly ChannelAddress[] =>
  (notifications?.channels ?? []).map(({ name, url }) => {
    const variable = url.slice('env:'.length);
    const address = variables[variable] ?? '';
    return { name, variable, address: address === '' ? null : new Secret(address) };
  });
