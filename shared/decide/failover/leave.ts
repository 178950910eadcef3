import { moveIdOf, needsApproval, wordOn } from '../../domain/failover/approvals';
import {
  type MoveMemory,
  type PendingApproval,
  type SiteMemory,
} from '../../domain/failover/name-memory';
import { type NameAlert } from '../../domain/failover/name-proposal';
import { type Instant, permille, plus } from '../../domain/units';
import { seconds } from '../describe';
import { loadsAfter } from './expected-load';
import { forecastMove } from './forecast';
import { type Departure } from './departure';
import { lighten, takeOut } from './leave-steps';
import { type LeaveCause } from './leave-cause';
import { holdOf, paceOf } from './pace';
import { isWeighted, type NameScene, type SiteView } from './scene';
import { enter, settle, type SiteDecision } from './site-decision';
import { longestTtlMs } from './ttl';

/**
 * Traffic leaves a site: all of it where the others can carry it, or where answers are not drawn by weight and it serves no more. Else,
 * while it serves, it waits for them to grow, and then as much leaves as they can carry, by weight; of a dead one that leaves at once,
 * and the rest as they grow. A rehearsal only begins when all of it fits.
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
    detail: `${holdOf(view, scene).how}; ${forecast.detail}`,
    forecast,
    dueAt: plus(waitingSince, scene.policy.capacity.waitMs),
  });
}

/** As much as fits; a part that left is given time before more follows. */
function leavePartly(departure: Departure, scene: NameScene): SiteDecision {
  const { view, forecast, move } = departure;
  const { now } = scene;
  const isPartly = view.memory.state === 'partial';
  const { isHeld, until, how } = holdOf(view, scene);
  const steps = isHeld ? [] : lighten(departure, scene);
  const isMoving = steps.length > 0;
  const waitingSince = view.memory.waitingSince ?? now;
  const stay = enter(isPartly ? 'partial' : 'waiting', view, scene, { waitingSince });
  const next = isMoving ? parted(departure, waitingSince, scene) : stay;
  const decision = settle(view, next, {
    reason: isMoving || isPartly ? 'failover-partial' : 'capacity-short',
    detail: `${how}, and ${fitting(forecast)}: ${forecast.detail}${isMoving ? `; ${followIn(view)}` : ''}`,
    steps,
    forecast,
    move: isMoving ? move : null,
    dueAt: until,
    alerts: forecast.fit === 1000 ? [] : [shortage(departure)],
  });
  return underApproval(
    { ...decision, stay: { ...stay, cause: decision.reason } },
    departure,
    scene,
  );
}

const parted = (departure: Departure, waitingSince: Instant, scene: NameScene): SiteMemory => {
  const { view, forecast } = departure;
  const expectedLoads = loadsAfter(forecast, forecast.fit ?? permille(0));
  return enter('partial', view, scene, {
    ...leaving(view, departure, scene),
    ...{ waitingSince, stageSince: scene.now, expectedLoads },
  });
};

const fitting = ({ fit }: Departure['forecast']): string =>
  fit === null
    ? 'nobody knows how much of it the others can carry'
    : `of what it still gets the others can carry ${fit} ‰`;

const followIn = (view: SiteView): string =>
  `clients follow within ${seconds(longestTtlMs({ records: view.enabled }))} (TTL)`;

function leaveWholly(departure: Departure, scene: NameScene): SiteDecision {
  const { view, cause, forecast, move } = departure;
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
    detail: `${cause.detail}; ${followIn(view)}; ${forecast.detail}`,
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
