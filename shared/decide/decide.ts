import { compareText } from '../domain/attachment';
import { isDrainCause, isHeldOnPurpose } from '../domain/drain-cause';
import { hasInventoryDropped } from '../domain/inventory';
import { type BackendMemory } from '../domain/memory';
import { type PoolPolicy } from '../domain/policy';
import { type DrainOrder, type PoolSnapshot } from '../domain/pool';
import { type BackendVerdict, type Proposal } from '../domain/proposal';
import { writeKind } from '../domain/refused-writes';
import { isServing } from '../domain/serving';
import { backendAlerts, deduplicateAlerts, poolAlerts } from './alerts';
import { type Assessment, assessBackend } from './assess';
import { evacuees } from './evacuees';
import { feedbackFor } from './feedback-subjects';
import { judgeRepairs, isRepairDue } from './ladder';
import { isUnsteady, lookAgainAt } from './look-again';
import { decidePanic, poolHealth, type PoolHealth } from './panic';
import { judgeBreaker, poolMemory } from './pool-memory';
import { isAnnounced } from './rungs';
import { decideScale } from './scale/decide-scale';
import { joinDecisions } from './scale/join-decisions';
import { type Scene, type Subject } from './scene';
import { type Judged, orderGroups, stepsFor } from './steps';
import { retirements } from './scale/retirements';
import { gatherSubjects } from './subjects';
import { decideTransition } from './transition';
import { judgeVantage } from './vantage';

interface Assessed {
  readonly subject: Subject;
  readonly assessment: Assessment;
}

/**
 * What would be right for a pool, before safety has its say: weights, tags and repairs, who comes and who goes, a verdict for
 * every backend, and what to remember. Pure: the same snapshot and policy give the same proposal, byte for byte.
 *
 * Limits on how much may change at once are not applied here; see `guard/`.
 */
export function decide(pool: PoolSnapshot, policy: PoolPolicy): Proposal {
  const healing = decideHealing(pool, policy);
  const scaling = decideScale(pool, policy, healing);
  return scaling === null ? healing : joinDecisions(healing, scaling, pool);
}

/** The backends as they are: their weights, marks and repairs. */
function decideHealing(pool: PoolSnapshot, policy: PoolPolicy): Proposal {
  const sorted = {
    ...pool,
    backends: [...pool.backends].sort((a, b) => compareText(a.instanceId, b.instanceId)),
  };
  const before = setScene(sorted, policy);
  const assessed = Object.values(before.subjects).map((subject) => ({
    subject,
    assessment: assessBackend(subject, before),
  }));
  const health = judgeHealth(assessed, before);
  const scene = { ...before, isPanic: decidePanic(health, before.isPanic, policy.heal.panic) };
  const judged = withFeedback(
    assessed.map((each) => judge(each, scene)),
    scene,
  );
  return propose(judged, health, scene);
}

/** The scene before it is decided whether there is panic: as it was. */
function setScene(pool: PoolSnapshot, policy: PoolPolicy): Scene {
  const vantage = judgeVantage(pool, policy);
  const now = pool.takenAt;
  const standing = pool.drainOrders.filter((order) => order.until === null || order.until > now);
  const orders: Readonly<Record<string, DrainOrder>> = Object.fromEntries(
    [...evacuees(pool), ...retirements(pool), ...standing].map((order) => [
      order.instanceId,
      order,
    ]),
  );
  return {
    pool,
    policy,
    now,
    vantage,
    orders,
    subjects: gatherSubjects(pool, policy, vantage),
    isPanic: pool.memory.panicSince !== null,
  };
}

/**
 * Backends not known to be bad, of those that are meant to serve. A missing signal is no sign of illness, nor is what the cloud
 * announced: maintenance for most of a pool must not stop the very drains that prepare for it.
 */
function judgeHealth(assessed: readonly Assessed[], { orders }: Scene): PoolHealth {
  const intended = assessed.filter((each) => {
    const { backend, memory } = each.subject;
    const isOrdered = orders[backend.instanceId] !== undefined || isHeldOnPurpose(memory.cause);
    const isMeantToServe = Object.values(memory.baseWeights).some((weight) => weight > 0);
    return isMeantToServe && !isOrdered && !isOutByAnnouncement(each);
  });
  const healthy = intended.filter(
    ({ subject, assessment }) =>
      subject.memory.state !== 'ejected' && assessment.condition !== 'bad',
  );
  return poolHealth(healthy.length, intended.length);
}

/** What speaks against it now, or else what it is held out for, is what the cloud announced. */
function isOutByAnnouncement({ subject: { memory }, assessment }: Assessed): boolean {
  const held = memory.state === 'ejected' ? memory.cause : null;
  return isAnnounced(assessment.condition === 'bad' ? assessment.cause : held);
}

function judge({ subject, assessment }: Assessed, scene: Scene): Judged {
  const counted = { ...subject, memory: countStreaks(subject, assessment, scene) };
  const transition = decideTransition(counted, assessment, scene);
  return { subject: counted, assessment, transition, before: subject.memory, feedback: undefined };
}

/**
 * Streaks, and the verdict on a repair whose wait is over: observations, whatever is then done about them. An order to drain says
 * nothing about whether a repair helped.
 */
function countStreaks(
  subject: Subject,
  { condition, cause }: Assessment,
  scene: Scene,
): BackendMemory {
  const { memory, outlier } = subject;
  const isBad = condition === 'bad' || condition === 'suspicious';
  const isIll = condition === 'bad' && !isDrainCause(cause);
  const hasNotHelped = isIll && isRepairDue(memory, scene, subject);
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
    [...poolAlerts(scene, facts), ...backendAlerts(judged, verdicts, policy)],
    pool.memory.alerts,
    now,
  );
  return {
    steps,
    verdicts,
    alerts: ledger.alerts,
    isPanic,
    healthy: health.healthy,
    isUnsteady:
      isPanic || steps.some((step) => writeKind(step) !== 'untag') || judged.some(isUnsteady),
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
