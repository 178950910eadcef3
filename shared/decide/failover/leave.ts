import { moveIdOf, needsApproval, wordOn } from '../../domain/failover/approvals';
import {
  type MoveMemory,
  type PendingApproval,
  type SiteMemory,
} from '../../domain/failover/name-memory';
import { type NameAlert } from '../../domain/failover/name-proposal';
import { plus } from '../../domain/units';
import { seconds } from '../describe';
import { forecastMove } from './forecast';
import { type Departure } from './departure';
import { lighten, takeOut } from './leave-steps';
import { type LeaveCause } from './leave-cause';
import { hasHeld } from './runs';
import { isWeighted, type NameScene, type SiteView, stillServes } from './scene';
import { enter, settle, type SiteDecision } from './site-decision';

/**
 * Traffic leaves a site: all of it where the others can carry it or the site hardly serves any more; else it waits a while for them
 * to grow, and then as much leaves as they can carry, by weight. A rehearsal only begins when all of it fits.
 */
export function leave(view: SiteView, cause: LeaveCause, scene: NameScene): SiteDecision {
  const departure = {
    view,
    cause,
    move: moveOf(view, cause, scene),
    forecast: forecastMove(view, scene),
  };
  switch (paceOf(departure, scene)) {
    case 'not-now':
      return putOff(departure, scene);
    case 'wait':
      return waitForCapacity(departure, scene);
    case 'part':
      return leavePartly(departure, scene);
    case 'whole':
      return leaveWholly(departure, scene);
  }
}

/** The move that it began already, or a new one. A site that was on its way back left that move behind. */
function moveOf(
  { site, memory }: SiteView,
  { kind, since }: LeaveCause,
  { policy, now }: NameScene,
): MoveMemory {
  const isUnderWay = memory.state !== 'returning' && memory.state !== 'serving';
  if (memory.move !== null && isUnderWay) return { ...memory.move, siteName: site.name };
  return {
    moveId: moveIdOf(policy.name, site.name, kind, since),
    kind,
    siteName: site.name,
    at: now,
  };
}

type Pace = 'not-now' | 'wait' | 'part' | 'whole';

function paceOf({ view, cause, forecast }: Departure, scene: NameScene): Pace {
  const { memory } = view;
  const { policy, now } = scene;
  const { waitMs, servesAtLeast } = policy.capacity;
  if (cause.kind === 'practice') return forecast.fit === 1000 ? 'whole' : 'not-now';
  if (!stillServes(view, servesAtLeast)) return 'whole';
  if (memory.state === 'partial' && !hasHeld(memory.stageSince, now, policy.failback.stageHoldMs))
    return 'part';
  if (forecast.fit === 1000) return 'whole';
  const hasWaited = hasHeld(memory.waitingSince ?? now, now, waitMs);
  if (!hasWaited && forecast.canGrow) return 'wait';
  const isDivisible = view.enabled.some((record) => isWeighted(record, scene));
  return forecast.fit !== null && isDivisible ? 'part' : 'whole';
}

function putOff({ view, forecast }: Departure, scene: NameScene): SiteDecision {
  const state = view.paused.length > 0 ? 'paused' : 'serving';
  return settle(view, enter(state, view, scene), {
    reason: forecast.fit === null ? 'capacity-unknown' : 'capacity-short',
    detail: `a rehearsal takes only what the others can carry: ${forecast.detail}`,
    forecast,
  });
}

function waitForCapacity(departure: Departure, scene: NameScene): SiteDecision {
  const { view, forecast } = departure;
  const waitingSince = view.memory.waitingSince ?? scene.now;
  const next = enter('waiting', view, scene, { waitingSince });
  return settle(view, next, {
    reason: 'waiting-for-capacity',
    detail: `it still serves; ${forecast.detail}`,
    forecast,
    dueAt: plus(waitingSince, scene.policy.capacity.waitMs),
  });
}

/** As much as fits; a part that left is given time to show in the others’ load before more follows. */
function leavePartly(departure: Departure, scene: NameScene): SiteDecision {
  const { view, forecast, move } = departure;
  const { now, policy } = scene;
  const { stageSince, state } = view.memory;
  const isHeld = state === 'partial' && !hasHeld(stageSince, now, policy.failback.stageHoldMs);
  const steps = isHeld ? [] : lighten(departure, scene);
  const waitingSince = view.memory.waitingSince ?? now;
  const isMoving = steps.length > 0;
  const stay = enter(state === 'partial' ? 'partial' : 'waiting', view, scene, { waitingSince });
  const moved = leaving(view, departure, scene);
  const next = isMoving
    ? enter('partial', view, scene, { ...moved, waitingSince, stageSince: now })
    : stay;
  const decision = settle(view, next, {
    reason: isMoving || state === 'partial' ? 'failover-partial' : 'capacity-short',
    detail: `it still serves, and the others can carry ${forecast.fit ?? 0} ‰ of it: ${forecast.detail}`,
    steps,
    forecast,
    move: isMoving ? move : null,
    dueAt: plus(stageSince ?? now, policy.failback.stageHoldMs),
    alerts: [shortage(departure)],
  });
  return underApproval(
    { ...decision, stay: { ...stay, cause: decision.reason } },
    departure,
    scene,
  );
}

function leaveWholly(departure: Departure, scene: NameScene): SiteDecision {
  const { view, cause, forecast, move } = departure;
  const longest = Math.max(...view.enabled.map(({ ttlSeconds }) => ttlSeconds));
  const stay = enter(view.paused.length > 0 ? 'paused' : 'waiting', view, scene, {
    waitingSince: view.memory.waitingSince ?? scene.now,
  });
  const next = enter('paused', view, scene, {
    ...leaving(view, departure, scene),
    waitingSince: null,
    stageSince: null,
  });
  const decision = settle(view, next, {
    reason: cause.reason,
    detail: `${cause.detail}; clients follow within ${seconds(longest * 1000)} (TTL); ${forecast.detail}`,
    steps: takeOut(departure, scene),
    forecast,
    move,
    alerts: forecast.fit === 1000 ? [] : [shortage(departure)],
  });
  return underApproval({ ...decision, stay: { ...stay, cause: cause.reason } }, departure, scene);
}

/** What a site that leaves takes with it: its move, and the weights that it comes back to. */
function leaving(view: SiteView, { move }: Departure, scene: NameScene): Partial<SiteMemory> {
  const { moveId, kind, at } = move;
  const weights = view.enabled
    .filter((record) => isWeighted(record, scene))
    .map((record): [string, number] => [record.recordId, record.weight ?? 1]);
  return {
    move: { moveId, kind, at },
    baseWeights: { ...Object.fromEntries(weights), ...view.memory.baseWeights },
  };
}

function shortage({ view: { site }, forecast }: Departure): NameAlert {
  const isUnknown = forecast.fit === null;
  const shed = isUnknown ? 'nobody knows how much of it' : `${forecast.shed ?? 0} ‰ of it`;
  return {
    key: `${site.name}/capacity`,
    severity: isUnknown ? 'warning' : 'critical',
    reason: isUnknown ? 'capacity-unknown' : 'capacity-short',
    siteName: site.name,
    message: `${site.name}: ${shed} cannot be carried by the others: ${forecast.detail}`,
  };
}

/** A move that needs a person’s word is proposed all the same, for the guard to withhold, and the person is asked. */
function underApproval(
  decision: SiteDecision,
  { view, cause, move }: Departure,
  scene: NameScene,
): SiteDecision {
  const { name, policy } = scene;
  const asked = { moveId: move.moveId, reason: cause.reason };
  if (!needsApproval(asked, view.site, name.memory, policy)) return decision;
  const word = wordOn(move.moveId, name);
  if (word?.isGranted === true) return decision;
  const refused = word === undefined ? '' : `; ${word.by} refused`;
  return {
    ...decision,
    reason: 'waiting-for-approval',
    detail: `${decision.detail}${refused}`,
    next: { ...decision.next, cause: cause.reason },
    pending: word === undefined ? ask(view, cause, move, scene) : null,
    alerts: [
      ...decision.alerts,
      ...(word === undefined ? [askAlert(view, cause, move, scene)] : []),
    ],
  };
}

function ask(
  { site }: SiteView,
  { reason }: LeaveCause,
  { moveId }: MoveMemory,
  { name, policy, now }: NameScene,
): PendingApproval {
  const open = name.memory.pending.find((each) => each.moveId === moveId && each.until > now);
  const until = plus(now, policy.approval.validMs);
  return open ?? { moveId, siteName: site.name, reason, askedAt: now, until };
}

const askAlert = (
  { site }: SiteView,
  { detail }: LeaveCause,
  { moveId }: MoveMemory,
  { policy: { name } }: NameScene,
): NameAlert => ({
  key: `approval/${moveId}`,
  severity: 'critical',
  reason: 'waiting-for-approval',
  siteName: site.name,
  message: `${site.name}: a person must approve ${moveId} (evenkeel approve ${name} ${moveId}, or --reject): ${detail}`,
});
