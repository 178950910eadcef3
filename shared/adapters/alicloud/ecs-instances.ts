import { type InstanceFacts, type InstanceStatus } from '../../domain/pool';
import { type Fields, fieldsAt, numberAt, optionalListAt, textAt } from './reply';

const STATUSES: readonly InstanceStatus[] = [
  'Pending',
  'Starting',
  'Running',
  'Stopping',
  'Stopped',
];

const firstText = (fields: Fields, name: string): string | undefined => {
  const list = fields[name];
  return Array.isArray(list) && typeof list[0] === 'string' ? list[0] : undefined;
};

/** The private address: of the VPC, else of the primary interface, else of the classic network. */
function addressOf(entry: Fields): string {
  const inVpc = firstText(
    fieldsAt(fieldsAt(entry, 'VpcAttributes'), 'PrivateIpAddress'),
    'IpAddress',
  );
  const [network] = optionalListAt(entry, 'NetworkInterfaces', 'NetworkInterface');
  const primary = network === undefined ? '' : textAt(network, 'PrimaryIpAddress');
  return inVpc ?? (primary || (firstText(fieldsAt(entry, 'InnerIpAddress'), 'IpAddress') ?? ''));
}

/** `OperationLocks.LockReason[].LockReason`. */
export const locksOf = (entry: Fields): readonly string[] =>
  optionalListAt(entry, 'OperationLocks', 'LockReason').map((lock) => textAt(lock, 'LockReason'));

/** One entry of `DescribeInstances`. `cpuCount` is 0 when the reply leaves it out. Tags are Key/Value in requests, TagKey/TagValue here. */
export function instanceFacts(entry: Fields): InstanceFacts {
  const spot = textAt(entry, 'SpotStrategy');
  const tags = optionalListAt(entry, 'Tags', 'Tag').map((tag) => [
    textAt(tag, 'TagKey'),
    textAt(tag, 'TagValue'),
  ]);
  return {
    status: STATUSES.find((status) => status === textAt(entry, 'Status')) ?? 'Pending',
    instanceType: textAt(entry, 'InstanceType'),
    zoneId: textAt(entry, 'ZoneId'),
    cpuCount: numberAt(entry, 'Cpu') ?? 0,
    address: addressOf(entry),
    isSpot: spot !== '' && spot !== 'NoSpot',
    locks: locksOf(entry),
    tags: Object.fromEntries(tags) as Record<string, string>,
  };
}
