import { type Parameters } from '../contracts';
import {
  type SlbActions,
  type SlbContext,
  namedLoadBalancer,
  requireRegion,
  tagListReply,
} from './action-context';
import { type LoadBalancerRecord } from './load-balancer';
import { type LoadBalancerInput } from './model';
import { type TagInput, choice, required, tagList, text, wholeNumber } from './parameters';
import { minuteText } from '../time-text';

const PAGE_SIZE_DEFAULT = 50;

/** CreateLoadBalancer, DeleteLoadBalancer, SetLoadBalancerStatus, DescribeLoadBalancers, DescribeLoadBalancerAttribute. */
export const loadBalancerActions = (context: SlbContext): SlbActions => ({
  CreateLoadBalancer: (parameters) => createLoadBalancer(context, parameters),
  DeleteLoadBalancer: (parameters) => {
    context.model.deleteLoadBalancer(namedLoadBalancer(context, parameters).loadBalancerId);
    return {};
  },
  SetLoadBalancerStatus: (parameters) => {
    const { loadBalancerId } = namedLoadBalancer(context, parameters);
    required(parameters, 'LoadBalancerStatus');
    context.model.setLoadBalancerStatus(
      loadBalancerId,
      choice(parameters, 'LoadBalancerStatus', ['active', 'inactive']) ?? 'active',
    );
    return {};
  },
  DescribeLoadBalancers: (parameters) => describeLoadBalancers(context, parameters),
  DescribeLoadBalancerAttribute: (parameters) =>
    describeAttribute(context, namedLoadBalancer(context, parameters)),
});

function createLoadBalancer(context: SlbContext, parameters: Parameters): object {
  requireRegion(context, parameters);
  const input: LoadBalancerInput = {
    ...given('name', text(parameters, 'LoadBalancerName')),
    ...given('address', text(parameters, 'Address')),
    ...given('addressType', choice(parameters, 'AddressType', ['internet', 'intranet'])),
    ...given('vpcId', text(parameters, 'VpcId')),
    ...given('vSwitchId', text(parameters, 'VSwitchId')),
    ...given('spec', text(parameters, 'LoadBalancerSpec')),
    ...given('bandwidth', wholeNumber(parameters, 'Bandwidth', { min: 1, max: 5120 })),
    ...given('deleteProtection', choice(parameters, 'DeleteProtection', ['on', 'off'])),
  };
  const balancer = context.model.createLoadBalancer(input);
  context.model.tags.add([balancer.loadBalancerId], tagList(parameters));
  return {
    Address: balancer.address,
    AddressIPVersion: 'ipv4',
    LoadBalancerId: balancer.loadBalancerId,
    LoadBalancerName: balancer.name,
    NetworkType: networkType(balancer),
    OrderId: 0,
    ResourceGroupId: '',
    VSwitchId: balancer.vSwitchId,
    VpcId: balancer.vpcId,
  };
}

const given = <K extends keyof LoadBalancerInput>(
  key: K,
  value: LoadBalancerInput[K] | undefined,
): LoadBalancerInput => (value === undefined ? {} : { [key]: value });

const networkType = (balancer: LoadBalancerRecord): string =>
  balancer.vpcId === '' ? 'classic' : 'vpc';

function describeLoadBalancers(context: SlbContext, parameters: Parameters): object {
  const regionId = required(parameters, 'RegionId');
  const all = regionId === context.model.regionId ? context.model.loadBalancers() : [];
  const found = all.filter((balancer) => isWanted(context, balancer, parameters));
  const pageNumber = wholeNumber(parameters, 'PageNumber', { min: 1, max: 1_000_000 }) ?? 1;
  const pageSize = wholeNumber(parameters, 'PageSize', { min: 1, max: 100 }) ?? PAGE_SIZE_DEFAULT;
  const page = found.slice((pageNumber - 1) * pageSize, pageNumber * pageSize);
  return {
    LoadBalancers: { LoadBalancer: page.map((balancer) => listFields(context, balancer)) },
    PageNumber: pageNumber,
    PageSize: pageSize,
    TotalCount: found.length,
  };
}

function isWanted(
  context: SlbContext,
  balancer: LoadBalancerRecord,
  parameters: Parameters,
): boolean {
  const oneOf = (name: string, own: string): boolean =>
    text(parameters, name)
      ?.split(',')
      .map((part) => part.trim())
      .includes(own) ?? true;
  const serverId = text(parameters, 'ServerId');
  return (
    oneOf('LoadBalancerId', balancer.loadBalancerId) &&
    oneOf('LoadBalancerName', balancer.name) &&
    oneOf('LoadBalancerStatus', balancer.status) &&
    oneOf('Address', balancer.address) &&
    oneOf('AddressType', balancer.addressType) &&
    oneOf('VpcId', balancer.vpcId) &&
    (serverId === undefined || holds(context, balancer, serverId)) &&
    context.model.tags.matches(balancer.loadBalancerId, [
      ...tagList(parameters),
      ...legacyTags(parameters),
    ])
  );
}

const holds = ({ model }: SlbContext, balancer: LoadBalancerRecord, serverId: string): boolean =>
  [balancer, ...model.groupsOf(balancer.loadBalancerId)].some(({ backends }) =>
    backends.some((backend) => backend.serverId === serverId),
  );

/** `Tags`, the older spelling: a JSON list of `TagKey` and `TagValue`. Unreadable text filters nothing. */
function legacyTags(parameters: Parameters): readonly TagInput[] {
  try {
    const list = JSON.parse(parameters['Tags'] ?? '[]') as readonly {
      readonly TagKey: string;
      readonly TagValue?: string;
    }[];
    return list.map(({ TagKey, TagValue }) => ({ key: TagKey, value: TagValue }));
  } catch {
    return [];
  }
}

const listFields = (context: SlbContext, balancer: LoadBalancerRecord): object => ({
  Address: balancer.address,
  AddressIPVersion: 'ipv4',
  AddressType: balancer.addressType,
  Bandwidth: balancer.bandwidth,
  CreateTime: minuteText(balancer.createdAt),
  CreateTimeStamp: balancer.createdAt,
  DeleteProtection: balancer.deleteProtection,
  InstanceChargeType: 'PayBySpec',
  InternetChargeType: 'paybytraffic',
  InternetChargeTypeAlias: 'paybytraffic',
  LoadBalancerId: balancer.loadBalancerId,
  LoadBalancerName: balancer.name,
  LoadBalancerSpec: balancer.spec,
  LoadBalancerStatus: balancer.status,
  MasterZoneId: `${context.model.regionId}-a`,
  ModificationProtectionReason: '',
  ModificationProtectionStatus: 'NonProtection',
  NetworkType: networkType(balancer),
  PayType: 'PayOnDemand',
  RegionId: context.model.regionId,
  RegionIdAlias: context.model.regionId,
  ResourceGroupId: '',
  SlaveZoneId: `${context.model.regionId}-b`,
  Tags: { Tag: tagListReply(context, balancer.loadBalancerId) },
  VSwitchId: balancer.vSwitchId,
  VpcId: balancer.vpcId,
});

function describeAttribute(context: SlbContext, balancer: LoadBalancerRecord): object {
  const listeners = context.model.listenersOf(balancer.loadBalancerId);
  return {
    ...listFields(context, balancer),
    AutoReleaseTime: 0,
    BackendServers: {
      BackendServer: balancer.backends.map((backend) => ({
        Description: backend.description,
        ServerId: backend.serverId,
        ServerIp: backend.serverIp,
        Type: backend.type,
        Weight: backend.weight,
      })),
    },
    EndTime: '2999-09-08T16:00:00Z',
    EndTimeStamp: 32_493_801_600_000,
    ListenerPorts: { ListenerPort: listeners.map(({ port }) => port) },
    // The vendor sends the list twice; the first is misspelt.
    ListenerPortsAndProtocal: {
      ListenerPortAndProtocal: listeners.map(({ port, protocol }) => ({
        ListenerPort: port,
        ListenerProtocal: protocol,
      })),
    },
    ListenerPortsAndProtocol: {
      ListenerPortAndProtocol: listeners.map(({ port, protocol, settings }) => ({
        Description: settings.description,
        ListenerForward: 'off',
        ListenerPort: port,
        ListenerProtocol: protocol,
      })),
    },
  };
}
