import { type RpcRequest } from '../../shared/adapters/alicloud/rpc';
import { POOL_TAG } from '../../shared/domain/ownership-tags';

/** Real things that calls are tried on, because permissions are narrowed to them; null where there is none. */
export interface ProbeSubjects {
  readonly loadBalancerId: string | null;
  readonly serverGroupId: string | null;
  /** An instance that carries a pool's tag: only such may be stopped. */
  readonly ownedInstanceId: string | null;
  readonly domain: string | null;
  readonly recordId: string | null;
  /** A record that is no name's of the policy, and its remark: writing that again changes nothing, and races with nobody. */
  readonly otherRecord: { readonly id: string; readonly remark: string } | null;
}

/** A call that changes nothing, or what is lacking to make one. */
export type PermissionProbe =
  | { readonly kind: 'call'; readonly request: RpcRequest }
  | { readonly kind: 'lacking'; readonly what: string };

type Query = Readonly<Record<string, unknown>>;
type ProbeOf = (subjects: ProbeSubjects, regionId: string) => Query | string;

const VERSIONS: Readonly<Record<string, string>> = {
  Slb: '2014-05-15',
  Ecs: '2014-05-26',
  Cms: '2019-01-01',
  Alidns: '2015-01-09',
};

/** No instance has this id: whoever may make the call hears that it does not exist. */
const NOBODY = 'i-evenkeel0doctor0nobody';

const NO_BALANCER = 'the policy names no load balancer';
const NO_GROUP = 'none of the policy’s load balancers has a server group';
const NO_DOMAIN = 'the policy names no domain';
const NO_RECORD = 'the policy’s domains have no record';
const NO_OWNED = `no instance carries the tag ${POOL_TAG}`;

const onBalancer =
  (more: Query = {}): ProbeOf =>
  ({ loadBalancerId: id }) =>
    id === null ? NO_BALANCER : { LoadBalancerId: id, ...more };
const onGroup =
  (more: Query = {}): ProbeOf =>
  ({ serverGroupId: id }) =>
    id === null ? NO_GROUP : { VServerGroupId: id, ...more };
const onOwned =
  (more: Query): ProbeOf =>
  ({ ownedInstanceId: id }) =>
    id === null ? NO_OWNED : { InstanceId: [id], DryRun: true, ...more };
const onDomain =
  (more: Query = {}): ProbeOf =>
  ({ domain }) =>
    domain === null ? NO_DOMAIN : { DomainName: domain, ...more };
/** Real records with values that no record can have: who may write hears that they are wrong. */
const onRecord =
  (more: Query = {}): ProbeOf =>
  ({ recordId: id }) =>
    id === null ? NO_RECORD : { RecordId: id, ...more };
const anywhere =
  (query: Query): ProbeOf =>
  () =>
    query;

const BACKENDS = JSON.stringify([{ ServerId: NOBODY, Weight: '0', Type: 'ecs' }]);
const GROUP_BACKENDS = JSON.stringify([{ ServerId: NOBODY, Port: 1, Weight: 0, Type: 'ecs' }]);
const TAGGED = { ResourceType: 'instance', ResourceId: [NOBODY] };

/**
 * How each API is tried without changing anything: reads are made; writes name an instance that does not exist, or a value that cannot
 * be, or say `DryRun`. An answer that denies tells of the permission, any other that it is there.
 */
const PROBES: Readonly<Record<string, ProbeOf>> = {
  'Slb.DescribeLoadBalancers': onBalancer(),
  'Slb.DescribeLoadBalancerAttribute': onBalancer(),
  'Slb.DescribeLoadBalancerListeners': ({ loadBalancerId: id }) =>
    id === null ? NO_BALANCER : { LoadBalancerId: [id] },
  'Slb.DescribeHealthStatus': onBalancer(),
  'Slb.DescribeVServerGroups': onBalancer(),
  'Slb.DescribeVServerGroupAttribute': onGroup(),
  'Slb.SetBackendServers': onBalancer({ BackendServers: BACKENDS }),
  'Slb.AddBackendServers': onBalancer({ BackendServers: BACKENDS }),
  'Slb.RemoveBackendServers': onBalancer({ BackendServers: BACKENDS }),
  'Slb.SetVServerGroupAttribute': onGroup({ BackendServers: GROUP_BACKENDS }),
  'Slb.AddVServerGroupBackendServers': onGroup({ BackendServers: GROUP_BACKENDS }),
  'Slb.RemoveVServerGroupBackendServers': onGroup({ BackendServers: GROUP_BACKENDS }),
  'Ecs.DescribeInstances': anywhere({ InstanceIds: JSON.stringify([NOBODY]) }),
  'Ecs.DescribeInstancesFullStatus': anywhere({ InstanceId: [NOBODY] }),
  'Ecs.DescribeInstanceHistoryEvents': anywhere({ ResourceId: [NOBODY] }),
  'Ecs.DescribeInstanceTypes': anywhere({ InstanceTypes: ['ecs.c7.large'] }),
  'Ecs.DescribeInvocationResults': anywhere({ InvokeId: 't-evenkeel0doctor' }),
  'Ecs.ListTagResources': anywhere(TAGGED),
  'Ecs.TagResources': anywhere({ ...TAGGED, Tag: [{ Key: 'evenkeel:doctor', Value: '1' }] }),
  'Ecs.UntagResources': anywhere({ ...TAGGED, TagKey: ['evenkeel:doctor'] }),
  'Ecs.RunCommand': anywhere({
    ...{ Type: 'RunShellScript', CommandContent: 'true', InstanceId: [NOBODY] },
  }),
  'Ecs.RebootInstances': anywhere({ InstanceId: [NOBODY], DryRun: true }),
  'Ecs.RunInstances': anywhere({
    ...{ DryRun: true, Amount: 1, ImageId: 'm-evenkeel0doctor', InstanceType: 'ecs.c7.large' },
    ...{ SecurityGroupId: 'sg-evenkeel0doctor', VSwitchId: 'vsw-evenkeel0doctor' },
  }),
  'Ecs.StartInstances': onOwned({}),
  'Ecs.StopInstances': onOwned({}),
  'Ecs.DeleteInstances': onOwned({ Force: false }),
  'Cms.DescribeMetricLast': ({ loadBalancerId: id }) => ({
    ...{ Namespace: 'acs_slb_dashboard', MetricName: 'UnhealthyServerCount' },
    ...(id !== null && { Dimensions: JSON.stringify([{ instanceId: id }]) }),
  }),
  // A point without a value is refused, so none is left behind.
  'Cms.PutCustomMetric': anywhere({
    MetricList: [
      {
        ...{ GroupId: '0', MetricName: 'evenkeel_doctor', Dimensions: '{"doctor":"1"}' },
        ...{ Type: '0', Values: '{}' },
      },
    ],
  }),
  'Alidns.DescribeDomainRecords': onDomain(),
  'Alidns.DescribeDomainInfo': onDomain(),
  'Alidns.DescribeDNSSLBSubDomains': onDomain(),
  'Alidns.DescribeDomainRecordInfo': onRecord(),
  'Alidns.SetDomainRecordStatus': onRecord({ Status: 'Doctor' }),
  // No remark is known to be refused.
  'Alidns.UpdateDomainRecordRemark': ({ otherRecord }) =>
    otherRecord === null
      ? 'every record of the policy’s domain is one of its names'
      : { RecordId: otherRecord.id, Remark: otherRecord.remark },
  'Alidns.UpdateDNSSLBWeight': onRecord({ Weight: 1_000_000 }),
  'Alidns.SetDNSSLBStatus': ({ domain }) =>
    domain === null ? NO_DOMAIN : { SubDomain: `evenkeel-doctor.${domain}`, Open: true },
};

/** How an API, as `Ecs.RunInstances`, is tried in a region. Throws for one that nobody thought of: a test tries all. */
export function probeOf(api: string, subjects: ProbeSubjects, regionId: string): PermissionProbe {
  const [product = '', action = ''] = api.split('.');
  const version = VERSIONS[product];
  const query = PROBES[api]?.(subjects, regionId);
  if (query === undefined || version === undefined)
    throw new Error(`Nobody knows how ${api} can be tried.`);
  if (typeof query === 'string') return { kind: 'lacking', what: query };
  const placed = product === 'Alidns' ? query : { RegionId: regionId, ...query };
  const request = { product: product as RpcRequest['product'], version, action, query: placed };
  return { kind: 'call', request };
}
