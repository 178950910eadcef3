import { isDrainCause, isNewlyRegistered } from '../domain/drain-cause';
import { attachmentKey, sortedAttachments } from '../domain/attachment';
import {
  decodeHealTag,
  healTag,
  type HealTag,
  PROTECTED_TAG,
  weightsInTag,
} from '../domain/heal-tag';
import { type BackendMemory, type LadderMemory, type WrittenWeight } from '../domain/memory';
import { type PoolPolicy } from '../domain/policy';
import { type BackendSnapshot, type PoolSnapshot } from '../domain/pool';
import { type ProbeWindow, type RequestStatistics } from '../domain/probe-window';
import { freshValue, isFresh, knownValue } from '../domain/reading';
import { isKnownDead } from '../domain/serving';
import { type Instant, instant, plus, since } from '../domain/units';
import { LATE_WRITE_MS, settleWrites } from '../domain/written-weights';
import { isRepairRung, waitAfter } from './rungs';
import { rampWeight } from './slow-start';
import { loweredWeight } from './wanted-weight';
import { rememberWindow } from './window-history';

/** Request statistics kept per backend. */
const STATISTICS_MAX = 8;

/** Memory of a backend met for the first time: well, at the weights it has. */
export function freshMemory(backend: BackendSnapshot, pool: PoolSnapshot): BackendMemory {
  const baseWeights = Object.fromEntries(
    sortedAttachments(backend).map((attachment) => [
      attachmentKey(backend, attachment),
      attachment.weight,
    ]),
  );
  return {
    state: 'healthy',
    since: pool.takenAt,
    cause: null,
    firstSeenAt: pool.takenAt,
    baseWeights,
    written: [],
    badStreak: 0,
    goodStreak: 0,
    windows: [],
    statistics: [],
    outlierStreak: 0,
    offences: 0,
    lastOffenceAt: null,
    ejectedUntil: null,
    probationStep: 0,
    probationStepAt: null,
    ladder: null,
    repairs: [],
    personWeightAt: null,
  };
}

/** What the instance's tag of this pool says; null without one that can be read. */
export function healTagOn(
  { instance }: BackendSnapshot,
  { poolName }: PoolSnapshot,
): HealTag | null {
  const text = knownValue(instance)?.tags[healTag(poolName)];
  return text === undefined ? null : decodeHealTag(text);
}

/**
 * Memory rebuilt from the instance's own tag after the store was lost; null without a readable tag. What it weighs now is
 * taken for our own last write, so that a half-done ramp is not mistaken for a person's wish. A base weight that the tag
 * does not tell is left open. No tag holds a backend longer than an ejection may last; an order lasts as long as it says.
 */
export function memoryFromTag(
  backend: BackendSnapshot,
  pool: PoolSnapshot,
  policy: PoolPolicy,
): BackendMemory | null {
  const tag = healTagOn(backend, pool);
  if (tag === null) return null;
  const told = weightsInTag(tag, backend);
  // Registered in some of its groups so far: what it is to weigh was written before the first of them.
  const intended = isNewlyRegistered(tag.cause) ? Math.max(0, ...tag.baseWeights) : undefined;
  const places = sortedAttachments(backend).map((attachment) => {
    const key = attachmentKey(backend, attachment);
    return { key, weight: attachment.weight, base: told[key] ?? intended };
  });
  const from = instant(Math.min(tag.since, pool.takenAt));
  return {
    ...freshMemory(backend, pool),
    state: tag.state,
    since: from,
    cause: tag.cause,
    baseWeights: Object.fromEntries(
      places.flatMap(({ key, base }) => (base === undefined ? [] : [[key, base]])),
    ),
    written: [
      ...places.map(({ key, weight }) => ({ targetKey: key, weight, at: pool.takenAt })),
      ...places.flatMap(({ key, weight, base }) =>
        weight === base && since(from, pool.takenAt) <= LATE_WRITE_MS
          ? [announced(key, base, { ...tag, since: from }, policy)]
          : [],
      ),
    ],
    offences: tag.offences,
    lastOffenceAt: tag.offences > 0 ? from : null,
    ejectedUntil: isDrainCause(tag.cause) ? tag.until : notBeyond(tag.until, pool, policy),
    probationStepAt: tag.state === 'probation' ? pool.takenAt : null,
    ladder: tag.state === 'ejected' ? ladderFromTag({ ...tag, since: from }, pool, policy) : null,
    repairs:
      tag.rung === 'restart' || tag.rung === 'reboot'
        ? [{ rung: tag.rung, at: pool.takenAt, hasHelped: null }]
        : [],
  };
}

/** The weight that the tag was written for and that is not to be seen: it may still be on its way. */
function announced(
  key: string,
  base: number,
  { state, cause, rung, since: at }: HealTag,
  { heal }: PoolPolicy,
): WrittenWeight {
  const { rungs, lowerWeightShare } = heal.ladder;
  const isLowered = !isDrainCause(cause) && rung === 'lower-weight' && rungs.includes(rung);
  const held = isLowered ? loweredWeight(base, lowerWeightShare) : 0;
  const weight = state === 'probation' ? rampWeight(base, 0, heal.slowStart) : held;
  return { targetKey: key, weight, at, isUncertain: true };
}

function notBeyond(
  until: Instant | null,
  { takenAt }: PoolSnapshot,
  { heal }: PoolPolicy,
): Instant | null {
  return until === null ? null : instant(Math.min(until, takenAt + heal.ejection.maxMs));
}

/** A repair that was under way gets its whole wait again: better late than twice. */
function ladderFromTag(tag: HealTag, pool: PoolSnapshot, policy: PoolPolicy): LadderMemory | null {
  if (tag.rung === null) return null;
  const startedAt = isRepairRung(tag.rung) ? pool.takenAt : tag.since;
  const verifyAt = plus(startedAt, waitAfter(tag.rung, policy));
  return {
    rung: tag.rung,
    operationId: tag.operationId ?? '',
    startedAt,
    verifyAt,
    invokeId: null,
  };
}

/** The history with a new window, if it is disjoint from the newest one kept: a window read twice is one window. */
function rememberProbes(
  kept: readonly ProbeWindow[],
  seen: ProbeWindow | undefined,
): readonly ProbeWindow[] {
  return seen !== undefined && isNewer(seen, kept[0]) ? rememberWindow(kept, seen) : kept;
}

function rememberRequests(
  kept: readonly RequestStatistics[],
  seen: RequestStatistics | undefined,
): readonly RequestStatistics[] {
  return seen !== undefined && isNewer(seen, kept[0])
    ? [seen, ...kept].slice(0, STATISTICS_MAX)
    : kept;
}

const isNewer = (
  seen: { readonly startedAt: Instant },
  newest: { readonly endedAt: Instant } | undefined,
): boolean => newest === undefined || seen.startedAt >= newest.endedAt;

/** The entries young enough for evidence to rest on, newest first; none from the future. */
export const withinReach = <T extends { readonly endedAt: Instant }>(
  entries: readonly T[],
  now: Instant,
  reachMs: number,
): readonly T[] => entries.filter((entry) => isFresh(entry.endedAt, now, reachMs));

/** Of writes whose answer was lost, those whose weight is in place have landed. */
const settled = (memory: BackendMemory, backend: BackendSnapshot): readonly WrittenWeight[] =>
  backend.attachments.reduce(
    (written, attachment) =>
      settleWrites(written, attachmentKey(backend, attachment), attachment.weight),
    memory.written,
  );

/**
 * Takes in what this tick saw of the backend. A broken vantage adds no window. Of the time in which it is known to be dead
 * only the newest window is kept: when it comes back, it is not judged by how it failed while it was gone.
 */
export function takeIn(
  memory: BackendMemory,
  backend: BackendSnapshot,
  isVantageBroken: boolean,
): BackendMemory {
  const tags = knownValue(backend.instance)?.tags;
  const seen = isVantageBroken ? undefined : freshValue(backend.probe);
  const windows = rememberProbes(memory.windows, seen);
  return {
    ...memory,
    written: settled(memory, backend),
    windows: isKnownDead(backend) ? windows.slice(0, 1) : windows,
    statistics: rememberRequests(memory.statistics, freshValue(backend.requests)),
    ...(tags === undefined ? {} : { isProtected: PROTECTED_TAG in tags }),
  };
}
