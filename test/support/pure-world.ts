import { decide } from '../../shared/decide/decide';
import { nextMemory } from '../../shared/domain/next-memory';
import { EMPTY_MEMORY, type PoolMemory } from '../../shared/domain/memory';
import { type Outcome, type Plan, type StepOutcome } from '../../shared/domain/plan';
import { type PoolPolicy } from '../../shared/domain/policy';
import { type BackendSnapshot, type PoolSnapshot } from '../../shared/domain/pool';
import { type Proposal, type Step } from '../../shared/domain/proposal';
import { instant, type Instant } from '../../shared/domain/units';
import { guard } from '../../shared/guard/guard';
import { aPool, NOW } from './builders';

/** What really is, as far as decisions can change it: weights and tags. No clock, no IO. */
export interface PureWorld {
  readonly now: Instant;
  readonly weights: Readonly<Record<string, number>>;
  readonly tags: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly memory: PoolMemory;
}

export const placeKey = (
  instanceId: string,
  place: { readonly targetKey: string; readonly port: number },
): string => `${instanceId}|${place.targetKey}|${place.port}`;

export const aWorld = (): PureWorld => ({ now: NOW, weights: {}, tags: {}, memory: EMPTY_MEMORY });

/** What becomes of each accepted step: done unless the case says otherwise. */
export type Fate = (step: Step) => 'done' | 'refused' | 'lost' | 'lost-but-landed';

export interface Turn {
  readonly pool: PoolSnapshot;
  readonly proposal: Proposal;
  readonly plan: Plan;
  /** The steps that took effect, whatever the loop was told. */
  readonly landed: readonly Step[];
  readonly world: PureWorld;
}

/** The backends as the world has them: weights and tags replaced by what really is. */
export function asIs(
  backends: readonly BackendSnapshot[],
  world: PureWorld,
): readonly BackendSnapshot[] {
  return backends.map((backend) => ({
    ...backend,
    attachments: backend.attachments.map((attachment) => ({
      ...attachment,
      weight: world.weights[placeKey(backend.instanceId, attachment)] ?? attachment.weight,
    })),
    instance:
      backend.instance.kind === 'missing'
        ? backend.instance
        : {
            ...backend.instance,
            value: {
              ...backend.instance.value,
              tags: { ...backend.instance.value.tags, ...world.tags[backend.instanceId] },
            },
          },
  }));
}

/** One turn of the loop over values: observe, decide, guard, apply, record. */
export function turn(
  world: PureWorld,
  seen: Partial<PoolSnapshot> & { readonly backends: readonly BackendSnapshot[] },
  policy: PoolPolicy,
  fate: Fate = () => 'done',
): Turn {
  const isFirst = world.memory.updatedAt === null;
  const blank = aPool({ backends: [], takenAt: world.now });
  const pool: PoolSnapshot = {
    ...blank,
    ...seen,
    takenAt: world.now,
    backends: asIs(seen.backends, world),
    memory: world.memory,
    memorySource: seen.memorySource ?? (isFirst ? 'none' : 'store'),
  };
  const proposal = decide(pool, policy);
  const plan = guard(proposal, pool, policy);
  const fates = plan.steps.map((step) => ({ step, fate: fate(step) }));
  const outcome: Outcome = {
    steps: fates.map(({ step, fate: what }) => outcomeOf(step, what, world.now)),
  };
  const landed = fates
    .filter(({ fate: what }) => what === 'done' || what === 'lost-but-landed')
    .map(({ step }) => step);
  return {
    pool,
    proposal,
    plan,
    landed,
    world: {
      ...landed.reduce(land, world),
      memory: nextMemory(pool, proposal, plan, outcome, world.now),
    },
  };
}

export const later = (world: PureWorld, seconds: number): PureWorld => ({
  ...world,
  now: instant(world.now + seconds * 1000),
});

function land(world: PureWorld, step: Step): PureWorld {
  if (step.kind === 'set-weight')
    return { ...world, weights: { ...world.weights, [placeKey(step.instanceId, step)]: step.to } };
  if (step.kind !== 'tag') return world;
  const kept = Object.entries({ ...world.tags[step.instanceId], ...step.tags }).filter(
    ([key]) => !step.removeKeys.includes(key),
  );
  return { ...world, tags: { ...world.tags, [step.instanceId]: Object.fromEntries(kept) } };
}

function outcomeOf(step: Step, fate: ReturnType<Fate>, now: Instant): StepOutcome {
  const times = { stepId: step.stepId, startedAt: now, finishedAt: now };
  if (fate === 'done')
    return {
      ...times,
      result: { kind: 'done', detail: 'read back' },
      ...(step.kind === 'restart-service' ? { invokeId: `t-${step.operationId}` } : {}),
    };
  return {
    ...times,
    result: {
      kind: 'failed',
      code: fate === 'refused' ? 'Forbidden' : 'Timeout',
      isAmbiguous: fate !== 'refused',
      detail: fate,
    },
  };
}
