import { type CapacityOrder } from '../domain/capacity';
import { type CapacityFloor } from '../domain/capacity-floor';
import { type PoolMemory } from '../domain/memory';
import { type Evacuation } from '../domain/evacuation';
import { type Reversal } from '../domain/reversal';
import { type DrainOrder } from '../domain/pool';
import { REASONS } from '../domain/reasons';
import { type Instant } from '../domain/units';
import {
  type Check,
  isCount,
  isInstant,
  isNumber,
  isText,
  isTruth,
  isWeight,
  listOf,
  mapOf,
  oneOf,
  orAbsent,
  orNull,
  shape,
} from './shapes';

const isCause: Check = (value) => isText(value) && Object.hasOwn(REASONS, value as string);

const isWindow = shape({
  startedAt: isInstant,
  endedAt: isInstant,
  probes: isCount,
  failures: isCount,
  latencyMedianUs: orNull(isNumber),
});
const isStatistics = shape({
  startedAt: isInstant,
  endedAt: isInstant,
  requests: isCount,
  failures: isCount,
  latencyMedianUs: orNull(isNumber),
});
const isLadder = shape({
  rung: oneOf('lower-weight', 'drain', 'restart', 'reboot', 'replace'),
  operationId: isText,
  startedAt: isInstant,
  verifyAt: isInstant,
  invokeId: orNull(isText),
});
const isBackend = shape({
  state: oneOf('healthy', 'suspect', 'ejected', 'probation'),
  since: isInstant,
  cause: orNull(isCause),
  firstSeenAt: isInstant,
  baseWeights: mapOf(isWeight),
  written: listOf(
    shape({
      targetKey: isText,
      weight: isWeight,
      at: isInstant,
      isUncertain: orAbsent(oneOf(true)),
    }),
  ),
  badStreak: isCount,
  goodStreak: isCount,
  windows: listOf(isWindow),
  statistics: listOf(isStatistics),
  outlierStreak: isCount,
  offences: isCount,
  lastOffenceAt: orNull(isInstant),
  ejectedUntil: orNull(isInstant),
  probationStep: isCount,
  probationStepAt: orNull(isInstant),
  ladder: orNull(isLadder),
  repairs: listOf(
    shape({ rung: oneOf('restart', 'reboot'), at: isInstant, hasHelped: orNull(isTruth) }),
  ),
  personWeightAt: orNull(isInstant),
  isProtected: orAbsent(isTruth),
});

const isAttempt = shape({
  option: isText,
  clientToken: isText,
  count: isCount,
  state: oneOf('open', 'accepted', 'refused', 'skipped'),
  code: orNull(isText),
  instanceIds: listOf(isText),
});
const isScaleMemory = shape({
  recommendations: listOf(shape({ at: isInstant, out: isCount, in: isCount })),
  changes: listOf(shape({ at: isInstant, count: isNumber })),
  serving: listOf(shape({ at: isInstant, count: isCount })),
  launches: listOf(
    shape({
      operationId: isText,
      count: isCount,
      reason: isCause,
      requestedAt: isInstant,
      attempts: listOf(isAttempt),
      unaskableSince: orAbsent(isInstant),
    }),
  ),
  backOff: mapOf(
    shape({
      until: isInstant,
      failures: isCount,
      lastFailureAt: isInstant,
      kind: isText,
      code: isText,
    }),
  ),
  failedLaunches: isCount,
  breakerOpenUntil: orNull(isInstant),
  instances: mapOf(
    shape({
      firstSeenAt: isInstant,
      weightZeroAt: orNull(isInstant),
      outSince: orAbsent(isInstant),
      restedAt: orAbsent(isInstant),
      awaySince: orAbsent(isInstant),
      registeredAt: orNull(isInstant),
      putToUseAt: orNull(isInstant),
      placedIn: orAbsent(listOf(isText)),
    }),
  ),
  sightings: mapOf(shape({ kind: oneOf('orphan', 'ghost', 'stray'), firstAt: isInstant })),
  peaks: mapOf(shape({ week: isCount, needed: isCount, before: orNull(isCount) })),
  desired: orNull(isCount),
  knownSince: orNull(isInstant),
  attended: orAbsent(
    shape({ from: isInstant, to: isInstant, afterBreaks: orAbsent(listOf(isInstant)) }),
  ),
});

const isMemory = shape({
  schema: oneOf(1),
  updatedAt: orNull(isInstant),
  panicSince: orNull(isInstant),
  backends: mapOf(isBackend),
  changes: listOf(shape({ at: isInstant, instanceId: isText })),
  memberCount: orNull(isCount),
  breakerOpenUntil: orNull(isInstant),
  failedRepairs: isCount,
  probeCursor: isCount,
  alerts: mapOf(isInstant),
  scale: orAbsent(isScaleMemory),
  refusals: orAbsent(mapOf(shape({ code: isText, until: isInstant }))),
}) as (value: unknown) => value is PoolMemory;

/**
 * The document is a pool's memory as this version writes it. Anything else (another version's, a hand-made or damaged one)
 * is as good as lost: what matters of it stands on the instances' tags. One that knows fewer backends than it has counted is
 * damaged, too: who is missing in it would be taken for a newcomer, and lose weight for that.
 */
export const isReadableMemory = (value: unknown): value is PoolMemory =>
  isMemory(value) && Object.keys(value.backends).length >= (value.memberCount ?? 0);

/** One of a person's standing orders; a damaged one does not make the others void. */
export const isReadableOrder = shape({
  instanceId: isText,
  by: isText,
  reason: isText,
  at: isInstant,
  until: orNull(isInstant),
  isFromTag: orAbsent(oneOf(true)),
}) as (value: unknown) => value is DrainOrder;

/** When orders were taken back, by instance. */
export const isReadableLifting = mapOf(isInstant) as (
  value: unknown,
) => value is Readonly<Record<string, Instant>>;

/** A person's wish for capacity. */
export const isReadableCapacityOrder = shape({
  kind: oneOf('exactly', 'at-least'),
  count: isCount,
  by: isText,
  reason: isText,
  at: isInstant,
  until: isInstant,
}) as (value: unknown) => value is CapacityOrder;

/** What a public name asked a pool for. */
export const isReadableFloor = shape({
  by: isText,
  count: isCount,
  reason: isText,
  at: isInstant,
  until: isInstant,
}) as (value: unknown) => value is CapacityFloor;

/** A person’s order to take back what healing did. */
export const isReadableReversal = shape({
  by: isText,
  reason: isText,
  at: isInstant,
  until: isInstant,
}) as (value: unknown) => value is Reversal;

/** A person’s order to leave a zone. */
export const isReadableEvacuation = shape({
  zoneId: isText,
  by: isText,
  reason: isText,
  at: isInstant,
  until: isInstant,
}) as (value: unknown) => value is Evacuation;
