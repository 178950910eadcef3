import { drainCauseOf, isNewlyRegistered } from '../domain/drain-cause';
import { type DrainOrder } from '../domain/pool';
import { type ReasonCode } from '../domain/reasons';
import { reversalAt } from '../domain/reversal';
import { since } from '../domain/units';
import { type Assessment } from './assess';
import { seconds } from './describe';
import { drainByOrder, eject, release, suspect } from './ejection';
import { isDrained } from './ladder';
import { type Scene, type Subject } from './scene';
import { lastRampStep, rampInterval } from './slow-start';
import { keep, type Transition, type Turn } from './turn';
import { whileEjected } from './while-ejected';

/** healthy → suspect → ejected → probation → healthy: one turn of one backend. */
export function decideTransition(
  subject: Subject,
  assessment: Assessment,
  scene: Scene,
): Transition {
  const turn: Turn = { memory: subject.memory, assessment, subject, scene };
  const order = scene.orders[subject.backend.instanceId];
  if (order !== undefined) return obey(turn, order);
  if (scene.isPanic) return putBack(turn, 'panic');
  if (isReverted(turn)) return putBack(turn, 'reverted');
  if (subject.isNewcomer && assessment.condition !== 'bad') return welcome(turn);
  switch (subject.memory.state) {
    case 'healthy':
    case 'suspect':
      return whileServing(turn);
    case 'ejected':
      return whileEjected(turn);
    case 'probation':
      return whileOnProbation(turn);
  }
}

/** An order comes before all else, and even in panic it is put to the guards. What is drained already stays as it is. */
function obey(turn: Turn, order: DrainOrder): Transition {
  const { memory, assessment, scene } = turn;
  return memory.state === 'ejected' && isDrained(memory, scene.policy)
    ? keep(memory, drainCauseOf(order), assessment.detail)
    : drainByOrder(turn, order);
}

/** A person wants what healing did taken back. Who is only on its way in was not taken out by healing: it goes on. */
function isReverted({ memory, scene, subject }: Turn): boolean {
  const isComing =
    subject.isNewcomer ||
    isNewlyRegistered(memory.cause) ||
    (memory.state === 'probation' && memory.cause === null);
  return !isComing && reversalAt(scene.pool.reversal, scene.now) !== undefined;
}

/** In panic, and when a person wants it, what Evenkeel took out goes back in, and nothing new is taken out. */
function putBack({ memory, assessment, scene }: Turn, reason: 'panic' | 'reverted'): Transition {
  const isHeld =
    (memory.state === 'ejected' && !isNewlyRegistered(memory.cause)) ||
    memory.state === 'probation';
  return keep(isHeld ? release(memory, scene.now) : memory, reason, assessment.detail);
}

/** First seen: it earns its weight step by step. A base too small for a ramp is left alone. */
function welcome({ memory, assessment, scene }: Turn): Transition {
  if (lastRampStep(Object.values(memory.baseWeights), scene.policy.heal.slowStart) === 0)
    return keep(memory, 'newcomer', assessment.detail);
  return keep(
    {
      ...memory,
      state: 'probation',
      since: scene.now,
      probationStep: 0,
      probationStepAt: scene.now,
    },
    'newcomer',
    assessment.detail,
  );
}

function whileServing(turn: Turn): Transition {
  const { memory, assessment, subject } = turn;
  switch (assessment.condition) {
    case 'good':
      return calm(turn);
    case 'unknown':
      return keep(memory, 'signal-missing', assessment.detail);
    case 'suspicious':
      return keep(
        suspect(turn),
        subject.personWeights.length > 0 ? 'person-set-weight' : 'suspicion-unconfirmed',
        assessment.detail,
      );
    case 'bad':
      return accuse(turn, assessment.cause);
  }
}

function calm({ memory, assessment, scene, subject }: Turn): Transition {
  const reason = subject.personWeights.length > 0 ? 'person-set-weight' : 'healthy';
  if (memory.state === 'healthy') return keep(memory, reason, assessment.detail);
  const { rise } = scene.policy.heal.confirm;
  if (memory.goodStreak < rise)
    return keep(
      memory,
      'suspicion-unconfirmed',
      `good ${memory.goodStreak} of ${rise} times in a row; ${assessment.detail}`,
    );
  return keep(
    { ...memory, state: 'healthy', since: scene.now, cause: null },
    'recovered',
    assessment.detail,
  );
}

/** Confirmed: out it goes, unless a person has just overruled us or the load balancer alone is dealing with it. */
function accuse(turn: Turn, cause: ReasonCode): Transition {
  const { memory, assessment, scene } = turn;
  const isSettled =
    memory.state === 'suspect' &&
    since(memory.since, scene.now) >= scene.policy.heal.ladder.settleMs;
  if (isOverruled(turn))
    return keep(
      suspect(turn),
      'person-set-weight',
      `a person overruled an ejection; not repeated yet. ${assessment.detail}`,
    );
  if (cause === 'abnormal-in-load-balancer' && !isSettled)
    return keep(suspect(turn), cause, assessment.detail);
  return (
    eject(turn, cause, cause) ??
    keep(suspect(turn), cause, `no rung in use suits it. ${assessment.detail}`)
  );
}

/** After a person has put an ejected backend back, Evenkeel yields for as long as an ejection may last. */
const isOverruled = ({ memory, scene }: Turn): boolean =>
  memory.personWeightAt !== null &&
  since(memory.personWeightAt, scene.now) < scene.policy.heal.ejection.maxMs;

function whileOnProbation(turn: Turn): Transition {
  const { memory, assessment, scene } = turn;
  const stay = keep(memory, 'probation-waiting', assessment.detail);
  if (assessment.condition === 'bad') return eject(turn, assessment.cause, 'relapsed') ?? stay;
  if (assessment.condition !== 'good') return stay;
  const interval = rampInterval(scene.policy.heal.slowStart);
  const heldMs = since(memory.probationStepAt ?? memory.since, scene.now);
  if (heldMs < interval)
    return { ...stay, detail: `next step in ${seconds(interval - heldMs)}; ${assessment.detail}` };
  const last = lastRampStep(Object.values(memory.baseWeights), scene.policy.heal.slowStart);
  if (memory.probationStep >= last)
    return keep(release(memory, scene.now), 'probation-passed', assessment.detail);
  const step = memory.probationStep + 1;
  return keep(
    { ...memory, probationStep: step, probationStepAt: scene.now },
    'probation-step',
    `step ${step + 1} of ${last + 1}; ${assessment.detail}`,
  );
}
