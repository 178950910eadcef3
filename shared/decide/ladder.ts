import { isHeldOnPurpose } from '../domain/drain-cause';
import { type BackendMemory, type LadderMemory, type RepairMemory } from '../domain/memory';
import { operationId } from '../domain/operation-id';
import { type PoolPolicy, type Rung } from '../domain/policy';
import { freshValue } from '../domain/reading';
import { type ReasonCode } from '../domain/reasons';
import { isInstanceDown } from '../domain/serving';
import { plus, since } from '../domain/units';
import { age, seconds } from './describe';
import { isAnnounced, isLost, isRepairRung, nextRung, RUNG_ORDER, waitAfter } from './rungs';
import { type Scene, type Subject } from './scene';

/** What the ladder says of a backend that is held out and still bad. */
export interface Climb {
  readonly ladder: LadderMemory | null;
  readonly repairs: readonly RepairMemory[];
  readonly reason: ReasonCode;
  readonly detail: string;
  /** Set when a repair is to be started now. */
  readonly repair: 'restart' | 'reboot' | null;
}

/** The rung on which an ejection starts; null when no rung that suits the cause is in use. */
export function firstStep(
  memory: BackendMemory,
  cause: ReasonCode,
  scene: Scene,
  subject: Subject,
): Climb | null {
  const rung = nextRung(null, cause, memory, scene);
  if (rung === null) return null;
  return standOn(rung, { ...memory, since: scene.now, ladder: null }, scene, subject);
}

/**
 * Moves a backend that is still bad to the next rung once the wait of the present one is over; before that, waits.
 * Above the last rung in use there is only a person.
 */
export function climb(
  memory: BackendMemory,
  cause: ReasonCode,
  scene: Scene,
  subject: Subject,
): Climb {
  const { ladder, repairs } = memory;
  const stay = { ladder, repairs, repair: null };
  if (ladder !== null && isWaiting(ladder, scene, subject)) {
    const detail = `${ladder.rung} since ${age(ladder.startedAt, scene.now)}; looked at again in ${seconds(ladder.verifyAt - scene.now)}`;
    return {
      ...stay,
      reason: isRepairRung(ladder.rung) ? 'repair-waiting' : 'still-ejected',
      detail,
    };
  }
  if (isAnnounced(cause) && !isInstanceDown(subject.backend))
    return { ...stay, reason: cause, detail: 'it stays drained until this is over' };
  const rung = nextRung(ladder?.rung ?? null, cause, memory, scene);
  if (rung !== null) return standOn(rung, memory, scene, subject);
  const above = { ...stay, ladder: exhausted(memory, scene) };
  return isLost(cause)
    ? { ...above, reason: cause, detail: 'no repair brings it back' }
    : { ...above, reason: 'repair-exhausted', detail: describeTried(memory) };
}

/** A command that is still running is given its own time-out on top of the wait; a repair that failed is not waited for. */
function isWaiting(ladder: LadderMemory, { now, policy }: Scene, { backend }: Subject): boolean {
  const command = ladder.rung === 'restart' ? freshValue(backend.command) : undefined;
  if (command?.state === 'failed' || command?.state === 'lost') return false;
  const extraMs = command?.state === 'running' ? (policy.heal.ladder.restart?.timeoutMs ?? 0) : 0;
  return now < ladder.verifyAt + extraMs;
}

function standOn(rung: Rung, memory: BackendMemory, scene: Scene, subject: Subject): Climb {
  const { now, policy } = scene;
  const begun = underWay(rung, memory, scene);
  if (begun !== undefined) return waitFor(begun, memory, scene);
  const parts = [scene.pool.poolName, subject.backend.instanceId, String(memory.since)];
  const id = isRepairRung(rung) ? operationId(rung, parts) : '';
  const ladder: LadderMemory = {
    rung,
    operationId: id,
    startedAt: now,
    verifyAt: plus(now, waitAfter(rung, policy)),
    invokeId: null,
  };
  const detail = `next rung: ${rung}, looked at again in ${seconds(waitAfter(rung, policy))}`;
  if (!isRepairRung(rung))
    return { ladder, repairs: memory.repairs, reason: 'still-ejected', detail, repair: null };
  const repairs: readonly RepairMemory[] = [{ rung, at: now, hasHelped: null }, ...memory.repairs];
  return {
    ladder,
    repairs,
    reason: rung === 'restart' ? 'repair-service' : 'repair-reboot',
    detail,
    repair: rung,
  };
}

/** The same repair, begun by an earlier ejection that somebody ended before it could be told whether the repair helped. */
const underWay = (
  rung: Rung,
  { repairs }: BackendMemory,
  { now, policy }: Scene,
): RepairMemory | undefined =>
  repairs.find(
    (each) =>
      each.rung === rung &&
      each.hasHelped === null &&
      since(each.at, now) < waitAfter(rung, policy),
  );

function waitFor({ rung, at }: RepairMemory, memory: BackendMemory, scene: Scene): Climb {
  const { ladder, repairs } = memory;
  const detail = `a ${rung} was begun ${age(at, scene.now)} and has ${seconds(waitAfter(rung, scene.policy))}`;
  return { ladder, repairs, reason: 'repair-waiting', detail, repair: null };
}

function exhausted({ ladder }: BackendMemory, { now }: Scene): LadderMemory {
  if (ladder?.rung === 'replace') return ladder;
  return { rung: 'replace', operationId: '', startedAt: now, verifyAt: now, invokeId: null };
}

function describeTried({ repairs }: BackendMemory): string {
  const tried = repairs.map((repair) => repair.rung).join(', ');
  return tried === '' ? 'no repair is in use that could help' : `tried so far: ${tried}`;
}

/** A repair whose wait is over while the backend is still bad did not help; one after which it returns did. */
export function judgeRepairs(
  repairs: readonly RepairMemory[],
  hasHelped: boolean,
): readonly RepairMemory[] {
  return repairs.map((repair) => (repair.hasHelped === null ? { ...repair, hasHelped } : repair));
}

/** The rung has been reached or passed. */
export const hasReached = (ladder: LadderMemory | null, rung: Rung): boolean =>
  ladder !== null && RUNG_ORDER.indexOf(ladder.rung) >= RUNG_ORDER.indexOf(rung);

/** Held at weight 0: on purpose, or by a rung that has been reached and is in use. */
export const isDrained = ({ cause, ladder }: BackendMemory, { heal }: PoolPolicy): boolean =>
  isHeldOnPurpose(cause) || (heal.ladder.rungs.includes('drain') && hasReached(ladder, 'drain'));

/** The wait of a repair is over, so that its effect can be judged. */
export const isRepairDue = (memory: BackendMemory, scene: Scene, subject: Subject): boolean =>
  memory.ladder !== null &&
  isRepairRung(memory.ladder.rung) &&
  !isWaiting(memory.ladder, scene, subject);
