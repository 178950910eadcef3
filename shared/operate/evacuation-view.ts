import { type Evacuation, standsIn } from '../domain/evacuation';
import { LAUNCH_TAG, launchedAtOf } from '../domain/ownership-tags';
import { type WithheldStep } from '../domain/plan';
import { type BackendSnapshot } from '../domain/pool';
import { type Step } from '../domain/proposal';
import { freshValue } from '../domain/reading';
import { isServing } from '../domain/serving';
import { type EvacuationView, type PoolPlan } from './operator-reply';

/** Reads a plan for what it means to the zone that it leaves. */
export function viewEvacuation(planned: PoolPlan): EvacuationView {
  const { pool, plan, proposal, poolName } = planned;
  if (pool.evacuation === undefined) throw new Error(`${poolName} is not evacuated.`);
  const { zoneId } = pool.evacuation;
  const inside = pool.backends.filter((backend) => standsIn(zoneId, backend));
  const weighted = inside.filter(hasWeight);
  const lowered = new Set(plan.steps.filter(isDrain).map(({ instanceId }) => instanceId));
  const ids = (backends: readonly BackendSnapshot[]): readonly string[] =>
    backends.map(({ instanceId }) => instanceId);
  return {
    poolName,
    zoneId,
    evacuation: pool.evacuation,
    standing: inside.length,
    drained: ids(inside.filter((backend) => !hasWeight(backend))),
    draining: ids(weighted).filter((id) => lowered.has(id)),
    remaining: ids(weighted)
      .filter((id) => !lowered.has(id))
      .map((instanceId) => ({ instanceId, ...whyKept(instanceId, plan.withheld) })),
    servingElsewhere: pool.backends.filter(
      (backend) => !standsIn(zoneId, backend) && isServing(backend),
    ).length,
    launching: plan.steps.reduce((sum, step) => sum + arrivals(step), 0),
    launched: launchedSince(pool.evacuation, planned),
    notes: proposal.scale?.explanations ?? ['The pool is not scaled: nobody is launched for it.'],
  };
}

const hasWeight = ({ attachments }: BackendSnapshot): boolean =>
  attachments.some(({ weight }) => weight > 0);

const isDrain = (step: Step): boolean => step.kind === 'set-weight' && step.to === 0;

function whyKept(
  instanceId: string,
  withheld: readonly WithheldStep[],
): { readonly rule: string; readonly detail: string } {
  const found = withheld.find(({ step }) => step.instanceId === instanceId && isDrain(step));
  return found === undefined
    ? { rule: '', detail: 'nothing is proposed for it yet' }
    : { rule: found.rule, detail: found.detail };
}

function arrivals(step: Step): number {
  if (step.kind === 'launch') return step.count;
  return step.kind === 'start' ? 1 : 0;
}

function launchedSince({ at, zoneId }: Evacuation, { pool }: PoolPlan): EvacuationView['launched'] {
  const owned = (pool.capacity === undefined ? undefined : freshValue(pool.capacity.owned)) ?? [];
  const serving = new Set(pool.backends.filter(isServing).map(({ instanceId }) => instanceId));
  return owned
    .filter(
      ({ facts }) => facts.zoneId !== zoneId && (launchedAtOf(facts.tags[LAUNCH_TAG]) ?? 0) >= at,
    )
    .map(({ instanceId }) => ({ instanceId, isServing: serving.has(instanceId) }));
}
