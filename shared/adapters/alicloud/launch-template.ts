import { DescribeLaunchTemplateVersionsRequest } from '@alicloud/ecs20140526/dist/models/DescribeLaunchTemplateVersionsRequest';
import { type TemplateFacts } from '../../ports/fleet';
import { type CallOptions } from '../../ports/load-balancer';
import { type EcsCalls } from './ecs-calls';
import { detailsOf } from './launch-refusals';
import {
  type Fields,
  fieldsAt,
  listAt,
  optionalListAt,
  requiredNumber,
  requiredText,
  textAt,
  textsAt,
} from './reply';

const ACTION = 'DescribeLaunchTemplateVersions';
const NOT_THERE = ['InvalidLaunchTemplate.NotFound', 'InvalidLaunchTemplateVersion.NotFound'];

/** One group, or a list of them: the two exclude each other. */
function securityGroupsOf(data: Fields): readonly string[] {
  const one = textAt(data, 'SecurityGroupId');
  if (one !== '') return [one];
  return data['SecurityGroupIds'] === undefined
    ? []
    : textsAt(ACTION, data, 'SecurityGroupIds', 'SecurityGroupId');
}

function templateFacts(entry: Fields): TemplateFacts {
  const data = fieldsAt(entry, 'LaunchTemplateData');
  const tags = optionalListAt(data, 'Tags', 'InstanceTag').map(
    (tag) => [textAt(tag, 'Key'), textAt(tag, 'Value')] as const,
  );
  return {
    templateId: requiredText(ACTION, entry, 'LaunchTemplateId'),
    version: requiredNumber(ACTION, entry, 'VersionNumber'),
    imageId: textAt(data, 'ImageId'),
    instanceType: textAt(data, 'InstanceType'),
    zoneId: textAt(data, 'ZoneId'),
    vSwitchId: textAt(data, 'VSwitchId'),
    securityGroupIds: securityGroupsOf(data),
    hasPrimaryInterface: optionalListAt(data, 'NetworkInterfaces', 'NetworkInterface').some(
      (one) => textAt(one, 'InstanceType') === 'Primary',
    ),
    tags: Object.fromEntries(tags),
  };
}

/** One version of a template, the default one unless a number is given; null when there is none. */
export async function readTemplate(
  calls: EcsCalls,
  wanted: { readonly templateId: string; readonly version: number | null },
  options: CallOptions,
): Promise<TemplateFacts | null> {
  const { templateId, version } = wanted;
  const model = new DescribeLaunchTemplateVersionsRequest({
    regionId: calls.regionId,
    launchTemplateId: templateId,
    detailFlag: true,
    ...(version === null ? { defaultVersion: true } : { launchTemplateVersion: [version] }),
  });
  try {
    const reply = await calls.call(ACTION, model, options);
    const [entry] = listAt(ACTION, reply, 'LaunchTemplateVersionSets', 'LaunchTemplateVersionSet');
    return entry === undefined ? null : templateFacts(entry);
  } catch (error) {
    if (NOT_THERE.includes(detailsOf(error).code)) return null;
    throw error;
  }
}
