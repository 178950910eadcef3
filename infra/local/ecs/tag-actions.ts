import { type Action, type Parameters, VendorError } from '../contracts';
import { isTrue, listOf, pageByToken, requiredText, structuresOf } from '../request-parameters';
import { type EcsModel } from './ecs-model';
import { byTags } from './instance-filter';
import { type LocalInstance } from './local-instance';

const RESOURCES_MAX = 50;
const TAGS_MAX = 20;
const KEY_LENGTH_MAX = 128;
const PAGE_SIZE = 50;

const resourcesOf = (model: EcsModel, parameters: Parameters): readonly LocalInstance[] => {
  if (requiredText(parameters, 'ResourceType').toLowerCase() !== 'instance')
    throw new VendorError(
      400,
      'InvalidResourceType.NotFound',
      'The ResourceType provided does not exist in our records.',
    );
  const ids = listOf(parameters, 'ResourceId');
  if (ids.length > RESOURCES_MAX)
    throw new VendorError(
      400,
      'NumberExceed.ResourceIds',
      'At most 50 resource ids can be specified.',
    );
  return ids.map((id) => model.demand(id, 'InvalidResourceId.NotFound'));
};

const refuseBadKey = (key: string): void => {
  const isBad =
    key === '' ||
    key.length > KEY_LENGTH_MAX ||
    /^(aliyun|acs:)/i.test(key) ||
    /https?:\/\//i.test(key);
  if (isBad)
    throw new VendorError(
      400,
      'InvalidTagKey.Malformed',
      `The specified tag key ${key} is not valid.`,
    );
};

const tag = (model: EcsModel, parameters: Parameters): object => {
  const tags = structuresOf(parameters, 'Tag').map(({ Key: key = '', Value: value = '' }) => ({
    key,
    value,
  }));
  if (tags.length === 0 || tags.length > TAGS_MAX)
    throw new VendorError(
      400,
      'InvalidTagCount',
      'The specified tags are beyond the permitted range.',
    );
  for (const { key } of tags) refuseBadKey(key);
  const resources = resourcesOf(model, parameters);
  for (const instance of resources) {
    const keys = new Set([...instance.tags.keys(), ...tags.map(({ key }) => key)]);
    if (keys.size > TAGS_MAX)
      throw new VendorError(403, 'QuotaExceed.Tags', 'An instance can carry at most 20 tags.');
  }
  for (const instance of resources)
    for (const { key, value } of tags) instance.tags.set(key, value);
  return {};
};

const untag = (model: EcsModel, parameters: Parameters): object => {
  const keys = listOf(parameters, 'TagKey');
  for (const instance of resourcesOf(model, parameters)) {
    const gone = keys.length === 0 && isTrue(parameters['All']) ? [...instance.tags.keys()] : keys;
    for (const key of gone) instance.tags.delete(key);
  }
  return {};
};

const list = (model: EcsModel, parameters: Parameters): object => {
  const named = resourcesOf(model, parameters);
  const tags = structuresOf(parameters, 'Tag');
  if (named.length === 0 && tags.length === 0)
    throw new VendorError(
      400,
      'MissingParameter.TagOwner',
      'Either ResourceId or Tag must be specified.',
    );
  if (tags.some(({ Key: key = '' }) => key === ''))
    throw new VendorError(
      400,
      'InvalidParameter.TagValue',
      'A tag value was specified without its key.',
    );
  const rows = (named.length === 0 ? model.visible() : named)
    .filter(byTags(tags))
    .flatMap((instance) =>
      [...instance.tags].map(([key, value]) => ({
        ResourceId: instance.instanceId,
        ResourceType: 'instance',
        TagKey: key,
        TagValue: value,
      })),
    );
  const page = pageByToken(rows, parameters['NextToken'], PAGE_SIZE);
  return { NextToken: page.nextToken, TagResources: { TagResource: page.items } };
};

export const tagActions = (model: EcsModel): Readonly<Record<string, Action>> => ({
  TagResources: (parameters) => tag(model, parameters),
  UntagResources: (parameters) => untag(model, parameters),
  ListTagResources: (parameters) => list(model, parameters),
});
