import {
  DescribeInstancesRequest,
  DescribeInstancesRequestTag,
} from '@alicloud/ecs20140526/dist/models/DescribeInstancesRequest';
import {
  ListTagResourcesRequest,
  ListTagResourcesRequestTag,
} from '@alicloud/ecs20140526/dist/models/ListTagResourcesRequest';
import { type CapacityFacts } from '../../domain/capacity';
import { TEMPLATE_TAG } from '../../domain/ownership-tags';
import { type ListedInstance } from '../../ports/fleet';
import { type CallOptions } from '../../ports/load-balancer';
import { type EcsCalls, instanceIdOf, INSTANCES_PER_CALL } from './ecs-calls';
import { instanceFacts } from './ecs-instances';
import { type Fields, listAt, requiredInstant, requiredText, textAt, wholePages } from './reply';

interface InstanceTag {
  readonly key: string;
  readonly value: string;
}

const LIST = 'DescribeInstances';
const LIST_TAGS = 'ListTagResources';

/** The tag filter of `DescribeInstances` is good for so many matches; a longer list is not to be believed. */
const TAG_FILTER_MAX = 1000;

/** Everything with the tag, or null when there may be more than the filter is good for. */
async function filteredByTag(
  calls: EcsCalls,
  tag: InstanceTag,
  options: CallOptions,
): Promise<readonly Fields[] | null> {
  const found: Fields[] = [];
  const pages = wholePages(LIST, (nextToken) => {
    const model = new DescribeInstancesRequest({
      regionId: calls.regionId,
      tag: [new DescribeInstancesRequestTag(tag)],
      maxResults: INSTANCES_PER_CALL,
      nextToken,
    });
    return calls.call(LIST, model, options);
  });
  for await (const page of pages) {
    found.push(...listAt(LIST, page, 'Instances', 'Instance'));
    if (found.length >= TAG_FILTER_MAX) return null;
  }
  return found;
}

/** Ids of everything with the tag, each once; the reply has a row for every tag of every instance. */
async function idsByTag(
  calls: EcsCalls,
  tag: InstanceTag,
  options: CallOptions,
): Promise<readonly string[]> {
  const ids = new Set<string>();
  const pages = wholePages(LIST_TAGS, (nextToken) => {
    const model = new ListTagResourcesRequest({
      regionId: calls.regionId,
      resourceType: 'instance',
      tag: [new ListTagResourcesRequestTag(tag)],
      nextToken,
    });
    return calls.call(LIST_TAGS, model, options);
  });
  for await (const page of pages)
    for (const row of listAt(LIST_TAGS, page, 'TagResources', 'TagResource'))
      ids.add(requiredText(LIST_TAGS, row, 'ResourceId'));
  return [...ids];
}

const templateVersionOf = (tags: Readonly<Record<string, string>>): number | null => {
  const text = tags[TEMPLATE_TAG] ?? '';
  return /^[0-9]{1,9}$/.test(text) ? Number(text) : null;
};

function capacityFacts(entry: Fields): Omit<CapacityFacts, 'templateVersion'> {
  const spot = textAt(entry, 'SpotStrategy');
  const hasStarted = textAt(entry, 'StartTime') !== '';
  return {
    createdAt: requiredInstant(LIST, entry, 'CreationTime'),
    ...(hasStarted && { startedAt: requiredInstant(LIST, entry, 'StartTime') }),
    chargeType: spot === '' || spot === 'NoSpot' ? 'pay-as-you-go' : 'spot',
    isDeletionProtected: entry['DeletionProtection'] === true,
    isStoppedEconomically:
      textAt(entry, 'Status') === 'Stopped' && textAt(entry, 'StoppedMode') === 'StopCharging',
  };
}

function listedInstance(entry: Fields): ListedInstance {
  const facts = instanceFacts(entry);
  const templateVersion = templateVersionOf(facts.tags);
  return {
    instanceId: instanceIdOf(LIST, entry),
    facts: { ...facts, ...capacityFacts(entry), templateVersion },
  };
}

/**
 * Every instance that carries the tag. The index behind the filter lags, and a filter that was not understood would list
 * everybody: what does not itself say that it carries the tag is left out, because only owned instances are ever deleted.
 */
export async function ownedInstances(
  calls: EcsCalls,
  tag: InstanceTag,
  options: CallOptions,
): Promise<readonly ListedInstance[]> {
  const entries =
    (await filteredByTag(calls, tag, options)) ??
    (await calls.instances(await idsByTag(calls, tag, options), {}, options));
  return entries.map(listedInstance).filter(({ facts }) => facts.tags[tag.key] === tag.value);
}
