import { attachmentKey } from '../domain/attachment';
import { isDrainCause, isNewlyRegistered } from '../domain/drain-cause';
import { type BackendMemory } from '../domain/memory';
import { type ReasonCode } from '../domain/reasons';
import { type Instant, since } from '../domain/units';
import { isLateWrite, lastCertainWrite, mayBeLastWrite } from '../domain/written-weights';
import { seconds } from './describe';
import { eject, release } from './ejection';
import { climb, isRepairDue, judgeRepairs } from './ladder';
import { causeOnceHeld, isRepairRung } from './rungs';
import { type Subject } from './scene';
import { rampWeights } from './slow-start';
import { keep, type Transition, type Turn } from './turn';

/** One turn of a backend that is held out: it stays, climbs the ladder, or comes back by probation. */
export function whileEjected(turn: Turn): Transition {
  const { memory, assessment, scene, subject } = turn;
  if (isDrainCause(memory.cause)) return afterOrder(turn);
  if (isPutBack(subject, scene.now)) {
    const released = { ...release(memory, scene.now), personWeightAt: scene.now };
    return keep(
      released,
      'person-set-weight',
      `somebody put its weight back while it was ejected; ${assessment.detail}`,
    );
  }
  switch (assessment.condition) {
    case 'unknown':
      return keep(memory, 'signal-missing', assessment.detail);
    case 'suspicious':
      return keep(memory, 'still-ejected', assessment.detail);
    case 'bad':
      return isNewlyRegistered(memory.cause)
        ? keep(memory, 'registered', assessment.detail)
        : stillBad(turn, causeOnceHeld(memory.cause, assessment.cause));
    case 'good':
      return comingBack(turn);
  }
}

/**
 * Somebody restored what we had lowered: every attachment with a base is at it though the last write of ours that surely
 * landed was below, and none that may have landed since was as high.
 */
function isPutBack({ backend, memory }: Subject, now: Instant): boolean {
  const based = backend.attachments
    .map((attachment) => ({ attachment, key: attachmentKey(backend, attachment) }))
    .filter(({ key }) => (memory.baseWeights[key] ?? 0) > 0);
  const isRaised = ({ attachment, key }: (typeof based)[number]): boolean => {
    const base = memory.baseWeights[key] ?? 0;
    return (
      attachment.weight === base &&
      (lastCertainWrite(memory, key)?.weight ?? base) < base &&
      !mayBeLastWrite(memory, key, base) &&
      !isLateWrite(memory, key, base, now)
    );
  };
  return based.length > 0 && based.every(isRaised);
}

/** A person's drain is no sign of illness: it goes straight back to its base weight, unless something real speaks against it. */
function afterOrder(turn: Turn): Transition {
  const { memory, assessment, scene } = turn;
  const released = release(memory, scene.now);
  const detail = `the drain order ended; ${assessment.detail}`;
  if (assessment.condition !== 'bad') return keep(released, 'recovered', detail);
  const { cause } = assessment;
  return eject({ ...turn, memory: released }, cause, cause) ?? keep(released, cause, detail);
}

function stillBad({ memory, assessment, scene, subject }: Turn, cause: ReasonCode): Transition {
  const known = { ...memory, cause };
  const climbed = climb(known, cause, scene, subject);
  // What was seen before a repair says nothing about its effect.
  const history = climbed.repair === null ? {} : { windows: [], statistics: [] };
  const next = { ...known, ...history, ladder: climbed.ladder, repairs: climbed.repairs };
  return {
    next,
    reason: climbed.reason,
    detail: `${climbed.detail}; ${assessment.detail}`,
    repair: climbed.repair,
  };
}

function comingBack(turn: Turn): Transition {
  const { memory, assessment, scene, subject } = turn;
  const { rise } = scene.policy.heal.confirm;
  const isRepairing =
    memory.ladder !== null &&
    isRepairRung(memory.ladder.rung) &&
    !isRepairDue(memory, scene, subject);
  if (isRepairing) return keep(memory, 'repair-waiting', assessment.detail);
  const leftMs = since(scene.now, memory.ejectedUntil ?? scene.now);
  if (leftMs > 0 || memory.goodStreak < rise) {
    const detail = `${seconds(leftMs)} of ejection left, good ${memory.goodStreak} of ${rise} times in a row; ${assessment.detail}`;
    return keep(memory, 'still-ejected', detail);
  }
  const next: BackendMemory = {
    ...memory,
    state: 'probation',
    since: scene.now,
    ladder: null,
    repairs: judgeRepairs(memory.repairs, true),
    probationStep: firstRampStep(turn),
    probationStepAt: scene.now,
  };
  return keep(next, 'ejection-served', assessment.detail);
}

/** Where the ramp starts: at the first step that takes nothing away from a backend that was only lowered, not drained. */
function firstRampStep({ memory, subject, scene }: Turn): number {
  const steps = subject.backend.attachments.map((attachment) => {
    const base =
      memory.baseWeights[attachmentKey(subject.backend, attachment)] ?? attachment.weight;
    return rampWeights(base, scene.policy.heal.slowStart).findIndex(
      (weight) => weight >= attachment.weight,
    );
  });
  return Math.max(0, ...steps);
}
