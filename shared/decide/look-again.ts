import { isDrainCause } from '../domain/drain-cause';
import { type Instant, plus, since } from '../domain/units';
import { nextEventAt } from './accusations';
import { isRepairRung } from './rungs';
import { type Scene } from './scene';
import { rampInterval } from './slow-start';
import { type Judged } from './steps';

/** A backend that something is still going on with: `watch: unsteady` stays awake for it. A person's turn is not waited for. */
export function isUnsteady({ transition, assessment }: Judged): boolean {
  const { state, cause, ladder } = transition.next;
  if (state === 'ejected')
    return !isDrainCause(cause) && (ladder?.rung !== 'replace' || assessment.condition === 'good');
  return state !== 'healthy';
}

/** The next instant at which one backend has something to do that no event will announce. */
export function pendingAt(judged: Judged, scene: Scene): readonly Instant[] {
  const { subject, transition, assessment } = judged;
  const { next } = transition;
  const { heal, watchIntervalMs } = scene.policy;
  const order = scene.orders[subject.backend.instanceId];
  const candidates: (Instant | null | undefined)[] = [order?.until, nextEventAt(subject, scene)];
  if (next.state === 'suspect')
    candidates.push(plus(next.since, heal.ladder.settleMs), plus(scene.now, watchIntervalMs));
  if (next.state === 'probation')
    candidates.push(plus(next.probationStepAt ?? next.since, rampInterval(heal.slowStart)));
  if (next.state === 'ejected' && assessment.condition === 'good')
    candidates.push(next.ejectedUntil, plus(scene.now, watchIntervalMs));
  if (next.state === 'ejected' && next.ladder !== null && next.ladder.rung !== 'replace')
    candidates.push(next.ladder.verifyAt, next.ejectedUntil);
  if (next.ladder !== null && isRepairRung(next.ladder.rung))
    candidates.push(plus(scene.now, watchIntervalMs));
  return candidates.filter((at): at is Instant => since(scene.now, at ?? scene.now) > 0);
}

/** The earliest of all; null when nothing is pending. */
export function lookAgainAt(judged: readonly Judged[], scene: Scene): Instant | null {
  const pending = judged.flatMap((each) => pendingAt(each, scene));
  return pending.sort((a, b) => a - b)[0] ?? null;
}
