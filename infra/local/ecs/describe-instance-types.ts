import { type Parameters, VendorError } from '../contracts';
import { clampedNumber, listOf, pageByToken } from '../request-parameters';
import { INSTANCE_TYPES, type InstanceType } from './instance-types';

const NAMES_MAX = 10;
const KBIT_PER_CPU = 1_000_000;
const PACKETS_PER_CPU = 150_000;

const describe = (type: InstanceType): object => ({
  InstanceTypeId: type.id,
  InstanceTypeFamily: type.family,
  InstanceFamilyLevel: type.baselineCredit === undefined ? 'EnterpriseLevel' : 'CreditEntryLevel',
  InstanceCategory: type.baselineCredit === undefined ? 'General-purpose' : 'Shared',
  CpuArchitecture: 'X86',
  CpuCoreCount: type.cpuCount,
  MemorySize: type.memoryGib,
  GPUAmount: 0,
  InstanceBandwidthRx: type.cpuCount * KBIT_PER_CPU,
  InstanceBandwidthTx: type.cpuCount * KBIT_PER_CPU,
  InstancePpsRx: type.cpuCount * PACKETS_PER_CPU,
  InstancePpsTx: type.cpuCount * PACKETS_PER_CPU,
  EniQuantity: Math.max(2, type.cpuCount / 2),
  EniPrivateIpAddressQuantity: 6,
  ...(type.baselineCredit === undefined ? {} : { BaselineCredit: type.baselineCredit }),
  ...(type.initialCredit === undefined ? {} : { InitialCredit: type.initialCredit }),
});

/** `DescribeInstanceTypes`: at most 10 names a call; `MemorySize` is in GiB and may be a fraction. */
export function describeInstanceTypes(parameters: Parameters): object {
  const names = listOf(parameters, 'InstanceTypes');
  if (names.length > NAMES_MAX)
    throw new VendorError(
      400,
      'InvalidParameter.InstanceTypes',
      'At most 10 instance types can be specified.',
    );
  const family = parameters['InstanceTypeFamily'];
  const found = INSTANCE_TYPES.filter(
    (type) =>
      (names.length === 0 || names.includes(type.id)) &&
      (family === undefined || type.family === family),
  );
  const page = pageByToken(
    found,
    parameters['NextToken'],
    clampedNumber(parameters, 'MaxResults', { fallback: 100, min: 1, max: 100 }),
  );
  return { NextToken: page.nextToken, InstanceTypes: { InstanceType: page.items.map(describe) } };
}
