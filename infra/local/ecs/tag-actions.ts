import { type Action, type Parameters, VendorError } from '../contracts';
import { isTrue, listOf, pageByToken, requiredText, structuresOf } from '../request-parameters';
import { type EcsModel } from './ecs-model';
import { byTags } from './instance-filter';
import { type LocalInstance } from './local-instance';
import { invalidTagCount, readTags, TAGS_MAX } from './tag-rules';

const RESOURCES_MAX = 50;
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

const tag = (model: EcsModel, parameters: Parameters): object => {
  const tags = readTags(parameters);
  if (tags.length === 0) throw invalidTagCount();
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

/** `TagFilter.N`: the key with any of the values, or with any value at all. */
const tagFilters = (parameters: Parameters): readonly ((instance: LocalInstance) => boolean)[] =>
  structuresOf(parameters, 'TagFilter').map((filter) => {
    const values = listOf(filter, 'TagValues');
    return ({ tags }) => {
      const value = tags.get(filter['TagKey'] ?? '');
      return value !== undefined && (values.length === 0 || values.includes(value));
    };
  });

const list = (model: EcsModel, parameters: Parameters): object => {
  const named = resourcesOf(model, parameters);
  const tags = structuresOf(parameters, 'Tag');
  const wanted = tagFilters(parameters);
  if (named.length === 0 && tags.length === 0 && wanted.length === 0)
    throw new VendorError(
      400,
      'MissingParameter.TagOwner',
      'One of ResourceId, Tag and TagFilter must be specified.',
    );
  if (tags.some(({ Key: key = '' }) => key === ''))
    throw new VendorError(
      400,
      'InvalidParameter.TagValue',
      'A tag value was specified without its key.',
    );
  const rows = (named.length === 0 ? model.visible() : named)
    .filter(byTags(tags))
    .filter((instance) => wanted.every((matches) => matches(instance)))
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
