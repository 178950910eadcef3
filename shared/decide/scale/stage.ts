import { LAUNCH_TAG, decodeWarmTag, WARM_TAG } from '../../domain/ownership-tags';
import { type PoolPolicy } from '../../domain/policy';
import { type BackendSnapshot, type InstanceFacts } from '../../domain/pool';
import { isAnswering } from '../../domain/probe-window';
import { freshValue } from '../../domain/reading';
import { type ReasonCode } from '../../domain/reasons';
import { isKnownDead, isServing } from '../../domain/serving';
import { type Instant, instant, since } from '../../domain/units';
import { type Entry, isOnOrder, type Stage } from './entry';

interface Circumstances {
  readonly now: Instant;
  readonly policy: PoolPolicy;
}

type Parts = Omit<Entry, 'stage'>;

/** Where an instance stands, from what is observed of it; memory only tells who took it out of its groups. */
export function stageOf(parts: Parts, circumstances: Circumstances): Stage {
  const { facts, backend, retire } = parts;
  if (isGhost(parts)) return 'ghost';
  if (retire !== null) return 'retiring';
  if (backend !== null) return stageInside(parts, backend, circumstances);
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

/**
 * Who runs though it should rest has been sent there and did not arrive, however long ago: the worker may have died. A start
 * long after it was sent was somebody else's.
 */
function stageResting(
  facts: InstanceFacts,
  { owned }: Pick<Parts, 'owned'>,
  { now, policy }: Circumstances,
): Stage {
  if (isDown(facts)) return 'warm';
  const startedAt = owned?.facts.startedAt ?? now;
  const sentAt = decodeWarmTag(facts.tags[WARM_TAG]) ?? startedAt;
  // A launch may be asked for again long after its mark was made.
  const restingMs = since(instant(Math.max(sentAt, owned?.facts.createdAt ?? 0)), startedAt);
  return restingMs <= (policy.scale?.launch.provisionTimeoutMs ?? 0) ? 'cooling' : 'yielded';
}

/** Behind no load balancer. Who was, and did not leave by our doing, was taken out by somebody else. */
function stageOutside(parts: Parts, { now, policy }: Circumstances): Stage {
  const { facts, memory, isOurs, launchedAt } = parts;
  if (memory.registeredAt !== null) return 'yielded';
  if (!isOurs) return facts?.status === 'Running' ? 'ready' : 'stopped';
  if (isDown(facts) && !(LAUNCH_TAG in (facts?.tags ?? {}))) return 'stopped';
  if (since(launchedAt, now) > registrationTimeout(policy)) return 'overdue';
  return stageComing(parts, policy);
}

function stageComing({ facts, owned }: Parts, { heal }: PoolPolicy): Stage {
  if (isDown(facts)) return 'asleep';
  if (facts?.status !== 'Running') return 'starting';
  const doesAnswer = owned !== null && isAnswering(freshValue(owned.probe));
  return doesAnswer || heal.probe === null ? 'ready' : 'booting';
}

const registrationTimeout = ({ scale }: PoolPolicy): number =>
  scale?.launch.registrationTimeoutMs ?? Infinity;

/** A backend at weight 0 that has a base weight is on its way back, or in for the first time. */
function stageInside(parts: Parts, backend: BackendSnapshot, circumstances: Circumstances): Stage {
  const { verdict, memory } = parts;
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

function stageEjected({ verdict, isOurs }: Parts, { now, policy }: Circumstances): Stage {
  const next = verdict?.memoryIfDone;
  if (next === undefined) return 'held';
  if (isOnOrder({ verdict })) return stageHeld(next, now, policy);
  if (next.cause === 'registered')
    return isOurs && since(next.since, now) > registrationTimeout(policy)
      ? 'overdue'
      : 'registered';
  const isBeyondRepair =
    verdict?.rung === 'replace' && policy.heal.ladder.rungs.includes('replace');
  const isLost = LOST.some((cause) => cause === next.cause);
  return isLost || isBeyondRepair ? 'condemned' : stageHeld(next, now, policy);
}

/** Whoever holds it out, heal or a person: those who serve must not wait for it for ever. */
const stageHeld = ({ since: heldAt }: { since: Instant }, now: Instant, { scale }: PoolPolicy) =>
  scale !== undefined && since(heldAt, now) > scale.expectedBackMs ? 'absent' : 'held';
