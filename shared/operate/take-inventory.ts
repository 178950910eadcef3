import { type OwnedInstance } from '../domain/capacity';
import { PROTECTED_TAG } from '../domain/heal-tag';
import { POOL_TAG } from '../domain/ownership-tags';
import { type PoolPolicy } from '../domain/policy';
import { type BackendSnapshot, type InstanceFacts, type PoolSnapshot } from '../domain/pool';
import { knownValue } from '../domain/reading';
import { type LaunchMemory } from '../domain/scale-memory';
import { type InstanceStage, type ScaleProposal } from '../domain/scale-proposal';
import { type OperateContext } from './operate-context';
import { type InventoryLine, type LaunchLine, type PoolInventory } from './operator-reply';
import { planPool } from './plan-pool';

/** Every instance of the pool as tags, load balancers and launches tell it, and what a tick makes of it. Writes nothing. */
export async function takeInventory(
  policy: PoolPolicy,
  context: OperateContext,
): Promise<PoolInventory> {
  const { pool, proposal } = await planPool(policy, context);
  const { capacity, memory } = pool;
  const { scale } = proposal;
  const { desired, counts, stages: staged } = scale ?? NOTHING_SAID;
  const listed = listedIn(pool);
  const backends = new Map(pool.backends.map((each) => [each.instanceId, each]));
  const stages = new Map(staged.map((each) => [each.instanceId, each]));
  const ids = [...new Set([...listed.keys(), ...backends.keys()])].sort();
  return {
    poolName: policy.name,
    desired,
    counts,
    contradictions: whyHeld(scale) ?? capacity?.contradictions ?? [],
    launches: (memory.scale?.launches ?? []).map((launch) => launchLine(launch, listed)),
    instances: ids.map((id) => instanceLine(id, listed.get(id), backends.get(id), stages.get(id))),
    foreignMembers: pool.foreignMembers,
    order: capacity?.order ?? null,
  };
}

const NOTHING_SAID: Pick<ScaleProposal, 'desired' | 'counts' | 'stages'> = {
  desired: null,
  counts: {},
  stages: [],
};

/** By either tag. */
function listedIn({ capacity }: PoolSnapshot): ReadonlyMap<string, OwnedInstance> {
  const lists = [capacity?.tagged ?? null, capacity?.owned ?? null];
  return new Map(
    lists
      .flatMap((list) => (list === null ? [] : (knownValue(list) ?? [])))
      .map((each) => [each.instanceId, each]),
  );
}

function instanceLine(
  instanceId: string,
  listed: OwnedInstance | undefined,
  backend: BackendSnapshot | undefined,
  stage: InstanceStage | undefined,
): InventoryLine {
  const unstaged = backend === undefined ? 'outside' : 'member';
  return {
    instanceId,
    ...factsLine(listed?.facts ?? (backend && knownValue(backend.instance))),
    weights: (backend?.attachments ?? []).map(({ targetKey, port, weight }) => ({
      targetKey,
      port,
      weight,
    })),
    stage: stage?.stage ?? unstaged,
    detail: stage?.detail ?? '',
  };
}

type FactsLine = Pick<
  InventoryLine,
  'status' | 'instanceType' | 'zoneId' | 'isSpot' | 'owner' | 'isProtected'
>;

const UNKNOWN: FactsLine = {
  status: null,
  instanceType: null,
  zoneId: null,
  isSpot: null,
  owner: null,
  isProtected: null,
};

function factsLine(facts: InstanceFacts | undefined): FactsLine {
  if (facts === undefined) return UNKNOWN;
  const { status, instanceType, zoneId, isSpot, tags } = facts;
  const owner = tags[POOL_TAG] ?? null;
  return { status, instanceType, zoneId, isSpot, owner, isProtected: PROTECTED_TAG in tags };
}

/** Why the lists are not believed, also where one could not be read; null where they are. */
const whyHeld = (scale: ScaleProposal | undefined): readonly string[] | null =>
  scale?.limitedBy.includes('inventory') === true ? scale.explanations : null;

const launchLine = (
  { operationId, count, requestedAt, attempts, arrived, lost }: LaunchMemory,
  listed: ReadonlyMap<string, unknown>,
): LaunchLine => {
  const known = new Set([...arrived, ...lost]);
  const accepted = attempts.flatMap(({ instanceIds }) => instanceIds);
  return {
    operationId,
    count,
    requestedAt,
    isAnswered: attempts.every(({ state }) => state !== 'open'),
    unlisted: accepted.filter((id) => !known.has(id) && !listed.has(id)),
  };
};
