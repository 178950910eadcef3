import { type CapacitySnapshot, type OwnedInstance } from '../domain/capacity';
import { type InstanceFacts } from '../domain/instance';
import { MEMBER_TAG, POOL_TAG } from '../domain/ownership-tags';
import { type PoolPolicy } from '../domain/policy';
import { missing, reading, type Reading } from '../domain/reading';
import { type ScaleMemory } from '../domain/scale-memory';
import { type Instant, since } from '../domain/units';
import { type ListedInstance } from '../ports/fleet';
import { type CallOptions } from '../ports/load-balancer';
import { type Ports } from '../ports/ports';
import { attempt } from './attempt';
import { withOurTags } from './our-tags';

/** The instances that are the pool’s by their tags, as ECS lists them. */
export interface ObservedFleet {
  readonly owned: Reading<readonly ListedInstance[]>;
  readonly tagged: Reading<readonly ListedInstance[]> | null;
  /** Who was added by the membership policy: a departed one is on no other list and still has its marks. */
  readonly added: Reading<readonly ListedInstance[]> | null;
  readonly failedLaunches: readonly string[];
}

interface Context {
  readonly ports: Ports;
  readonly options: CallOptions;
}

/**
 * Reads the lists by tag, whole or not at all; null where the policy neither scales the pool nor names its members. They are
 * read in every tick: a mark that the last tick wrote must be seen by this one. A list is as old as its first page.
 */
export async function observeFleet(
  policy: PoolPolicy,
  memory: ScaleMemory | undefined,
  context: Context,
): Promise<ObservedFleet | null> {
  const { scale, membership } = policy;
  if (scale === undefined && membership === undefined) return null;
  const [owned, tagged, added] = await Promise.all([
    readList(POOL_TAG, policy.name, policy, context),
    membership === undefined
      ? null
      : readList(membership.tagKey, membership.tagValue, policy, context),
    membership === undefined ? null : readList(MEMBER_TAG, policy.name, policy, context),
  ]);
  return { owned, tagged, added, failedLaunches: await failedLaunches(owned, memory, context) };
}

async function readList(
  key: string,
  value: string,
  { heal, membership }: PoolPolicy,
  { ports, options }: Context,
): Promise<ObservedFleet['owned']> {
  const startedAt = ports.clock.now();
  const list = await attempt('instances by tag', ports.log, () =>
    ports.fleet.describeOwned(key, value, options),
  );
  if (list === undefined) return missing('read-failed');
  const ours = list.map(({ instanceId, facts }) => ({
    instanceId,
    facts: { ...facts, ...withOurTags(facts, membership?.tagKey) },
  }));
  return reading(ours, startedAt, ports.clock.now(), heal.freshness.instanceMs);
}

/** Launched instances that are not on the list are asked for by name: some failed to be created. */
async function failedLaunches(
  owned: Reading<readonly ListedInstance[]>,
  memory: ScaleMemory | undefined,
  { ports, options }: Context,
): Promise<readonly string[]> {
  if (owned.kind !== 'ok') return [];
  const listed = new Set(owned.value.map(({ instanceId }) => instanceId));
  const awaited = (memory?.launches ?? [])
    .flatMap(({ attempts, arrived, lost }) =>
      attempts
        .flatMap(({ instanceIds }) => instanceIds)
        .filter((instanceId) => !arrived.includes(instanceId) && !lost.includes(instanceId)),
    )
    .filter((instanceId) => !listed.has(instanceId));
  if (awaited.length === 0) return [];
  const failed = await attempt('failed launches', ports.log, () =>
    ports.fleet.describeFailedLaunches(awaited, options),
  );
  return failed ?? [];
}

/** How far a creation time may lie ahead of our clock: minutes are rounded, and clocks differ. */
const AHEAD_MS = 120_000;

type Facts = ReadonlyMap<string, Reading<InstanceFacts>>;

type Named = Pick<PoolPolicy, 'name' | 'membership'>;
type Lists = Pick<ObservedFleet, 'owned' | 'tagged'>;

/**
 * What cannot all be true, in words: nobody comes or goes while there is any of it. `facts` is what ECS says of the backends
 * by their ids, of the doubtful ones after the list.
 *
 * Example: `i-1 is listed twice`; `i-2 is there by its id and absent from the list of its tag`.
 */
export function findContradictions(
  lists: Lists,
  facts: Facts,
  policy: Named,
  now: Instant,
): readonly string[] {
  const found = readLists(lists, policy).flatMap(({ list, isNamed }) => [
    ...withinList(list, now),
    ...againstIds(list, facts, isNamed).map(({ instanceId, text }) => `${instanceId} ${text}`),
  ]);
  return [...new Set(found)];
}

/** Backends of which a list says something else than ECS did by their ids: those are asked for once more. */
export const doubtfulIds = (lists: Lists, facts: Facts, policy: Named): readonly string[] => [
  ...new Set(
    readLists(lists, policy).flatMap(({ list, isNamed }) =>
      againstIds(list, facts, isNamed).map(({ instanceId }) => instanceId),
    ),
  ),
];

interface ReadList {
  readonly list: readonly ListedInstance[];
  readonly isNamed: (tags: InstanceFacts['tags']) => boolean;
}

function readLists({ owned, tagged }: Lists, { name, membership }: Named): readonly ReadList[] {
  const byTag = (list: Lists['tagged'], key: string, value: string): readonly ReadList[] =>
    list?.kind === 'ok' ? [{ list: list.value, isNamed: (tags) => tags[key] === value }] : [];
  return [
    ...byTag(owned, POOL_TAG, name),
    ...(membership === undefined ? [] : byTag(tagged, membership.tagKey, membership.tagValue)),
  ];
}

function withinList(list: readonly ListedInstance[], now: Instant): readonly string[] {
  const seen = new Set<string>();
  return list.flatMap(({ instanceId, facts: { createdAt } }) => {
    const isRepeated = seen.has(instanceId);
    seen.add(instanceId);
    return [
      ...(isRepeated ? [`${instanceId} is listed twice`] : []),
      ...(since(now, createdAt) > AHEAD_MS ? [`${instanceId} was created in the future`] : []),
    ];
  });
}

function againstIds(
  list: readonly ListedInstance[],
  facts: Facts,
  isNamed: ReadList['isNamed'],
): readonly { readonly instanceId: string; readonly text: string }[] {
  const listed = new Set(list.map(({ instanceId }) => instanceId));
  return [...facts].flatMap(([instanceId, read]) => {
    if (read.kind !== 'ok') return [];
    const isListed = listed.has(instanceId);
    const isGone = read.value.status === 'Missing';
    if (isGone && isListed)
      return [{ instanceId, text: 'is on the list of its tag and unknown by its id' }];
    return !isGone && !isListed && isNamed(read.value.tags)
      ? [{ instanceId, text: 'is there by its id and absent from the list of its tag' }]
      : [];
  });
}

/** The listed instances with what else was seen of them. */
export const withReadings = (
  list: Reading<readonly ListedInstance[]>,
  more: (instance: ListedInstance) => Pick<OwnedInstance, 'probe' | 'connections'>,
): CapacitySnapshot['owned'] =>
  list.kind === 'missing'
    ? list
    : { ...list, value: list.value.map((instance) => ({ ...instance, ...more(instance) })) };
