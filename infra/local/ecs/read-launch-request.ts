import { type Parameters, VendorError } from '../contracts';
import { isTrue, listOf, requiredText, structuresOf } from '../request-parameters';
import { readAutoReleaseTime } from './auto-release';
import { findInstanceType, type InstanceType } from './instance-types';
import { type LaunchRequest } from './launch-request';
import { type LaunchTemplates, mergeParameters } from './launch-templates';
import { type Network } from './network';
import { readSpotTerms } from './spot-terms';
import { type Supply } from './supply';
import { readTags } from './tag-rules';

const AMOUNT_MAX = 100;
const USER_DATA_BYTES_MAX = 32 * 1024;

/** Reads RunInstances. Throws the vendor's error for what is missing, unknown or does not fit together; nothing is changed. */
export function readLaunchRequest(
  call: Parameters,
  { network, images, launchTemplates }: Supply,
  now: number,
): LaunchRequest {
  const parameters = withTemplate(call, launchTemplates);
  const place = readPlace(parameters, network);
  const { imageId, isBad = false } = images.find(requiredText(parameters, 'ImageId'));
  refuseOtherCharges(parameters);
  refuseLargeUserData(parameters['UserData']);
  return {
    ...readAmounts(parameters),
    ...place,
    type: readType(parameters),
    imageId,
    isBadImage: isBad,
    spot: readSpotTerms(parameters),
    tags: readTags(parameters),
    name: parameters['InstanceName'],
    hasUniqueSuffix: isTrue(parameters['UniqueSuffix']),
    autoReleaseAt: readAutoReleaseTime(parameters['AutoReleaseTime'], now),
    isDeletionProtected: isTrue(parameters['DeletionProtection']),
    isDryRun: isTrue(parameters['DryRun']),
  };
}

function withTemplate(call: Parameters, templates: LaunchTemplates): Parameters {
  const id = call['LaunchTemplateId'];
  const name = call['LaunchTemplateName'];
  if ((id ?? name ?? '') === '') return call;
  const template = templates.find({ id, name });
  const number = call['LaunchTemplateVersion'];
  const version = templates.version(template, number === undefined ? undefined : Number(number));
  return mergeParameters(version.parameters, call);
}

function readAmounts(parameters: Parameters): Pick<LaunchRequest, 'amount' | 'minAmount'> {
  const amount = Number(parameters['Amount'] ?? 1);
  if (!isAmount(amount))
    throw new VendorError(403, 'InvalidParam.Amount', 'The amount must be from 1 to 100.');
  const minAmount = Number(parameters['MinAmount'] ?? amount);
  if (!isAmount(minAmount) || minAmount > amount)
    throw new VendorError(
      400,
      'InvalidMinAmount.Malformed',
      'The MinAmount must be from 1 to the amount.',
    );
  return { amount, minAmount };
}

const isAmount = (value: number): boolean =>
  Number.isInteger(value) && value >= 1 && value <= AMOUNT_MAX;

function readType(parameters: Parameters): InstanceType {
  const id = requiredText(parameters, 'InstanceType');
  const type = findInstanceType(id);
  if (type === undefined)
    throw new VendorError(
      400,
      'InvalidInstanceType.ValueNotSupported',
      `The specified InstanceType ${id} is not supported.`,
    );
  return type;
}

/** vSwitch and security groups, at the top level or in the primary network interface, all of one VPC and zone. */
function readPlace(
  parameters: Parameters,
  network: Network,
): Pick<LaunchRequest, 'vSwitch' | 'securityGroupIds'> {
  const primary = structuresOf(parameters, 'NetworkInterface').find(
    ({ InstanceType: kind }) => kind === 'Primary',
  );
  if (
    primary !== undefined &&
    (groupsOf(parameters).length > 0 || parameters['VSwitchId'] !== undefined)
  )
    throw new VendorError(
      400,
      'InvalidParameter.Conflict',
      'With a primary network interface, VSwitchId and security groups belong inside it.',
    );
  const wanted = primary ?? parameters;
  const zoneId = parameters['ZoneId'];
  const vSwitchId = wanted['VSwitchId'];
  const vSwitch =
    vSwitchId === undefined ? network.defaultVSwitch(zoneId) : network.vSwitch(vSwitchId);
  const securityGroupIds = groupsOf(wanted);
  if (securityGroupIds.length === 0) requiredText(wanted, 'SecurityGroupId');
  const fits =
    (zoneId ?? vSwitch.zoneId) === vSwitch.zoneId &&
    securityGroupIds.every((id) => network.securityGroup(id).vpcId === vSwitch.vpcId);
  if (!fits)
    throw new VendorError(
      400,
      'InvalidParameter.Mismatch',
      'The zone, the vSwitch and the security groups do not belong together.',
    );
  return { vSwitch, securityGroupIds };
}

function groupsOf(parameters: Parameters): readonly string[] {
  const one = parameters['SecurityGroupId'];
  const many = listOf(parameters, 'SecurityGroupIds');
  if (one !== undefined && many.length > 0)
    throw new VendorError(
      400,
      'InvalidParameter.Conflict',
      'SecurityGroupId and SecurityGroupIds exclude each other.',
    );
  return one === undefined ? many : [one];
}

function refuseOtherCharges(parameters: Parameters): void {
  if ((parameters['InstanceChargeType'] ?? 'PostPaid') !== 'PostPaid')
    throw new VendorError(
      404,
      'InvalidInstanceChargeType.NotFound',
      'The local region sells by use only: InstanceChargeType must be PostPaid.',
    );
}

function refuseLargeUserData(encoded = ''): void {
  if (Buffer.from(encoded, 'base64').length > USER_DATA_BYTES_MAX)
    throw new VendorError(
      400,
      'InvalidUserData.SizeExceeded',
      'The specified UserData is larger than 32 KB.',
    );
}
