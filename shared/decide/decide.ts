import { compareText } from '../domain/attachment';
import { hasInventoryDropped } from '../domain/inventory';
import { type BackendMemory } from '../domain/memory';
import { type PoolPolicy } from '../domain/policy';
import { type DrainOrder, type PoolSnapshot } from '../domain/pool';
import { type BackendVerdict, type Proposal } from '../domain/proposal';
import { isServing } from '../domain/serving';
import { backendAlerts, deduplicateAlerts, poolAlerts } from './alerts';
import { type Assessment, assessBackend } from './assess';
import { feedbackFor } from './feedback-subjects';
import { judgeRepairs, isRepairDue } from './ladder';
import { isUnsteady, lookAgainAt } from './look-again';
import { decidePanic, poolHealth, type PoolHealth } from './panic';
import { judgeBreaker, poolMemory } from './pool-memory';
import { type Scene, type Subject } from './scene';
import { type Judged, orderGroups, stepsFor } from './steps';
import { gatherSubjects } from './subjects';
import { decideTransition } from './transition';
import { judgeVantage } from './vantage';

/**
 * What would be right for a pool, before safety has its say: weights, tags and repairs, a verdict for every backend, and
 * what to remember. Pure: the same snapshot and policy give the same proposal, byte for byte.
 *
 * Limits on how much may change at once are not applied here; see `guard/`.
 */
export function decide(pool: PoolSnapshot, policy: PoolPolicy): Proposal {
  const sorted = {
    ...pool,
    backends: [...pool.backends].sort((a, b) => compareText(a.instanceId, b.instanceId)),
  };
  const calm = setScene(sorted, policy);
  const assessments = Object.fromEntries(
    Object.entries(calm.subjects).map(([id, subject]) => [id, assessBackend(subject, calm)]),
  );
  const health = judgeHealth(calm, assessments);
  const isPanic = decidePanic(health, pool.memory.panicSince !== null, policy.heal.panic);
  const scene = { ...calm, isPanic };
  const judged = withFeedback(
    sorted.backends.flatMap(({ instanceId }) =>
      judge(scene.subjects[instanceId], assessments[instanceId], scene),
    ),
    scene,
  );
  return propose(judged, health, scene);
}

function setScene(pool: PoolSnapshot, policy: PoolPolicy): Scene {
  const vantage = judgeVantage(pool, policy);
  const now = pool.takenAt;
  const standing = pool.drainOrders.filter((order) => order.until === null || order.until > now);
  const orders: Readonly<Record<string, DrainOrder>> = Object.fromEntries(
    standing.map((order) => [order.instanceId, order]),
  );
  return {
    pool,
    policy,
    now,
    vantage,
    orders,
    subjects: gatherSubjects(pool, policy, vantage),
    isPanic: false,
  };
}

/** Backends not known to be bad, of those that are meant to serve. A missing signal is no sign of illness. */
function judgeHealth(scene: Scene, assessments: Readonly<Record<string, Assessment>>): PoolHealth {
  const intended = Object.values(scene.subjects).filter(({ backend, memory }) => {
    const isOrdered =
      scene.orders[backend.instanceId] !== undefined || memory.cause === 'operator-drain';
    return !isOrdered && Object.values(memory.baseWeights).some((weight) => weight > 0);
  });
  const healthy = intended.filter(
    ({ backend, memory }) =>
      memory.state !== 'ejected' && assessments[backend.instanceId]?.condition !== 'bad',
  );
  return poolHealth(healthy.length, intended.length);
}

function judge(
  subject: Subject | undefined,
  assessment: Assessment | undefined,
  scene: Scene,
): readonly Judged[] {
  if (subject === undefined || assessment === undefined) return [];
  const counted = { ...subject, memory: countStreaks(subject, assessment, scene) };
  const transition = decideTransition(counted, assessment, scene);
  return [
    { subject: counted, assessment, transition, before: subject.memory, feedback: undefined },
  ];
}

/** Streaks, and the verdict on a repair whose wait is over: observations, whatever is then done about them. */
function countStreaks(subject: Subject, { condition }: Assessment, scene: Scene): BackendMemory {
  const { memory, outlier } = subject;
  const isBad = condition === 'bad' || condition === 'suspicious';
  const hasNotHelped = condition === 'bad' && isRepairDue(memory, scene, subject);
  return {
    ...memory,
    badStreak: isBad ? memory.badStreak + 1 : condition === 'good' ? 0 : memory.badStreak,
    goodStreak: condition === 'good' ? memory.goodStreak + 1 : isBad ? 0 : memory.goodStreak,
    outlierStreak: outlier.confirmedWindows,
    repairs: hasNotHelped ? judgeRepairs(memory.repairs, false) : memory.repairs,
  };
}

function withFeedback(judged: readonly Judged[], scene: Scene): readonly Judged[] {
  const weights = feedbackFor(judged, scene);
  return judged.map((each) => ({ ...each, feedback: weights[each.subject.backend.instanceId] }));
}

function propose(judged: readonly Judged[], health: PoolHealth, scene: Scene): Proposal {
  const { pool, policy, isPanic, now } = scene;
  const steps = orderGroups(judged.map((each) => stepsFor(each, scene)));
  const verdicts = judged.map(verdictOn);
  const breaker = judgeBreaker(judged, pool, policy);
  const facts = {
    healthyText: `${health.healthyCount} of ${health.intendedCount} backends are healthy`,
    isBreakerOpened: breaker.isOpened,
    isDropped: hasInventoryDropped(pool, policy),
  };
  const ledger = deduplicateAlerts(
    [...poolAlerts(scene, facts), ...backendAlerts(judged, verdicts)],
    pool.memory.alerts,
    now,
  );
  return {
    steps,
    verdicts,
    alerts: ledger.alerts,
    isPanic,
    healthy: health.healthy,
    isUnsteady: isPanic || steps.length > 0 || judged.some(isUnsteady),
    memory: poolMemory(pool, policy, { isPanic, breaker, alerts: ledger.remembered }),
    lookAgainAt: lookAgainAt(judged, scene),
  };
}

function verdictOn({ subject, assessment, transition, before }: Judged): BackendVerdict {
  return {
    instanceId: subject.backend.instanceId,
    state: before.state,
    nextState: transition.next.state,
    reason: transition.reason,
    detail: transition.detail,
    rung: transition.next.ladder?.rung ?? null,
    evidence: assessment.evidence,
    isServing: isServing(subject.backend),
    isHealthy: assessment.condition !== 'bad' && transition.next.state !== 'ejected',
    memoryIfDone: transition.next,
    memoryIfNot: subject.memory,
  };
}
