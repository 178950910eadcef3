import { LAUNCH_TAG, decodeWarmTag, WARM_TAG } from '../../domain/ownership-tags';
import { type PoolPolicy } from '../../domain/policy';
import { type BackendSnapshot, type InstanceFacts } from '../../domain/pool';
import { isAnswering } from '../../domain/probe-window';
import { freshValue } from '../../domain/reading';
import { type ReasonCode } from '../../domain/reasons';
import { type ScaleMemory } from '../../domain/scale-memory';
import { isKnownDead, isServing } from '../../domain/serving';
import { type Instant, instant, plus, since } from '../../domain/units';
import { attendedSince } from './attendance';
import { type Entry, isOnOrder, type Stage } from './entry';

interface Circumstances {
  readonly now: Instant;
  /** Since when the memory has seen everything. */
  readonly knownSince: Instant | null;
  readonly policy: PoolPolicy;
  /** Looks without a long break; left out: there never was one. */
  readonly attended: ScaleMemory['attended'];
}

type Parts = Omit<Entry, 'stage'>;

/** Where an instance stands, from what is observed of it; memory only tells who took it out of its groups. */
export function stageOf(parts: Parts, circumstances: Circumstances): Stage {
  const { facts, backend, retire } = parts;
  if (isGhost(parts)) return 'ghost';
  if (retire !== null) return 'retiring';
  if (backend !== null)
    return returning(stageInside(parts, backend, circumstances), parts, circumstances);
  if (facts !== null && WARM_TAG in facts.tags) return stageResting(facts, parts, circumstances);
  return stageOutside(parts, circumstances);
}

/**
 * Two sources agree that it is gone: ECS, asked for it by its id, and the list by tag. An unanswered question says nothing, and who
 * answers its probes is there: a role that may not see everybody is told of nobody.
 */
const isGhost = ({ backend, owned }: Parts): boolean =>
  owned === null &&
  backend !== null &&
  freshValue(backend.instance)?.status === 'Missing' &&
  isKnownDead(backend);

const isDown = (facts: InstanceFacts | null): boolean =>
  facts?.status === 'Stopped' || facts?.status === 'Stopping';

/** ECS tells start times to the minute: the end of it is the latest it can have been. */
const START_TIME_STEP_MS = 60_000;

/**
 * Who runs though it should rest has been sent there and did not arrive, however long ago: the worker may have died, or a power cut
 * started it again. Who was at rest was started by somebody else. Where the memory is too young to know, a start long after it was
 * sent counts as somebody else's.
 */
function stageResting(facts: InstanceFacts, parts: Parts, circumstances: Circumstances): Stage {
  if (isDown(facts)) return 'warm';
  const { startedAt } = parts.owned?.facts ?? {};
  const { restedAt } = parts.memory;
  if (startedAt !== undefined && restedAt !== undefined)
    return plus(startedAt, START_TIME_STEP_MS) > restedAt ? 'yielded' : 'cooling';
  return wasStartedLate(facts, parts, circumstances) ? 'yielded' : 'cooling';
}

function wasStartedLate(
  facts: InstanceFacts,
  { owned, memory }: Pick<Parts, 'owned' | 'memory'>,
  { now, policy, knownSince }: Circumstances,
): boolean {
  const startedAt = owned?.facts.startedAt ?? now;
  const sentAt = decodeWarmTag(facts.tags[WARM_TAG]) ?? startedAt;
  const wouldKnow = knownSince !== null && knownSince <= sentAt;
  if (wouldKnow && memory.restedAt === undefined) return false;
  // A launch may be asked for again long after its mark was made.
  const restingMs = since(instant(Math.max(sentAt, owned?.facts.createdAt ?? 0)), startedAt);
  return restingMs > (policy.scale?.launch.provisionTimeoutMs ?? 0);
}

/** Behind no load balancer. Who was, and did not leave by our doing, was taken out by somebody else. */
function stageOutside(parts: Parts, circumstances: Circumstances): Stage {
  const { facts, memory, isOurs, launchedAt } = parts;
  if (memory.registeredAt !== null) return 'yielded';
  if (!isOurs) return facts?.status === 'Running' ? 'ready' : 'stopped';
  if (isDown(facts) && !(LAUNCH_TAG in (facts?.tags ?? {}))) return 'stopped';
  return isOverdue(launchedAt, circumstances)
    ? 'overdue'
    : stageComing(parts, circumstances.policy);
}

function stageComing({ facts, owned }: Parts, { heal }: PoolPolicy): Stage {
  if (isDown(facts)) return 'asleep';
  if (facts?.status !== 'Running') return 'starting';
  const doesAnswer = owned !== null && isAnswering(freshValue(owned.probe));
  return doesAnswer || heal.probe === null ? 'ready' : 'booting';
}

/** It had its time, and we were there to put it into service. */
const isOverdue = (comingSince: Instant, { now, policy, attended }: Circumstances): boolean =>
  since(attendedSince(comingSince, attended), now) >
  (policy.scale?.launch.registrationTimeoutMs ?? Infinity);

/**
 * A backend at weight 0 that has a base weight is on its way back, or in for the first time. Who is protected stays at 0 until people
 * raise it: nobody may count on it.
 */
function stageInside(parts: Parts, backend: BackendSnapshot, circumstances: Circumstances): Stage {
  const { verdict, memory, isProtected } = parts;
  if (isProtected && backend.attachments.every(({ weight }) => weight === 0)) return 'parked';
  if (verdict?.nextState === 'ejected') return stageEjected(parts, circumstances);
  if (isServing(backend)) return 'serving';
  const hasWeight = backend.attachments.some(({ weight }) => weight > 0);
  const isMeantToServe = Object.values(verdict?.memoryIfDone.baseWeights ?? {}).some(
    (weight) => weight > 0,
  );
  if (!hasWeight && !isMeantToServe) return 'parked';
  return hasWeight || memory.putToUseAt !== null ? 'held' : 'registered';
}

/** Causes after which nobody expects the instance back. */
const LOST: readonly ReasonCode[] = ['spot-reclaim', 'instance-gone'];

function stageEjected({ verdict, isOurs }: Parts, circumstances: Circumstances): Stage {
  const { now, policy } = circumstances;
  const next = verdict?.memoryIfDone;
  if (next === undefined) return 'held';
  if (isOnOrder({ verdict })) return stageHeld(next, now, policy);
  if (next.cause === 'registered')
    return isOurs && isOverdue(next.since, circumstances) ? 'overdue' : 'registered';
  const isBeyondRepair =
    verdict?.rung === 'replace' && policy.heal.ladder.rungs.includes('replace');
  const isLost = LOST.some((cause) => cause === next.cause);
  return isLost || isBeyondRepair ? 'condemned' : stageHeld(next, now, policy);
}

/**
 * Nobody waits longer for who is expected back, and not for who cannot even be ejected: it is protected, too many are out, or there
 * is panic.
 */
function returning(
  stage: Stage,
  { memory: { awaySince } }: Parts,
  { now, policy: { scale } }: Circumstances,
): Stage {
  const isAwayForGood =
    scale !== undefined && awaySince !== undefined && since(awaySince, now) > scale.expectedBackMs;
  return stage === 'held' && isAwayForGood ? 'absent' : stage;
}

/** Whoever holds it out, heal or a person: those who serve must not wait for it for ever. */
const stageHeld = ({ since: heldAt }: { since: Instant }, now: Instant, { scale }: PoolPolicy) =>
  scale !== undefined && since(heldAt, now) > scale.expectedBackMs ? 'absent' : 'held';
