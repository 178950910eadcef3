import { attachmentKey } from '../domain/attachment';
import { evidenceReach } from '../domain/freshness';
import { type PoolPolicy } from '../domain/policy';
import { type BackendSnapshot, type PoolSnapshot } from '../domain/pool';
import { type Evidence, type SetWeightStep, type SignalName, type Step } from '../domain/proposal';
import { isFresh } from '../domain/reading';
import { since } from '../domain/units';
import { isLateWrite, newestWrite } from '../domain/written-weights';

/** Signals that may speak alone: the load balancer, ECS, and a person. Probes and metrics need company. */
const DECISIVE_SIGNALS: readonly SignalName[] = [
  'load-balancer-health',
  'instance-status',
  'system-event',
  'operator-order',
  'retirement',
];

/**
 * Whether a step may rest on its evidence (promise 5): one decisive signal, or two suspicions that agree. Two suspicions
 * agree when they come from different sources, or from one source at two moments at least a probe window apart: two
 * disjoint looks are two facts; the same look read twice is one, also when it is read once for errors and once for
 * latency. Stale evidence does not count.
 */
export function isWellFounded(step: Step, pool: PoolSnapshot, policy: PoolPolicy): boolean {
  if (isDecided(step, pool, policy)) return true;
  const fresh = step.evidence.filter((fact) => isFactFresh(fact, pool, policy));
  const apartMs = Math.max(1, policy.heal.probe?.windowMs ?? 1);
  return fresh.some((one) =>
    fresh.some(
      (other) =>
        sourceOf(one.signal) !== sourceOf(other.signal) ||
        Math.abs(since(one.sampledAt, other.sampledAt)) >= apartMs,
    ),
  );
}

/** Whether one fresh signal speaks for the step that may speak alone. */
export const isDecided = (step: Step, pool: PoolSnapshot, policy: PoolPolicy): boolean =>
  step.evidence.some(
    (fact) =>
      fact.strength === 'decisive' &&
      DECISIVE_SIGNALS.includes(fact.signal) &&
      isFactFresh(fact, pool, policy),
  );

/** Who looked: `active-probe-errors` and `active-probe-latency` are two readings of the same probes. */
const sourceOf = (signal: SignalName): string => signal.replace(/-(errors|latency)$/u, '');

function isFactFresh(fact: Evidence, pool: PoolSnapshot, policy: PoolPolicy): boolean {
  const reachMs = evidenceReach(fact.signal, policy, pool.backends.length);
  return reachMs === null || isFresh(fact.sampledAt, pool.takenAt, reachMs);
}

/**
 * Weight-down that accuses nobody and needs no evidence: setting a late write of ours right, to the very weight that we
 * wrote last, and the first step of a newcomer's ramp, which never reaches 0.
 */
export function needsNoEvidence(
  step: SetWeightStep,
  backend: BackendSnapshot,
  pool: PoolSnapshot,
): boolean {
  const memory = pool.memory.backends[step.instanceId];
  if (memory === undefined)
    return step.reason === 'newcomer' && pool.memorySource === 'store' && step.to >= 1;
  const key = attachmentKey(backend, step);
  const isRepair =
    newestWrite(memory, key)?.weight === step.to &&
    isLateWrite(memory, key, step.from, pool.takenAt);
  return step.reason === 'late-write-repaired' && isRepair;
}
