import { type Action, type Parameters, VendorError } from '../contracts';
import {
  clampedNumber,
  isTrue,
  listOf,
  pageByNumber,
  requiredText,
  structuresOf,
} from '../request-parameters';
import { secondText } from '../time-text';
import { type EcsModel } from './ecs-model';
import { type LaunchTemplate, type LaunchTemplateVersion } from './launch-templates';

const VERSIONS_MAX = 30;
const OWNER = '1234567890123456';

/** What of a call names the template and is no launch parameter. */
const NOT_LAUNCH =
  /^(RegionId|LaunchTemplateId|LaunchTemplateName|VersionDescription|TemplateResourceGroupId|TemplateTag\..*)$/;

const launchParameters = (parameters: Parameters): Parameters =>
  Object.fromEntries(Object.entries(parameters).filter(([name]) => !NOT_LAUNCH.test(name)));

const NUMBERS =
  /^(SpotPriceLimit|SpotDuration|InternetMaxBandwidth(In|Out)|Period|AutoRenewPeriod|HttpPutResponseHopLimit|Ipv6AddressCount|SystemDisk\.(Size|Iops|ProvisionedIops))$/;
const BOOLEANS =
  /^(DeletionProtection|AutoRenew|EnableVmOsConfig|PasswordInherit|SystemDisk\.(DeleteWithInstance|BurstingEnabled))$/;

const typed = (name: string, value: string): string | number | boolean => {
  if (NUMBERS.test(name)) return Number(value);
  return BOOLEANS.test(name) ? isTrue(value) : value;
};

/** Plain parameters under their own names, `SystemDisk.Category` too; lists nested as the API nests them. */
const describeData = (parameters: Parameters): object => {
  const plain = Object.entries(parameters).filter(([name]) => !/\.\d+(\.|$)/.test(name));
  return {
    ...Object.fromEntries(plain.map(([name, value]) => [name, typed(name, value)])),
    SecurityGroupIds: { SecurityGroupId: listOf(parameters, 'SecurityGroupIds') },
    Tags: {
      InstanceTag: structuresOf(parameters, 'Tag').map(({ Key = '', Value = '' }) => ({
        Key,
        Value,
      })),
    },
    NetworkInterfaces: {
      NetworkInterface: structuresOf(parameters, 'NetworkInterface').map((one) => ({
        ...Object.fromEntries(Object.entries(one).filter(([name]) => !name.includes('.'))),
        SecurityGroupIds: { SecurityGroupId: listOf(one, 'SecurityGroupIds') },
      })),
    },
    DataDisks: { DataDisk: structuresOf(parameters, 'DataDisk') },
  };
};

const describeVersion = (
  template: LaunchTemplate,
  version: LaunchTemplateVersion,
  hasDetail: boolean,
): object => ({
  LaunchTemplateId: template.id,
  LaunchTemplateName: template.name,
  VersionNumber: version.number,
  DefaultVersion: version.number === template.defaultVersion,
  VersionDescription: version.description,
  CreateTime: secondText(version.createdAt),
  ModifiedTime: secondText(version.createdAt),
  CreatedBy: OWNER,
  ...(hasDetail ? { LaunchTemplateData: describeData(version.parameters) } : {}),
});

const describeTemplate = (template: LaunchTemplate): object => ({
  LaunchTemplateId: template.id,
  LaunchTemplateName: template.name,
  DefaultVersionNumber: template.defaultVersion,
  LatestVersionNumber: template.versions.length,
  CreateTime: secondText(template.createdAt),
  ModifiedTime: secondText(template.versions.at(-1)?.createdAt ?? template.createdAt),
  CreatedBy: OWNER,
  Tags: { Tag: [] },
});

const pageOf = <T>(rows: readonly T[], parameters: Parameters, sizeMax: number) => {
  const number = clampedNumber(parameters, 'PageNumber', { fallback: 1, min: 1, max: 10_000 });
  const size = clampedNumber(parameters, 'PageSize', { fallback: 10, min: 1, max: sizeMax });
  return {
    rows: pageByNumber(rows, number, size),
    frame: { TotalCount: rows.length, PageNumber: number, PageSize: size },
  };
};

const findTemplate = (model: EcsModel, parameters: Parameters): LaunchTemplate => {
  const { LaunchTemplateId: id, LaunchTemplateName: name } = parameters;
  if ((id ?? name ?? '') === '') requiredText(parameters, 'LaunchTemplateId');
  return model.supply.launchTemplates.find({ id, name });
};

/** `CreateLaunchTemplate`: nothing in it is checked before it is launched. */
const create = (model: EcsModel, parameters: Parameters): object => {
  const template = model.supply.launchTemplates.create({
    name: requiredText(parameters, 'LaunchTemplateName'),
    description: parameters['VersionDescription'] ?? '',
    parameters: launchParameters(parameters),
  });
  return { LaunchTemplateId: template.id, LaunchTemplateVersionNumber: 1 };
};

const createVersion = (model: EcsModel, parameters: Parameters): object => {
  const template = findTemplate(model, parameters);
  if (template.versions.length >= VERSIONS_MAX)
    throw new VendorError(
      403,
      'QuotaExceed.LaunchTemplateVersion',
      'The launch template has 30 versions already.',
    );
  const { number } = model.supply.launchTemplates.addVersion(
    template,
    launchParameters(parameters),
    parameters['VersionDescription'],
  );
  return { LaunchTemplateId: template.id, LaunchTemplateVersionNumber: number };
};

/** `DescribeLaunchTemplates`: unknown ids and names are absent. */
const describeTemplates = (model: EcsModel, parameters: Parameters): object => {
  const ids = listOf(parameters, 'LaunchTemplateId');
  const names = listOf(parameters, 'LaunchTemplateName');
  const found = model.supply.launchTemplates
    .all()
    .filter(({ id }) => ids.length === 0 || ids.includes(id))
    .filter(({ name }) => names.length === 0 || names.includes(name));
  const { rows, frame } = pageOf(found, parameters, 100);
  return { ...frame, LaunchTemplateSets: { LaunchTemplateSet: rows.map(describeTemplate) } };
};

/** `DescribeLaunchTemplateVersions`: newest first. */
const describeVersions = (model: EcsModel, parameters: Parameters): object => {
  const template = findTemplate(model, parameters);
  const wanted = listOf(parameters, 'LaunchTemplateVersion').map(Number);
  const least = Number(parameters['MinVersion'] ?? 1);
  const most = Number(parameters['MaxVersion'] ?? template.versions.length);
  const found = template.versions
    .filter(({ number }) => wanted.length === 0 || wanted.includes(number))
    .filter(({ number }) => number >= least && number <= most)
    .filter(
      ({ number }) => !isTrue(parameters['DefaultVersion']) || number === template.defaultVersion,
    )
    .reverse();
  const hasDetail = isTrue(parameters['DetailFlag'] ?? 'true');
  const { rows, frame } = pageOf(found, parameters, 50);
  return {
    ...frame,
    LaunchTemplateVersionSets: {
      LaunchTemplateVersionSet: rows.map((version) =>
        describeVersion(template, version, hasDetail),
      ),
    },
  };
};

export const launchTemplateActions = (model: EcsModel): Readonly<Record<string, Action>> => ({
  CreateLaunchTemplate: (parameters) => create(model, parameters),
  CreateLaunchTemplateVersion: (parameters) => createVersion(model, parameters),
  DescribeLaunchTemplates: (parameters) => describeTemplates(model, parameters),
  DescribeLaunchTemplateVersions: (parameters) => describeVersions(model, parameters),
});
