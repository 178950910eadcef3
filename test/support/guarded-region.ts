import { type InProcessRegion } from '../../infra/local/in-process-region';
import { flattenQuery } from '../../infra/local/flatten-query';
import { type RamPolicy } from '../../infra/permissions/ram-policy';
import { classifyVendorError } from '../../shared/adapters/alicloud/error-table';
import { type RpcRequest } from '../../shared/adapters/alicloud/rpc';
import { isAllowed, type RamQuestion } from './ram';

export const ACCOUNT = '1234567890123456';

/** What a role may do, and what was asked of it. */
export interface Guard {
  /** APIs that were called, as `Ecs.RunInstances`. */
  readonly called: Set<string>;
  /** What was refused; nothing in a good run. */
  readonly refused: Set<string>;
}

/** Where RAM's name of an action is not the API's. */
const RENAMED: Readonly<Record<string, string>> = {
  'cms:DescribeMetricLast': 'cms:QueryMetricLast',
};
/** Calls for which RAM knows no smaller resource than all. */
const WHOLE =
  /^(slb:DescribeLoadBalancers|slb:DescribeLoadBalancerListeners|cms:.*|ecs:(Describe.*|ListTagResources|RunInstances))$/;

/**
 * What RAM asks for when a call is made, found from its parameters alone: the load balancer, also by its server group, and every
 * instance that it names, with its tags.
 */
export function questionsOf(
  { product, action: api, query }: RpcRequest,
  { slb, ecs, regionId }: Pick<InProcessRegion, 'slb' | 'ecs' | 'regionId'>,
): readonly RamQuestion[] {
  const plain = `${product.toLowerCase()}:${api}`;
  const action = RENAMED[plain] ?? plain;
  if (WHOLE.test(plain)) return [{ action, resource: '*' }];
  const values = Object.entries(flattenQuery(query));
  const balancers = values.flatMap(([name, value]) => {
    if (name === 'LoadBalancerId') return [value];
    return name === 'VServerGroupId' ? [slb.group(value).loadBalancerId] : [];
  });
  const instances = new Set(
    values.flatMap(([name, value]) =>
      /^(InstanceId|ResourceId|BackendServers)/.test(name)
        ? (value.match(/\bi-[\w-]+/g) ?? [])
        : [],
    ),
  );
  const asked = [
    ...balancers.map((id) => ({
      action,
      resource: `acs:slb:${regionId}:${ACCOUNT}:loadbalancer/${id}`,
    })),
    ...[...instances].map((id) => ({
      action,
      resource: `acs:ecs:${regionId}:${ACCOUNT}:instance/${id}`,
      context: Object.fromEntries(
        [...(ecs.find(id) === undefined ? [] : ecs.demand(id).tags)].map(([key, value]) => [
          `acs:ResourceTag/${key}`,
          value,
        ]),
      ),
    })),
    ...(api === 'RunCommand'
      ? [{ action, resource: `acs:ecs:${regionId}:${ACCOUNT}:command/*` }]
      : []),
  ];
  if (asked.length === 0) throw new Error(`nothing is known of the resources of ${plain}`);
  return asked;
}

/** From now on every call of the region’s APIs is made under the policy: what it does not allow is refused as RAM refuses it. */
export function guardRegion(region: InProcessRegion, policy: RamPolicy): Guard {
  const guard: Guard = { called: new Set(), refused: new Set() };
  const { rpc } = region;
  const send = rpc.call.bind(rpc);
  rpc.call = async (request, options) => {
    const { product, action } = request;
    guard.called.add(`${product}.${action}`);
    const refused = questionsOf(request, region).filter((one) => !isAllowed(policy, one));
    for (const one of refused) guard.refused.add(`${one.action} on ${one.resource}`);
    if (refused.length > 0)
      throw classifyVendorError({ action, status: 403, code: 'Forbidden.RAM', message: 'no' });
    return send(request, options);
  };
  return guard;
}
