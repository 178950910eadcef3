import { type Parameters, VendorError } from '../contracts';
import { jsonArray, listOf, structuresOf } from '../request-parameters';
import { minuteText } from '../time-text';
import { type LocalInstance } from './local-instance';

type Test = (instance: LocalInstance) => boolean;

const IDS_MAX = 100;
const TAGS_MAX = 20;

const malformedIds = (): VendorError =>
  new VendorError(
    400,
    'InvalidInstanceIds.Malformed',
    'The specified InstanceIds is not a JSON array of at most 100 instance ids.',
  );

const byIds = (text: string): Test => {
  const ids = jsonArray(text, malformedIds);
  if (ids.length > IDS_MAX || ids.some((id) => typeof id !== 'string')) throw malformedIds();
  const wanted = new Set(ids);
  return ({ instanceId }) => wanted.has(instanceId);
};

const byAddresses = (text: string): Test => {
  const addresses = jsonArray(
    text,
    () =>
      new VendorError(
        400,
        'InvalidPrivateIpAddress.Malformed',
        'The specified PrivateIpAddresses is not a JSON array.',
      ),
  );
  return ({ address }) => addresses.includes(address);
};

/** `*` stands for any text. */
const byName = (pattern: string): Test => {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const expression = new RegExp(`^${parts.join('.*')}$`);
  return ({ name }) => expression.test(name);
};

/** All given tags must be there; a tag without a value asks for the key alone. */
export const byTags = (tags: readonly Parameters[]): Test => {
  if (tags.length > TAGS_MAX)
    throw new VendorError(
      400,
      'InvalidTagCount',
      'The specified tags are beyond the permitted range.',
    );
  return (instance) =>
    tags.every(
      ({ Key: key, Value: value }) =>
        key === undefined ||
        (value === undefined || value === ''
          ? instance.tags.has(key)
          : instance.tags.get(key) === value),
    );
};

/** `Filter.N`: only creation times, `yyyy-MM-ddTHH:mmZ`, are known. */
const byCreation = ({ Key: key = '', Value: value = '' }: Parameters): Test => {
  if (key === 'CreationStartTime') return ({ createdAt }) => minuteText(createdAt) >= value;
  if (key === 'CreationEndTime') return ({ createdAt }) => minuteText(createdAt) <= value;
  throw new VendorError(400, 'InvalidParameter.Filter', `The filter ${key} is not supported.`);
};

const TEXT_FILTERS: Readonly<Record<string, (value: string) => Test>> = {
  InstanceIds: byIds,
  PrivateIpAddresses: byAddresses,
  InstanceName: byName,
  Status: (value) => (instance) => instance.status === value,
  VpcId: (value) => (instance) => instance.vpcId === value,
  VSwitchId: (value) => (instance) => instance.vSwitchId === value,
  ZoneId: (value) => (instance) => instance.zoneId === value,
  ImageId: (value) => (instance) => instance.imageId === value,
  SecurityGroupId: (value) => (instance) => instance.securityGroupIds.includes(value),
  InstanceChargeType: (value) => () => value === 'PostPaid',
  InstanceType: (value) => (instance) => instance.type.id === value,
  InstanceTypeFamily: (value) => (instance) => instance.type.family === value,
  LockReason: (value) => (instance) => instance.locks.some(({ reason }) => reason === value),
};

/** The filters of DescribeInstances as one test: all of them must hold. */
export function instanceFilter(parameters: Parameters): Test {
  const tests = Object.entries(TEXT_FILTERS).flatMap(([name, make]) => {
    const value = parameters[name];
    return value === undefined || value === '' ? [] : [make(value)];
  });
  tests.push(
    byTags(structuresOf(parameters, 'Tag')),
    ...structuresOf(parameters, 'Filter').map(byCreation),
  );
  return (instance) => tests.every((test) => test(instance));
}

/** `InstanceId.N`, at most 100; no list means all. */
export function byIdList(parameters: Parameters): Test {
  const ids = listOf(parameters, 'InstanceId');
  if (ids.length > IDS_MAX)
    throw new VendorError(
      400,
      'InvalidParameter.InstanceId',
      'At most 100 instances can be specified.',
    );
  return ({ instanceId }) => ids.length === 0 || ids.includes(instanceId);
}
