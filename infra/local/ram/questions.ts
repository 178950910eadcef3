import { type AlidnsModel } from '../alidns/model';
import { type LocalService, type Parameters } from '../contracts';
import { type EcsModel } from '../ecs/ecs-model';
import { type SlbModel } from '../slb/model';
import { type RamQuestion } from './is-allowed';

/** What is looked up to know which resources a call is about. */
export interface RamWorld {
  readonly regionId: string;
  readonly accountId: string;
  readonly slb: Pick<SlbModel, 'group'>;
  readonly ecs: Pick<EcsModel, 'find' | 'demand'>;
  readonly alidns: Pick<AlidnsModel, 'record' | 'domainHolding'>;
}

export interface RamCall {
  readonly product: LocalService['product'];
  readonly action: string;
  readonly parameters: Parameters;
}

/** Where RAM's name of an action is not the API's. */
const RENAMED: Readonly<Record<string, string>> = {
  'cms:DescribeMetricLast': 'cms:QueryMetricLast',
};
/** Calls for which RAM knows no smaller resource than all. */
const WHOLE =
  /^(slb:DescribeLoadBalancers|slb:DescribeLoadBalancerListeners|cms:.*|ecs:(Describe.*|ListTagResources|RunInstances))$/;

/**
 * What RAM asks for when a call is made, found from its parameters alone: the load balancer, also by its server group, every instance
 * that it names, with its tags, and the domain of a name or record. Throws `VendorError` for a group or record that does not exist.
 */
export function questionsOf(call: RamCall, world: RamWorld): readonly RamQuestion[] {
  const plain = `${call.product.toLowerCase()}:${call.action}`;
  const action = RENAMED[plain] ?? plain;
  if (WHOLE.test(plain)) return [{ action, resource: '*' }];
  const asked =
    call.product === 'Alidns'
      ? domainQuestions(action, call.parameters, world)
      : [...balancerQuestions(action, call, world), ...instanceQuestions(action, call, world)];
  if (call.action === 'RunCommand')
    asked.push({ action, resource: arn(world, 'ecs', 'command/*') });
  return asked.length === 0 ? [{ action, resource: '*' }] : asked;
}

const arn = ({ regionId, accountId }: RamWorld, product: string, resource: string): string =>
  `acs:${product}:${regionId}:${accountId}:${resource}`;

function balancerQuestions(
  action: string,
  { parameters }: RamCall,
  world: RamWorld,
): RamQuestion[] {
  const ids = Object.entries(parameters).flatMap(([name, value]) => {
    if (name === 'LoadBalancerId') return [value];
    return name === 'VServerGroupId' ? [world.slb.group(value).loadBalancerId] : [];
  });
  return ids.map((id) => ({ action, resource: arn(world, 'slb', `loadbalancer/${id}`) }));
}

function instanceQuestions(
  action: string,
  { parameters }: RamCall,
  world: RamWorld,
): RamQuestion[] {
  const ids = new Set(
    Object.entries(parameters).flatMap(([name, value]) =>
      /^(InstanceId|ResourceId|BackendServers)/.test(name)
        ? (value.match(/\bi-[\w-]+/g) ?? [])
        : [],
    ),
  );
  return [...ids].map((id) => ({
    action,
    resource: arn(world, 'ecs', `instance/${id}`),
    context: Object.fromEntries(
      [...(world.ecs.find(id) === undefined ? [] : world.ecs.demand(id).tags)].map(
        ([key, value]) => [`acs:ResourceTag/${key}`, value],
      ),
    ),
  }));
}

function domainQuestions(action: string, parameters: Parameters, world: RamWorld): RamQuestion[] {
  const { RecordId, SubDomain, DomainName } = parameters;
  const domain =
    DomainName ??
    (RecordId === undefined ? undefined : world.alidns.record(RecordId).domainName) ??
    (SubDomain === undefined ? undefined : world.alidns.domainHolding(SubDomain).domainName);
  if (domain === undefined) return [];
  return [{ action, resource: `acs:alidns:*:${world.accountId}:domain/${domain}` }];
}
