import { type Parameters } from '../contracts';
import { clampedNumber, pageByNumber, pageByToken } from '../request-parameters';
import { minuteText } from '../time-text';
import { type EcsModel } from './ecs-model';
import { instanceFilter } from './instance-filter';
import { type LocalInstance } from './local-instance';

const networkOf = (instance: LocalInstance): object => ({
  InstanceNetworkType: 'vpc',
  VpcAttributes: {
    VpcId: instance.vpcId,
    VSwitchId: instance.vSwitchId,
    NatIpAddress: '',
    PrivateIpAddress: { IpAddress: [instance.address] },
  },
  PublicIpAddress: { IpAddress: [] },
  InnerIpAddress: { IpAddress: [] },
  EipAddress: { AllocationId: '', IpAddress: '', Bandwidth: 0, InternetChargeType: '' },
  SecurityGroupIds: { SecurityGroupId: instance.securityGroupIds },
  NetworkInterfaces: {
    NetworkInterface: [
      {
        NetworkInterfaceId: instance.instanceId.replace(/^i-/, 'eni-'),
        Type: 'Primary',
        PrimaryIpAddress: instance.address,
        PrivateIpSets: { PrivateIpSet: [{ PrivateIpAddress: instance.address, Primary: true }] },
      },
    ],
  },
});

const spotOf = ({ spot }: LocalInstance): object => ({
  SpotStrategy: spot.strategy,
  SpotPriceLimit: (spot.priceLimitThousandths ?? 0) / 1000,
  SpotDuration: spot.protectedHours,
  SpotInterruptionBehavior: spot.interruptionBehavior,
});

const describe = (instance: LocalInstance, regionId: string): object => ({
  InstanceId: instance.instanceId,
  InstanceName: instance.name,
  HostName: instance.name,
  Status: instance.status,
  StoppedMode: instance.stoppedMode,
  RegionId: regionId,
  ZoneId: instance.zoneId,
  InstanceType: instance.type.id,
  InstanceTypeFamily: instance.type.family,
  Cpu: instance.type.cpuCount,
  Memory: instance.type.memoryGib * 1024,
  ImageId: instance.imageId,
  OSType: 'linux',
  CreationTime: minuteText(instance.createdAt),
  StartTime: instance.startedAt === undefined ? '' : minuteText(instance.startedAt),
  AutoReleaseTime: instance.autoReleaseAt === undefined ? '' : minuteText(instance.autoReleaseAt),
  ExpiredTime: '2099-12-31T15:59Z',
  InstanceChargeType: 'PostPaid',
  ...spotOf(instance),
  DeletionProtection: instance.isDeletionProtected,
  Recyclable: false,
  ResourceGroupId: '',
  OperationLocks: {
    LockReason: instance.locks.map(({ reason, message }) => ({
      LockReason: reason,
      LockMsg: message,
    })),
  },
  // Requests say Key and Value; this reply says TagKey and TagValue.
  Tags: { Tag: [...instance.tags].map(([key, value]) => ({ TagKey: key, TagValue: value })) },
  ...networkOf(instance),
});

/** The tag filter finds no more than this; beyond it only ListTagResources tells all. */
const TAGGED_MAX = 1_000;

const findInstances = (model: EcsModel, parameters: Parameters): readonly LocalInstance[] => {
  const found = model.visible().filter(instanceFilter(parameters));
  const hasTags = Object.keys(parameters).some((name) => name.startsWith('Tag.'));
  return hasTags ? found.slice(0, TAGGED_MAX) : found;
};

/** `DescribeInstances`. Unknown ids are absent. With `MaxResults` or `NextToken` the total is not counted and says 0. */
export function describeInstances(model: EcsModel, parameters: Parameters): object {
  const found = findInstances(model, parameters);
  const reply = (items: readonly LocalInstance[]): object => ({
    Instance: items.map((instance) => describe(instance, model.options.regionId)),
  });
  if ((parameters['MaxResults'] ?? parameters['NextToken'] ?? '') !== '') {
    const size = clampedNumber(parameters, 'MaxResults', { fallback: 10, min: 10, max: 100 });
    const page = pageByToken(found, parameters['NextToken'], size);
    return {
      TotalCount: 0,
      PageNumber: 0,
      PageSize: size,
      NextToken: page.nextToken,
      Instances: reply(page.items),
    };
  }
  const number = clampedNumber(parameters, 'PageNumber', {
    fallback: 1,
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
  });
  const size = clampedNumber(parameters, 'PageSize', { fallback: 10, min: 1, max: 100 });
  return {
    TotalCount: found.length,
    PageNumber: number,
    PageSize: size,
    NextToken: '',
    Instances: reply(pageByNumber(found, number, size)),
  };
}
