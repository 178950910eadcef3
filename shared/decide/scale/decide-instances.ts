import { type Alert, type Step } from '../../domain/proposal';
import { type ScaleMemory } from '../../domain/scale-memory';
import { DEFAULT_INVENTORY } from '../../domain/scale-defaults';
import { type ScalePolicy } from '../../domain/scale-policy';
import { type Instant, since } from '../../domain/units';
import { decideCapacity, type CapacityDecision } from './capacity-decision';
import { capacityDueAt, earliest } from './due';
import { type Entry, takesRoom } from './entry';
import { foreignWriters } from './foreign-writers';
import { countEvacuated, leftZoneOf, standsInLeftZone } from './left-zone';
import { moveAlong } from './move-along';
import { fillWarmPool, grow } from './grow';
import { reviewInventory } from './inventory';
import { launchAlerts } from './launch-alerts';
import { learnFromLaunches } from './learn-from-launches';
import { reviewMembership } from './membership';
import { type LaunchCircumstances, resumeLaunch } from './plan-launch';
import { type LaunchReview, reviewLaunches, waitingNotes } from './review-launches';
import { countRoster } from './roster';
import { shrink } from './shrink';
import { type ScaleDecision, type Sources } from './sources';

/**
 * Who comes and who goes, from a roster that is believed. What the capacity decision, the inventory or the membership says
 * of an instance comes first; only the others move along.
 */
export function decideInstances(sources: Sources): ScaleDecision {
  const { policy, roster, pool, capacity, memory } = sources;
  const scaled = policy.scale === undefined ? idle(memory) : scale(policy.scale, sources);
  const inventory = reviewInventory({
    pool,
    roster,
    memory,
    policy: policy.scale?.inventory ?? DEFAULT_INVENTORY,
  });
  const membership = reviewMembership(capacity, roster, pool, policy);
  const said = firstWord([scaled.steps, inventory.steps, membership.steps]);
  const spokenFor = new Set(said.map(({ instanceId }) => instanceId));
  const moved = moveAlong(sources, scaled.proposal.desired, spokenFor);
  const steps = [...said, ...moved.steps];
  return {
    steps,
    alerts: [
      ...scaled.alerts,
      ...inventory.alerts,
      ...foreignWriters(roster, pool),
      ...membership.alerts,
      ...moved.alerts,
    ],
    proposal: {
      ...scaled.proposal,
      memory: { ...scaled.proposal.memory, sightings: inventory.sightings },
      stages: moved.stages,
      isUnsteady: steps.length > 0 || moved.isUnsteady || scaled.proposal.isUnsteady,
      lookAgainAt: earliest([moved.lookAgainAt, scaled.proposal.lookAgainAt, inventory.dueAt]),
    },
  };
}

/** Where two rules speak of one instance, the steps of the first are taken. */
function firstWord(steps: readonly (readonly Step[])[]): readonly Step[] {
  const spokenFor = new Set<string>();
  return steps.flatMap((group) => {
    const own = group.filter(({ instanceId }) => !spokenFor.has(instanceId));
    for (const { instanceId } of own) spokenFor.add(instanceId);
    return own;
  });
}

const idle = (memory: ScaleMemory): ScaleDecision => ({
  steps: [],
  alerts: [],
  proposal: {
    desired: null,
    counts: {},
    direction: 'hold',
    limitedBy: [],
    explanations: [],
    stages: [],
    memory,
    isUnsteady: false,
    lookAgainAt: null,
  },
});

function scale(policy: ScalePolicy, asFound: Sources): ScaleDecision {
  const { pool, capacity, roster } = asFound;
  const { launch } = policy;
  const now = pool.takenAt;
  const leftZone = leftZoneOf(pool);
  const review = reviewLaunches({
    memory: asFound.memory,
    roster,
    capacity,
    launch,
    now,
    leftZone,
  });
  const lesson = { regionId: asFound.policy.regionId, launch, now };
  const memory = learnFromLaunches(asFound.memory, review, lesson);
  const sources = { ...asFound, memory };
  const counts = countRoster(roster, review.unseen);
  const evacuated = countEvacuated(roster, leftZone);
  const decision = decideCapacity({ now, capacity, policy, memory, counts, evacuated });
  const change = changeCapacity(decision, review, policy, sources);
  return {
    steps: change.steps,
    alerts: [...launchAlerts(review, policy, sources), ...stuckAlert(decision, change, sources)],
    proposal: {
      desired: decision.desired,
      counts: { ...counts, ...(evacuated > 0 && { evacuated }) },
      direction: decision.direction,
      limitedBy: decision.limitedBy,
      explanations: [
        ...decision.explanation,
        ...waitingNotes(review, launch, now),
        ...change.notes,
      ],
      stages: [],
      memory: { ...memory, ...decision.memory },
      isUnsteady:
        decision.gap !== 0 ||
        review.open.length > 0 ||
        isRebuilding(memory.knownSince, policy, now),
      lookAgainAt: capacityDueAt({ decision, memory, policy, roster, now }),
    },
  };
}

/** Capacity is missing and nothing could be done about it. */
function stuckAlert(
  { gap, desired }: CapacityDecision,
  { steps, notes }: Change,
  { pool: { poolName } }: Sources,
): readonly Alert[] {
  if (gap <= 0 || steps.length > 0) return [];
  return [
    {
      key: 'launch-impossible',
      severity: 'critical',
      reason: 'launch-impossible',
      instanceId: null,
      message: `${poolName}: ${desired} instances are wanted, ${gap} are missing, and none can be added: ${notes.join('; ')}.`,
    },
  ];
}

interface Change {
  readonly steps: readonly Step[];
  readonly notes: readonly string[];
}

/** Unanswered launches come before new ones: what they may have brought is not asked for twice. */
function changeCapacity(
  decision: CapacityDecision,
  review: LaunchReview,
  policy: ScalePolicy,
  sources: Sources,
): Change {
  const { pool, memory, isPanic } = sources;
  if (isRebuilding(memory.knownSince, policy, pool.takenAt))
    return {
      steps: [],
      notes: [
        'the memory is young: nothing is launched or removed until everything on its way has shown itself',
      ],
    };
  const circumstances: LaunchCircumstances = { ...sources, scale: policy };
  const resumed = review.unanswered.flatMap((launch) => resumeLaunch(launch, circumstances) ?? []);
  if (resumed.length > 0)
    return { steps: resumed, notes: ['an earlier launch is asked for again with its own token'] };
  const room = roomFor(policy, sources, review);
  if (decision.gap > 0) return grow(decision.gap, decision.reason, [], { ...circumstances, room });
  if (decision.gap < 0) return shrink(-decision.gap, policy, sources);
  return isPanic
    ? { steps: [], notes: [] }
    : fillWarmPool(policy.warmPool.size, review.unseenForWarmPool, circumstances);
}

const isRebuilding = (knownSince: Instant | null, { launch }: ScalePolicy, now: Instant): boolean =>
  since(knownSince ?? now, now) < launch.visibilityMs;

/**
 * Instances that may be added before there are more than the maximum and, while some are being replaced, the surge. Whoever stands in
 * a zone that is left carries nothing and takes no room, else a pool near its maximum could not leave.
 */
function roomFor(
  { max, launch }: ScalePolicy,
  { roster, pool }: Sources,
  { unseen }: LaunchReview,
): number {
  const surge = roster.some(isBeingReplaced) ? launch.replaceSurge : 0;
  const staying = roster.filter((entry) => !standsInLeftZone(entry, leftZoneOf(pool)));
  return max + surge - staying.filter(takesRoom).length - unseen;
}

/** It still exists, and somebody else is to take its place. */
const isBeingReplaced = ({ stage, retire }: Entry): boolean =>
  stage === 'condemned' ||
  stage === 'overdue' ||
  (retire !== null && retire.reason !== 'scale-in' && retire.reason !== 'departed');
