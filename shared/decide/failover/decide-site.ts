import { type SiteState } from '../../domain/failover/name-memory';
import { type NameStep } from '../../domain/failover/name-proposal';
import { type NameReasonCode } from '../../domain/failover/name-reasons';
import { plus } from '../../domain/units';
import { seconds } from '../describe';
import {
  advance,
  comeBack,
  isLimited,
  isNeeded,
  relapse,
  returnCause,
  stayAtStage,
  whole,
} from './come-back';
import { leave } from './leave';
import { type LeaveCause, leaveCause } from './leave-cause';
import { type Practising } from './practice';
import { noteSteps, unnoteSteps } from './record-steps';
import { type NameScene, type SiteView } from './scene';
import { enter, settle, type SiteDecision } from './site-decision';

/** What is right for one site, from what its records are: memory may be lost, or older than a person’s change. */
export function decideSite(view: SiteView, practising: Practising, scene: NameScene): SiteDecision {
  if (view.records.length === 0) return absent(view, 'site-without-record', scene);
  if (view.enabled.length + view.paused.length === 0)
    return absent(view, 'site-paused-by-person', scene);
  if (view.paused.length > 0) return decideOut(view, practising, scene);
  return decideIn(view, practising, scene);
}

function absent(view: SiteView, reason: NameReasonCode, scene: NameScene): SiteDecision {
  const next = enter('absent', view, scene, { move: null, baseWeights: {}, waitingSince: null });
  return settle(view, next, { reason, detail: 'no record of it is ours to enable' });
}

/** At least one of its records is off because of us. */
function decideOut(view: SiteView, practising: Practising, scene: NameScene): SiteDecision {
  const cause = leaveCause(view, practising, scene);
  if (cause !== null && view.enabled.length > 0) return leave(view, cause, scene);
  if (cause !== null) return stayOut(view, cause, scene);
  if (isLateWrite(view)) return repairLateWrite(view, scene);
  const isReturning = view.memory.state === 'returning';
  if (isReturning && view.judgement.verdict === 'down') return relapse(view, scene);
  if (isReturning && view.judgement.verdict === 'up')
    return comeBack(view, { reason: 'failback-held-up', isAtOnce: isNeeded(view, scene) }, scene);
  if (isReturning) return stayAtStage(view, scene);
  return waitOutside(view, practising, scene);
}

/** What began as a rehearsal and is needed now does not end like one. */
function stayOut(view: SiteView, cause: LeaveCause, scene: NameScene): SiteDecision {
  const { move } = view.memory;
  const next = enter('paused', view, scene, {
    move: move === null ? null : { ...move, kind: cause.kind },
  });
  const steps = missingNotes(view, scene);
  return settle(view, next, { reason: cause.reason, detail: cause.detail, steps });
}

/** A pause whose note could not be written gets it as soon as that can be: without it the loss of the store would make it a person’s. */
const missingNotes = (view: SiteView, scene: NameScene): readonly NameStep[] =>
  view.paused
    .filter(({ remark }) => remark === '')
    .flatMap((record) => noteSteps(record, view, view.judgement.reason, scene));

/** It was whole when we looked last, nothing speaks against it, and yet it is off by our hand: a write of ours came late. */
const isLateWrite = ({ isKnown, memory, judgement }: SiteView): boolean =>
  isKnown && memory.state === 'serving' && memory.move === null && judgement.verdict === 'up';

function repairLateWrite(view: SiteView, scene: NameScene): SiteDecision {
  const reason = 'late-record-repaired';
  return {
    ...comeBack(view, { reason, isAtOnce: true }, scene),
    detail: 'it was paused by us after it had come back',
    stay: { ...whole(view, scene), cause: reason },
    move: null,
  };
}

/** Out, wholly or in part, with nothing that speaks for leaving: it comes back when it may. */
function waitOutside(view: SiteView, practising: Practising, scene: NameScene): SiteDecision {
  const cause = returnCause(view, practising, scene);
  if (cause !== null) return comeBack(view, cause, scene);
  const { memory, judgement } = view;
  const isRecovering = memory.upSince !== null;
  const next = enter(isRecovering ? 'recovering' : outside(view), view, scene);
  const steps = missingNotes(view, scene);
  if (!isRecovering) return settle(view, next, { ...judgement, steps });
  return settle(view, next, {
    steps,
    reason: isLimited(scene) ? 'failback-limited' : 'site-recovering',
    detail: judgement.detail,
    dueAt: plus(memory.upSince, scene.policy.failback.holdMs),
  });
}

const outside = ({ paused, memory }: SiteView): SiteState => {
  if (paused.length > 0) return 'paused';
  return memory.state === 'partial' ? 'partial' : 'suspect';
};

/** All of its records answer, at full weight or at less. */
function decideIn(view: SiteView, practising: Practising, scene: NameScene): SiteDecision {
  const { memory, judgement, level } = view;
  const isReturning = memory.state === 'returning';
  const cause = leaveCause(view, practising, scene);
  if (cause !== null) return leave(view, cause, scene);
  if (isReturning && judgement.verdict === 'down') return relapse(view, scene);
  if (isReturning && judgement.verdict === 'up') return advance(view, scene);
  if (isReturning) return stayAtStage(view, scene);
  return level < 1000 ? waitOutside(view, practising, scene) : serve(view, scene);
}

/** Whole: serving, or down for less than the hold. */
function serve(view: SiteView, scene: NameScene): SiteDecision {
  const { memory, judgement } = view;
  const { now, policy } = scene;
  if (memory.downSince !== null) {
    const next = enter('suspect', view, scene, { move: null, baseWeights: {} });
    return settle(view, next, {
      reason: judgement.verdict === 'down' ? 'site-held-down' : judgement.reason,
      detail: `${judgement.detail}; down for ${seconds(now - memory.downSince)} of ${seconds(policy.holdDownMs)}`,
      dueAt: plus(memory.downSince, policy.holdDownMs),
    });
  }
  const steps =
    judgement.verdict === 'up'
      ? view.enabled.flatMap((record) => unnoteSteps(record, view, judgement.reason, scene))
      : [];
  return settle(view, whole(view, scene), { ...judgement, steps });
}
