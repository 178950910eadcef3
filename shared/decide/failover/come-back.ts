import { moveIdOf } from '../../domain/failover/approvals';
import { type DnsRecord } from '../../domain/failover/dns-record';
import { type MoveMemory, type SiteMemory } from '../../domain/failover/name-memory';
import { type NameStep } from '../../domain/failover/name-proposal';
import { type NameReasonCode } from '../../domain/failover/name-reasons';
import { standingOrder } from '../../domain/failover/standing-order';
import { permille, plus, roundDiv, since } from '../../domain/units';
import { seconds } from '../describe';
import { type Practising } from './practice';
import {
  baseWeight,
  enableStep,
  noteSteps,
  restoreSteps,
  unnoteSteps,
  weightSteps,
} from './record-steps';
import { hasHeld } from './runs';
import { hasBase, type NameScene, others, type SiteView } from './scene';
import { enter, settle, type SiteDecision } from './site-decision';

/** Why a site comes back now, and whether at once or in stages. */
export interface ReturnCause {
  readonly reason: NameReasonCode;
  readonly isAtOnce: boolean;
}

/** A rehearsal that is over, a person’s word, or the hold; null while it has to wait. */
export function returnCause(
  view: SiteView,
  { remembered }: Practising,
  scene: NameScene,
): ReturnCause | null {
  const { verdict } = view.judgement;
  if (verdict === 'down') return null;
  if (view.memory.move?.kind === 'practice' && remembered !== null) {
    if (remembered.abortedBecause !== null) return { reason: 'practice-aborted', isAtOnce: true };
    if (verdict === 'up') return { reason: 'practice-ended', isAtOnce: false };
  }
  if (isOrderedBack(view, scene)) return { reason: 'failback-ordered', isAtOnce: false };
  return dueReturn(view, scene);
}

/**
 * By itself it returns after the hold. Where another one is dead and could be left, if only this one were back, it returns as soon as it
 * was up for as long as a site must be down.
 */
function dueReturn(view: SiteView, scene: NameScene): ReturnCause | null {
  const { failback, holdDownMs } = scene.policy;
  const { upSince } = view.memory;
  if (view.judgement.verdict !== 'up' || !failback.isAutomatic || isLimited(scene)) return null;
  if (hasHeld(upSince, scene.now, failback.holdMs))
    return { reason: 'failback-held-up', isAtOnce: false };
  const isMissed = isNeeded(view, scene) && mayLeaveAnother(scene);
  return isMissed && hasHeld(upSince, scene.now, holdDownMs)
    ? { reason: 'failback-needed', isAtOnce: true }
    : null;
}

/** The window of velocity has room for one more failover. */
const mayLeaveAnother = (scene: NameScene): boolean =>
  recentMoves('failover', scene) < scene.policy.velocity.moves;

/** An order is for the outage that it was given in, not for the next one. */
function isOrderedBack({ site, memory }: SiteView, { name }: NameScene): boolean {
  const order = standingOrder(site.name, ['failover', 'failback'], name);
  return order?.kind === 'failback' && order.at >= (memory.move?.at ?? memory.since);
}

/** As many returns within the window as failovers: who comes and goes all the time stays out. */
export const isLimited = (scene: NameScene): boolean =>
  recentMoves('failback', scene) >= scene.policy.velocity.moves;

const recentMoves = (kind: MoveMemory['kind'], { name, policy, now }: NameScene): number =>
  name.memory.moves.filter(
    (move) => move.kind === kind && since(move.at, now) < policy.velocity.windowMs,
  ).length;

/**
 * Records that are off are enabled, at the low weight at which they left, and gain by stages; at once, all of it is written now, and
 * the last stage sees to it. Those without weights are back.
 */
export function comeBack(view: SiteView, cause: ReturnCause, scene: NameScene): SiteDecision {
  const { reason, isAtOnce } = cause;
  const own = [...view.paused, ...view.enabled];
  const staged = own.filter((record) => hasBase(record, view, scene));
  const steps = [
    ...view.paused.flatMap((record) => [
      enableStep(record, view, reason),
      ...(isAtOnce || !staged.includes(record) ? [] : firstWeight(record, 1, view, scene)),
    ]),
    ...(isAtOnce ? staged : []).flatMap((record) => restoreSteps(record, view, reason, scene)),
    ...own
      .filter((record) => !staged.includes(record))
      .flatMap((record) => unnoteSteps(record, view, reason, scene)),
  ];
  const move = returnMove(view, scene);
  const next =
    staged.length > 0 ? begin(view, staged, { isAtOnce, move }, scene) : back(view, scene);
  const stay = enter('recovering', view, scene);
  return {
    ...settle(view, next, { reason, detail: wayBack(staged.length > 0, isAtOnce), steps, move }),
    stay: { ...stay, cause: reason },
  };
}

/**
 * Down to the weight at which a return begins, of a record that comes back with all of its own: before its pause that could not be
 * written. Only beside another that is up, never below what a person made heavier, and with the note that says what it weighed.
 */
function firstWeight(
  record: DnsRecord,
  to: number,
  view: SiteView,
  scene: NameScene,
): readonly NameStep[] {
  const isWhole = (record.weight ?? 1) === baseWeight(record, view, scene);
  const isBeside = others(view, scene).some(
    ({ judgement, enabled }) =>
      judgement.verdict === 'up' && enabled.some(({ line }) => line === record.line),
  );
  if (!isWhole || !isBeside) return [];
  return [
    ...noteSteps(record, view, 'failback-stage', scene),
    ...weightSteps(record, view, 'failback-stage', { to, moveId: null }),
  ];
}

function wayBack(hasWeights: boolean, isAtOnce: boolean): string {
  if (!hasWeights) return 'it comes back at once: no weights, no stages';
  return isAtOnce ? 'it comes back at once' : 'it comes back in stages';
}

/** What it left under is kept: going down again on the way takes that return back, and is no new move. */
function begin(
  view: SiteView,
  staged: readonly DnsRecord[],
  { isAtOnce, move }: { readonly isAtOnce: boolean; readonly move: MoveMemory },
  scene: NameScene,
): SiteMemory {
  const { moveId, kind, at } = move;
  const weights = staged.map((record): [string, number] => [
    record.recordId,
    baseWeight(record, view, scene),
  ]);
  return enter('returning', view, scene, {
    stage: isAtOnce ? scene.policy.failback.stages.length - 1 : 0,
    stageSince: null,
    waitingSince: null,
    move: view.memory.move ?? { moveId, kind, at },
    baseWeights: { ...view.memory.baseWeights, ...Object.fromEntries(weights) },
  });
}

function returnMove({ site, memory }: SiteView, { policy, now }: NameScene): MoveMemory {
  const moveId = moveIdOf(policy.name, site.name, 'failback', memory.upSince ?? now);
  return { moveId, kind: 'failback', siteName: site.name, at: now };
}

const back = (view: SiteView, scene: NameScene): SiteMemory =>
  enter('serving', view, scene, {
    move: null,
    baseWeights: {},
    waitingSince: null,
    stage: 0,
    stageSince: null,
  });

/** Nobody knows how it is: it neither gains nor loses. */
export const stayAtStage = (view: SiteView, scene: NameScene): SiteDecision =>
  settle(view, enter('returning', view, scene), {
    reason: view.judgement.reason,
    detail: `it stays at this stage: ${view.judgement.detail}`,
  });

/**
 * Whether another site that still answers was down for the whole hold: traffic is taken from one region at a time, so whoever is on
 * the way back has to be back before that one can be left.
 */
export const isNeeded = (view: SiteView, scene: NameScene): boolean =>
  others(view, scene).some(
    ({ judgement, memory, enabled }) =>
      judgement.verdict === 'down' &&
      enabled.length > 0 &&
      hasHeld(memory.downSince, scene.now, scene.policy.holdDownMs),
  );

/** The stage that is due: the first at once, the next when the present one was held long enough. The last ends the return, and so does the need for it. */
export function advance(view: SiteView, scene: NameScene): SiteDecision {
  if (isNeeded(view, scene)) return finish(view, 'another site is down: all of its share', scene);
  const { stages, stageHoldMs } = scene.policy.failback;
  const { stage, stageSince } = view.memory;
  const isHeld = stageSince !== null && !hasHeld(stageSince, scene.now, stageHoldMs);
  if (isHeld)
    return settle(view, enter('returning', view, scene), {
      reason: 'site-returning',
      detail: `stage ${stage + 1} of ${stages.length}, held for ${seconds(stageHoldMs)}`,
      dueAt: plus(stageSince, stageHoldMs),
    });
  const due = stageSince === null ? stage : stage + 1;
  return due >= stages.length - 1
    ? finish(view, 'the last stage: all of its share', scene)
    : raise(view, due, scene);
}

function raise(view: SiteView, stage: number, scene: NameScene): SiteDecision {
  const { stages, stageHoldMs } = scene.policy.failback;
  const share = stages[stage] ?? permille(1000);
  const steps = view.enabled
    .filter((record) => hasBase(record, view, scene))
    .flatMap((record): readonly NameStep[] => {
      const to = Math.max(1, roundDiv(baseWeight(record, view, scene) * share, 1000));
      if (to <= (record.weight ?? 1)) {
        const isFirst = view.memory.stageSince === null && isGiven(record, view, scene);
        return isFirst ? firstWeight(record, to, view, scene) : [];
      }
      return weightSteps(record, view, 'failback-stage', { to, moveId: null });
    });
  const next = enter('returning', view, scene, { stage, stageSince: scene.now });
  const stay = enter('returning', view, scene);
  return {
    ...settle(view, next, {
      reason: 'failback-stage',
      detail: `stage ${stage + 1} of ${stages.length}: ${share} ‰ of its share`,
      steps,
      dueAt: plus(scene.now, stageHoldMs),
    }),
    stay: { ...stay, cause: 'failback-stage' },
  };
}

/** This return gave it traffic. What a person enabled beside it, or never was off, is nothing that a return takes. */
const isGiven = (record: DnsRecord, { memory }: SiteView, { name }: NameScene): boolean =>
  name.memory.written.some(
    (last) => last.recordId === record.recordId && last.isEnabled && last.at >= memory.since,
  );

const isOnItsWay = (record: DnsRecord, view: SiteView, scene: NameScene): boolean =>
  (record.weight ?? 1) < baseWeight(record, view, scene) || isGiven(record, view, scene);

function finish(view: SiteView, detail: string, scene: NameScene): SiteDecision {
  const reason = 'failback-stage';
  const steps = view.enabled.flatMap((record) => [
    ...restoreSteps(record, view, reason, scene),
    ...unnoteSteps(record, view, reason, scene),
  ]);
  const stay = enter('returning', view, scene);
  return {
    ...settle(view, back(view, scene), {
      reason,
      detail,
      steps,
    }),
    stay: { ...stay, cause: reason },
  };
}

/** It went down on its way back: what came back goes to the lowest weight at once; out after the usual hold. */
export function relapse(view: SiteView, scene: NameScene): SiteDecision {
  const moveId = view.memory.move?.moveId ?? null;
  const steps = view.enabled
    .filter((record) => hasBase(record, view, scene) && isOnItsWay(record, view, scene))
    .flatMap((record) => weightSteps(record, view, 'failback-relapse', { to: 1, moveId }));
  const state = view.paused.length > 0 ? 'paused' : 'suspect';
  const next = enter(state, view, scene, { move: null, stage: 0, stageSince: null });
  return {
    ...settle(view, next, { reason: 'failback-relapse', detail: view.judgement.detail, steps }),
    stay: { ...enter('returning', view, scene), cause: 'failback-relapse' },
  };
}

/** Where it stands, once it is back without our doing or never left. */
export const whole = back;
