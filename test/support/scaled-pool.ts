import { type Entry } from '../../shared/decide/scale/entry';
import { callRoster } from '../../shared/decide/scale/roster';
import { decide } from '../../shared/decide/decide';
import { encodeHealTag, healTag } from '../../shared/domain/heal-tag';
import { type CapacitySnapshot, type OwnedInstance } from '../../shared/domain/capacity';
import { type BackendMemory } from '../../shared/domain/memory';
import {
  encodeRetireTag,
  POOL_TAG,
  RETIRE_TAG,
  type RetireReason,
} from '../../shared/domain/ownership-tags';
import { type PoolPolicy } from '../../shared/domain/policy';
import { type BackendSnapshot, type PoolSnapshot } from '../../shared/domain/pool';
import { type Proposal, type Step } from '../../shared/domain/proposal';
import {
  EMPTY_SCALE_MEMORY,
  type InstanceMemory,
  type ScaleMemory,
} from '../../shared/domain/scale-memory';
import {
  aBackend,
  type BackendParts,
  aPool,
  KEY,
  ok,
  type PoolParts,
  secondsAgo,
} from './builders';
import { aCapacity } from './capacity';
import { anOwnedInstance, aScaledPolicy, type OwnedParts } from './scale-builders';

/** One instance of a scaled pool: what ECS says of it, and how it stands in the group. */
export interface InstanceParts {
  /** Left out: a backend that is well; null: in no group. */
  readonly backend?: BackendParts | null;
  /** Left out: on the list by the pool’s tag; null: not on it. */
  readonly owned?: OwnedParts | null;
  readonly status?: BackendParts['status'];
  /** Besides the pool’s own tag. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly memory?: Partial<InstanceMemory>;
  readonly healed?: Partial<BackendMemory>;
}

export interface ScaledPoolParts extends Partial<
  Omit<PoolParts, 'memory' | 'backends' | 'capacity'>
> {
  readonly capacity?: Partial<CapacitySnapshot>;
  readonly scale?: Partial<ScaleMemory>;
  readonly memory?: PoolParts['memory'];
}

/** Known for an hour, serving ever since. */
export const longKnown: InstanceMemory = {
  firstSeenAt: secondsAgo(3600),
  weightZeroAt: null,
  registeredAt: secondsAgo(3600),
  putToUseAt: secondsAgo(3600),
  placedIn: [KEY],
};

/** In no group: never was, or has left long ago. */
export const outside = (parts: InstanceParts = {}): InstanceParts => ({
  backend: null,
  ...parts,
  memory: {
    registeredAt: null,
    putToUseAt: null,
    placedIn: [],
    outSince: secondsAgo(3600),
    ...parts.memory,
  },
});

/** A pool named `web` whose instances carry its tag and serve, unless said otherwise. */
export function aScaledPool(
  instances: Readonly<Record<string, InstanceParts>>,
  { capacity, scale, memory, ...rest }: ScaledPoolParts = {},
): PoolSnapshot {
  const entries = Object.entries(instances);
  const backends = entries.flatMap(([id, parts]) => backendOf(id, parts));
  const owned = entries.flatMap(([id, parts]) => ownedOf(id, parts));
  const remembered = Object.fromEntries(
    entries.flatMap(([id, { healed }]) => (healed === undefined ? [] : [[id, healed]])),
  );
  const instanceMemory = Object.fromEntries(
    entries.map(([id, parts]) => [id, { ...longKnown, ...parts.memory }]),
  );
  const scaleMemory: ScaleMemory = {
    ...EMPTY_SCALE_MEMORY,
    knownSince: secondsAgo(86_400),
    instances: instanceMemory,
    ...scale,
  };
  return aPool({
    backends,
    remembered,
    ...rest,
    memory: { ...memory, scale: scaleMemory },
    capacity: aCapacity({ owned: ok(owned), ...capacity }),
  });
}

const tagsOf = ({ tags }: InstanceParts) => ({ [POOL_TAG]: 'web', ...tags });

function backendOf(id: string, parts: InstanceParts): readonly BackendSnapshot[] {
  const { backend = {}, status = 'Running', owned } = parts;
  if (backend === null) return [];
  const tags = owned === null ? (parts.tags ?? {}) : tagsOf(parts);
  return [aBackend(id, { status, tags, ...backend })];
}

function ownedOf(id: string, parts: InstanceParts): readonly OwnedInstance[] {
  const { owned = {}, status = 'Running' } = parts;
  if (owned === null) return [];
  const facts = { status, tags: tagsOf(parts), ...owned.facts };
  return [anOwnedInstance(id, { ...owned, facts })];
}

/** Tags of one that is on its way out since so many seconds. */
export const retired = (reason: RetireReason, seconds = 600): Readonly<Record<string, string>> => ({
  [RETIRE_TAG]: encodeRetireTag({ reason, since: secondsAgo(seconds) }),
});

/** The mark of one that was put into its groups at weight 0 and is not verified yet. */
export const announced = (
  baseWeights: readonly number[] = [100],
  seconds = 20,
): Readonly<Record<string, string>> => ({
  [healTag('web')]: encodeHealTag({
    state: 'ejected',
    cause: 'registered',
    since: secondsAgo(seconds),
    until: secondsAgo(seconds),
    offences: 0,
    rung: null,
    baseWeights,
    operationId: null,
  }),
});

/** Where everybody stands, with heal’s verdicts taken in. */
export function rosterOf(
  pool: PoolSnapshot,
  policy: PoolPolicy = aScaledPolicy(),
): readonly Entry[] {
  const { capacity = aCapacity(), memory } = pool;
  const verdicts = new Map(
    decide(pool, policy).verdicts.map((verdict) => [verdict.instanceId, verdict]),
  );
  return callRoster({
    pool,
    policy,
    capacity,
    memory: memory.scale ?? EMPTY_SCALE_MEMORY,
    verdicts,
  });
}

export const stagesOf = (
  pool: PoolSnapshot,
  policy: PoolPolicy = aScaledPolicy(),
): Readonly<Record<string, string>> =>
  Object.fromEntries(rosterOf(pool, policy).map(({ instanceId, stage }) => [instanceId, stage]));

/** Short names of the steps on one instance, in their order: `tag`, `deregister`, … */
export const stepsOn = (proposal: Proposal, instanceId: string): readonly Step[] =>
  proposal.steps.filter((step) => step.instanceId === instanceId);

export const idsOf = (steps: readonly Step[]): readonly string[] =>
  steps.map(({ stepId }) => stepId);
