import { PROTECTED_TAG } from '../../../shared/domain/heal-tag';
import { type BackendMemory, type PoolMemory } from '../../../shared/domain/memory';
import {
  type Attachment,
  type BackendSnapshot,
  type DrainOrder,
} from '../../../shared/domain/pool';
import { type BackendVerdict } from '../../../shared/domain/proposal';
import { knownValue } from '../../../shared/domain/reading';
import { type Tick } from '../../../shared/domain/tick';
import { type BackendView, type WeightView } from '../api';
import { shortened } from './tick-history';

/** Backends of one answer; a pool of one load balancer has 2,000 at most where quotas were raised. */
export const BACKENDS_MAX = 5000;
const DETAIL_LENGTH_MAX = 300;

/** What is known of a pool: the memory is of the last tick, the whole tick of the last one that had anything to tell. */
export interface KnownPool {
  readonly memory: PoolMemory | null;
  readonly tick: Tick | null;
  readonly drains: readonly DrainOrder[];
}

/**
 * Every backend, the one that needs a look first. State and since when come from the memory, which every tick writes; weights and health are
 * those of the last whole tick, with what it did to them, and nothing of ours has changed since.
 */
export function backendViews(known: KnownPool): readonly BackendView[] {
  const { memory, tick, drains } = known;
  const snapshots = new Map(tick?.pool.backends.map((each) => [each.instanceId, each]));
  const verdicts = new Map(tick?.proposal.verdicts.map((each) => [each.instanceId, each]));
  const written = weightsWritten(tick);
  const ids = Object.keys(memory?.backends ?? {});
  const views = (ids.length > 0 ? ids : [...snapshots.keys()]).map((instanceId) =>
    backendView(instanceId, {
      remembered: memory?.backends[instanceId],
      snapshot: snapshots.get(instanceId),
      verdict: verdicts.get(instanceId),
      drain: drains.find((order) => order.instanceId === instanceId),
      written,
    }),
  );
  return views.sort(byUrgency).slice(0, BACKENDS_MAX);
}

interface Sources {
  readonly remembered: BackendMemory | undefined;
  readonly snapshot: BackendSnapshot | undefined;
  readonly verdict: BackendVerdict | undefined;
  readonly drain: DrainOrder | undefined;
  /** By instance, target and port. */
  readonly written: ReadonlyMap<string, number>;
}

function backendView(instanceId: string, sources: Sources): BackendView {
  const { remembered, snapshot, verdict, drain } = sources;
  return {
    instanceId,
    ...placeView(snapshot, remembered),
    ...stateView(remembered, verdict),
    ...verdictView(remembered, verdict),
    weights: (snapshot?.attachments ?? []).map((each) => weightView(instanceId, each, sources)),
    written: (remembered?.written ?? []).map(({ weight, at }) => ({ weight, at })),
    drainedBy: drain?.by ?? null,
  };
}

function placeView(
  snapshot: Sources['snapshot'],
  remembered: Sources['remembered'],
): Pick<BackendView, 'zoneId' | 'instanceType' | 'isSpot' | 'isProtected'> {
  const facts = snapshot === undefined ? undefined : knownValue(snapshot.instance);
  const hasTag = facts !== undefined && PROTECTED_TAG in facts.tags;
  return {
    zoneId: facts?.zoneId ?? null,
    instanceType: facts?.instanceType ?? null,
    isSpot: facts?.isSpot ?? false,
    isProtected: remembered?.isProtected ?? hasTag,
  };
}

const stateView = (
  remembered: Sources['remembered'],
  verdict: Sources['verdict'],
): Pick<BackendView, 'state' | 'since' | 'ejectedUntil'> => ({
  state: remembered?.state ?? verdict?.nextState ?? 'healthy',
  since: remembered?.since ?? verdict?.memoryIfNot.since ?? 0,
  ejectedUntil: remembered?.ejectedUntil ?? null,
});

const verdictView = (
  remembered: Sources['remembered'],
  verdict: Sources['verdict'],
): Pick<BackendView, 'reason' | 'detail' | 'isServing'> => ({
  reason: verdict?.reason ?? remembered?.cause ?? null,
  detail: shortened(verdict?.detail ?? '', DETAIL_LENGTH_MAX),
  isServing: verdict?.isServing ?? false,
});

function weightView(
  instanceId: string,
  { targetKey, port, weight, health }: Attachment,
  { remembered, written }: Sources,
): WeightView {
  const verdicts = (knownValue(health) ?? []).map((each) => each.verdict);
  return {
    targetKey,
    port,
    weight: written.get(JSON.stringify([instanceId, targetKey, port])) ?? weight,
    base: remembered?.baseWeights[targetKey] ?? weight,
    health:
      (['abnormal', 'unavailable', 'normal'] as const).find((each) => verdicts.includes(each)) ??
      'unknown',
  };
}

/** Weights that the tick itself has set. */
function weightsWritten(tick: Tick | null): ReadonlyMap<string, number> {
  const done = new Set(
    tick?.outcome.steps.filter(({ result }) => result.kind === 'done').map(({ stepId }) => stepId),
  );
  return new Map(
    (tick?.plan.steps ?? []).flatMap((step) =>
      step.kind === 'set-weight' && done.has(step.stepId)
        ? [[JSON.stringify([step.instanceId, step.targetKey, step.port]), step.to] as const]
        : [],
    ),
  );
}

const URGENCY: Readonly<Record<BackendView['state'], number>> = {
  ejected: 0,
  suspect: 1,
  probation: 2,
  healthy: 3,
};

const byUrgency = (one: BackendView, other: BackendView): number =>
  URGENCY[one.state] - URGENCY[other.state] ||
  Number(one.drainedBy === null) - Number(other.drainedBy === null) ||
  (one.instanceId < other.instanceId ? -1 : 1);
