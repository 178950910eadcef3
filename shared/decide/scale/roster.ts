import { type CapacitySnapshot, type OwnedInstance } from '../../domain/capacity';
import { PROTECTED_TAG } from '../../domain/heal-tag';
import { lackAt } from '../../domain/launch-back-off';
import { LAUNCH_TAG, launchedAtOf, POOL_TAG, retirementIn } from '../../domain/ownership-tags';
import { type PoolPolicy } from '../../domain/policy';
import { type BackendSnapshot, type PoolSnapshot } from '../../domain/pool';
import { type BackendVerdict } from '../../domain/proposal';
import { freshValue, knownValue, type Reading } from '../../domain/reading';
import { type InstanceMemory, type ScaleMemory } from '../../domain/scale-memory';
import { type Instant, plus } from '../../domain/units';
import { type Entry, isArriving, isOnOrder, type Stage } from './entry';
import { placeRoster } from './placement';
import { stageOf } from './stage';
import { type CapacityCounts } from './situation';

export type { Entry, Stage } from './entry';

interface Sources {
  readonly pool: PoolSnapshot;
  readonly policy: PoolPolicy;
  readonly capacity: CapacitySnapshot;
  readonly memory: ScaleMemory;
  readonly verdicts: ReadonlyMap<string, BackendVerdict>;
}

/** Everybody who belongs to the pool by its tag, by the membership's or as a backend, in the order of their ids. */
export function callRoster(sources: Sources): readonly Entry[] {
  const { capacity, pool } = sources;
  const listed = byId([capacity.added ?? null, capacity.tagged, capacity.owned].flatMap(valuesOf));
  const backends = byId(pool.backends);
  const roster = [...new Set([...listed.keys(), ...backends.keys()])]
    .sort()
    .map((id) => enter(id, listed.get(id) ?? null, backends.get(id) ?? null, sources));
  return placeRoster(roster, pool, sources.policy);
}

const valuesOf = (list: Reading<readonly OwnedInstance[]> | null): readonly OwnedInstance[] =>
  (list === null ? undefined : freshValue(list)) ?? [];

const byId = <T extends { readonly instanceId: string }>(
  list: readonly T[],
): ReadonlyMap<string, T> => new Map(list.map((each) => [each.instanceId, each]));

/** ECS tells creation times to the minute: the end of that minute is the latest it can have been. */
const MINUTE_MS = 60_000;

function enter(
  instanceId: string,
  owned: OwnedInstance | null,
  backend: BackendSnapshot | null,
  { pool, policy, memory: { instances, backOff, attended, knownSince }, verdicts }: Sources,
): Entry {
  const facts = owned?.facts ?? (backend === null ? undefined : knownValue(backend.instance));
  const tags = facts?.tags ?? {};
  const memory = instances[instanceId] ?? newcomer(pool.takenAt);
  const createdAt = owned === null ? memory.firstSeenAt : plus(owned.facts.createdAt, MINUTE_MS);
  const parts = {
    instanceId,
    owned,
    backend,
    verdict: verdicts.get(instanceId) ?? null,
    facts: facts ?? null,
    isOurs: tags[POOL_TAG] === pool.poolName,
    isProtected: PROTECTED_TAG in tags || policy.guards.protectedInstances.includes(instanceId),
    retire: retirementIn(tags),
    memory,
    launchedAt: launchedAtOf(tags[LAUNCH_TAG]) ?? createdAt,
  };
  const circumstances = { now: pool.takenAt, policy, knownSince, attended };
  return { ...parts, stage: stageNow(parts, backOff, circumstances) };
}

type Parts = Parameters<typeof stageOf>[0];
type Circumstances = Parameters<typeof stageOf>[1];

/** Who is to be started and finds no machine rests again, and others are asked. */
function stageNow(
  parts: Parts,
  backOff: ScaleMemory['backOff'],
  circumstances: Circumstances,
): Stage {
  const stage = stageOf(parts, circumstances);
  return stage === 'asleep' && lacksMachine(parts, backOff, circumstances) ? 'warm' : stage;
}

/** Its start found no machine there, and would not now. */
const lacksMachine = (
  { owned }: Pick<Entry, 'owned'>,
  backOff: ScaleMemory['backOff'],
  { policy: { regionId }, now }: Circumstances,
): boolean => owned !== null && lackAt(backOff, regionId, owned.facts, now) !== undefined;

const newcomer = (now: Instant): InstanceMemory => ({
  firstSeenAt: now,
  weightZeroAt: null,
  registeredAt: null,
  putToUseAt: null,
});

/** How many stand where; `unseen` launches were accepted by the cloud or may have been, and are not on the list yet. */
export function countRoster(roster: readonly Entry[], unseen: number): CapacityCounts {
  const among = (...stages: readonly Stage[]): readonly Entry[] =>
    roster.filter(({ stage }) => stages.includes(stage));
  return {
    serving: among('serving').length,
    held: among('held').length,
    arriving: roster.filter(isArriving).length + unseen,
    leaving: among('retiring').length,
    warm: among('warm').length,
    unhealthy: among('held', 'absent', 'condemned', 'ghost').filter((entry) => !isOnOrder(entry))
      .length,
  };
}
