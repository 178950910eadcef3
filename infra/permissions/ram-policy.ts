import { POOL_TAG } from '../../shared/domain/ownership-tags';
import { API_PERMISSIONS, type ResourceKind } from './api-permissions';
import { FUNCTION_NEEDS, type FunctionName } from './function-needs';

/** A policy document of RAM, version 1. */
export interface RamPolicy {
  readonly Version: '1';
  readonly Statement: readonly RamStatement[];
}

export interface RamStatement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  /** Operator → key → values. */
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** What permissions are narrowed to; `*` where nobody said. */
export interface PermissionScope {
  readonly accountId: string;
  readonly regionIds: readonly string[];
  readonly loadBalancerIds: readonly string[];
  readonly domains: readonly string[];
  /** Pools whose instances may be started, stopped and deleted. */
  readonly poolNames: readonly string[];
  /** Names of the deployed functions. */
  readonly functionNames: Readonly<Record<FunctionName, string>>;
  /** Regions in which functions are called: those of vantages and sites too. */
  readonly functionRegionIds: readonly string[];
  /** Of an FC 2.0 deployment; null for 3.0. */
  readonly service: string | null;
}

const ANY = ['*'] as const;

const functionsNamed = (prefix: string): Readonly<Record<FunctionName, string>> => ({
  'on-alarm': `${prefix}on-alarm`,
  'on-event': `${prefix}on-event`,
  'on-timer': `${prefix}on-timer`,
  'reconcile-pool': `${prefix}reconcile-pool`,
  'reconcile-failover': `${prefix}reconcile-failover`,
  probe: `${prefix}probe`,
  operator: `${prefix}operator`,
  console: `${prefix}console`,
});

/** Any account, region, load balancer, domain and pool, with the names of functions that `s.yaml` gives. */
export const WIDEST_SCOPE: PermissionScope = {
  accountId: '*',
  regionIds: ANY,
  loadBalancerIds: ANY,
  domains: ANY,
  poolNames: ANY,
  functionNames: functionsNamed('evenkeel-'),
  functionRegionIds: ANY,
  service: null,
};

const inRegions = (
  regionIds: readonly string[],
  arn: (regionId: string) => readonly string[],
): readonly string[] => regionIds.flatMap(arn);

/** Resource names of a kind. Example: `acs:ecs:cn-hangzhou:123:instance/*`. */
function arnsOf(kind: ResourceKind, scope: PermissionScope): readonly string[] {
  const { accountId, regionIds, loadBalancerIds, domains } = scope;
  switch (kind) {
    case 'everything':
      return ANY;
    case 'load-balancer':
      return inRegions(regionIds, (region) =>
        loadBalancerIds.map((id) => `acs:slb:${region}:${accountId}:loadbalancer/${id}`),
      );
    case 'instance':
    case 'owned-instance':
      return inRegions(regionIds, (region) => [`acs:ecs:${region}:${accountId}:instance/*`]);
    case 'command':
      return inRegions(regionIds, (region) => [`acs:ecs:${region}:${accountId}:command/*`]);
    case 'domain':
      return domains.map((domain) => `acs:alidns:*:${accountId}:domain/${domain}`);
  }
}

/** Condition key of the tag that marks a pool's own instances. */
export const OWNER_KEY = `acs:ResourceTag/${POOL_TAG}`;

function conditionOf(
  kind: ResourceKind,
  { poolNames }: PermissionScope,
): Pick<RamStatement, 'Condition'> {
  if (kind !== 'owned-instance') return {};
  const operator = poolNames.includes('*') ? 'StringLike' : 'StringEquals';
  return { Condition: { [operator]: { [OWNER_KEY]: poolNames } } };
}

/** One statement for what has resource and condition in common; actions in alphabetical order. */
function statementFor(
  kind: ResourceKind,
  apis: readonly string[],
  isWrite: boolean,
  scope: PermissionScope,
): readonly RamStatement[] {
  const permissions = apis.flatMap((api) => API_PERMISSIONS[api] ?? []);
  const actions = permissions
    .filter((one) => one.isWrite === isWrite && one.resources.includes(kind))
    .flatMap((one) => one.actions);
  if (actions.length === 0) return [];
  return [
    {
      Effect: 'Allow',
      Action: [...new Set(actions)].sort(),
      Resource: arnsOf(kind, scope),
      ...conditionOf(kind, scope),
    },
  ];
}

const KINDS: readonly ResourceKind[] = [
  'everything',
  'load-balancer',
  'instance',
  'owned-instance',
  'command',
  'domain',
];

/** Calls of our own functions: FC 3.0 by function, FC 2.0 by service and function, with any version of the service. */
function invocations(name: FunctionName, scope: PermissionScope): readonly RamStatement[] {
  const { invokes } = FUNCTION_NEEDS[name];
  const { accountId, functionNames, functionRegionIds, service } = scope;
  if (invokes.length === 0) return [];
  const places = service === null ? [''] : [`services/${service}/`, `services/${service}.*/`];
  const resources = inRegions(functionRegionIds, (region) =>
    places.flatMap((place) =>
      invokes.map((one) => `acs:fc:${region}:${accountId}:${place}functions/${functionNames[one]}`),
    ),
  );
  return [{ Effect: 'Allow', Action: ['fc:InvokeFunction'], Resource: resources }];
}

/**
 * The least that a function's role needs, reads before writes, so that the writes can be detached alone. A function that calls nothing
 * has no statement, and needs no policy.
 */
export function policyOf(name: FunctionName, scope: PermissionScope = WIDEST_SCOPE): RamPolicy {
  const { apis } = FUNCTION_NEEDS[name];
  return {
    Version: '1',
    Statement: [
      ...KINDS.flatMap((kind) => statementFor(kind, apis, false, scope)),
      ...invocations(name, scope),
      ...KINDS.flatMap((kind) => statementFor(kind, apis, true, scope)),
    ],
  };
}
