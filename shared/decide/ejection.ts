import { drainCauseOf } from '../domain/drain-cause';
import { type BackendMemory } from '../domain/memory';
import { type DrainOrder } from '../domain/pool';
import { type ReasonCode } from '../domain/reasons';
import { clamp, floorDiv, type Instant, plus, since } from '../domain/units';
import { firstStep } from './ladder';
import { isAnnounced } from './rungs';
import { type Scene } from './scene';
import { keep, type Transition, type Turn } from './turn';

export function suspect({ memory, assessment, scene }: Turn): BackendMemory {
  return memory.state === 'suspect'
    ? { ...memory, cause: assessment.cause }
    : { ...memory, state: 'suspect', since: scene.now, cause: assessment.cause };
}

export function drainByOrder({ memory, assessment, scene }: Turn, order: DrainOrder): Transition {
  const next: BackendMemory = {
    ...memory,
    state: 'ejected',
    since: scene.now,
    cause: drainCauseOf(order),
    ejectedUntil: order.until,
    ladder: null,
  };
  return keep(next, drainCauseOf(order), assessment.detail);
}

/** Null when no rung in use suits the cause. */
export function eject(
  { memory, assessment, scene, subject }: Turn,
  cause: ReasonCode,
  reason: ReasonCode,
): Transition | null {
  const first =
    firstStep(memory, cause, scene, subject) ??
    (cause === 'instance-gone' ? { ladder: null, repairs: memory.repairs, repair: null } : null);
  if (first === null) return null;
  // What the cloud announced is nobody's fault.
  const offence = isAnnounced(cause) ? { ejectedUntil: null } : chargeOffence(memory, scene);
  const next: BackendMemory = {
    ...memory,
    ...offence,
    state: 'ejected',
    since: scene.now,
    cause,
    ladder: first.ladder,
    repairs: first.repairs,
    probationStep: 0,
    probationStepAt: null,
  };
  return { next, reason, detail: assessment.detail, repair: first.repair };
}

/**
 * Back-off of an ejection. Old offences decay, one for each quiet period.
 *
 *     offences = max(0, offences − ⌊quiet ÷ decayMs⌋) + 1,  ejection = min(baseMs × offences, maxMs)
 *
 * Example: third offence in a row with a base of 30 s → 90 s; after two quiet periods it counts as the first → 30 s.
 */
export function chargeOffence(
  memory: BackendMemory,
  { now, policy }: Pick<Scene, 'now' | 'policy'>,
): { offences: number; lastOffenceAt: Instant; ejectedUntil: Instant } {
  const { baseMs, maxMs, decayMs } = policy.heal.ejection;
  const quietMs = Math.max(0, since(memory.lastOffenceAt ?? now, now));
  const quiet = floorDiv(quietMs, Math.max(1, decayMs));
  const offences = clamp(memory.offences - quiet, 0, memory.offences) + 1;
  return {
    offences,
    lastOffenceAt: now,
    ejectedUntil: plus(now, Math.min(baseMs * offences, maxMs)),
  };
}

/** Well again at its base weight; offences are kept, they decay with time. */
export function release(memory: BackendMemory, now: Instant): BackendMemory {
  return {
    ...memory,
    state: 'healthy',
    since: now,
    cause: null,
    ejectedUntil: null,
    ladder: null,
    probationStep: 0,
    probationStepAt: null,
    badStreak: 0,
    goodStreak: 0,
  };
}
