import { EMPTY_NAME_MEMORY, type NameMemory } from '../../domain/failover/name-memory';
import { NAME_REASONS } from '../../domain/failover/name-reasons';
import { type Approval, type SiteOrder, type Vote } from '../../domain/failover/name-snapshot';
import {
  type Check,
  isCount,
  isInstant,
  isNumber,
  isText,
  isTruth,
  listOf,
  mapOf,
  oneOf,
  orAbsent,
  orNull,
  shape,
} from '../shapes';

const isCause: Check = (value) => isText(value) && Object.hasOwn(NAME_REASONS, value as string);

const isMoveKind = oneOf('failover', 'failback', 'practice');

const isSite = shape({
  state: oneOf(
    'serving',
    'suspect',
    'waiting',
    'partial',
    'paused',
    'recovering',
    'returning',
    'absent',
  ),
  since: isInstant,
  downSince: orNull(isInstant),
  upSince: orNull(isInstant),
  judgedAt: orNull(isInstant),
  cause: orNull(isCause),
  waitingSince: orNull(isInstant),
  stage: isCount,
  stageSince: orNull(isInstant),
  usual: orNull(shape({ load: orNull(isNumber), traffic: orNull(isNumber), at: isInstant })),
  move: orNull(shape({ moveId: isText, kind: isMoveKind, at: isInstant })),
  baseWeights: mapOf(isCount),
  expectedLoads: orAbsent(mapOf(isNumber)),
});

/** The document is a name's memory as this version writes it; anything else is as good as lost. */
export const isReadableNameMemory = shape({
  schema: oneOf(1),
  updatedAt: orNull(isInstant),
  generation: isCount,
  plannedBy: orAbsent(isText),
  sites: mapOf(isSite),
  moves: listOf(
    shape({
      moveId: isText,
      kind: isMoveKind,
      siteName: isText,
      at: isInstant,
    }),
  ),
  written: listOf(
    shape({ recordId: isText, isEnabled: isTruth, weight: orNull(isCount), at: isInstant }),
  ),
  pending: listOf(
    shape({
      moveId: isText,
      siteName: isText,
      reason: isCause,
      askedAt: isInstant,
      until: isInstant,
    }),
  ),
  usedApprovals: listOf(isText),
  practice: orNull(
    shape({
      siteName: isText,
      startedAt: isInstant,
      until: isInstant,
      abortedBecause: orNull(isText),
    }),
  ),
  weightedLines: orAbsent(listOf(isText)),
  unsent: orAbsent(mapOf(isCount)),
  floors: mapOf(shape({ count: isCount, until: isInstant })),
}) as (value: unknown) => value is NameMemory;

/**
 * What memory a document stands for that cannot be understood: none, but for its generation. Without that nothing could ever be
 * written in its place, since every writer must know the generation that it follows.
 */
export function lostNameMemory(value: unknown): NameMemory {
  const { generation } = (value ?? {}) as { readonly generation?: unknown };
  return {
    ...EMPTY_NAME_MEMORY,
    generation: isCount(generation) ? (generation as number) : 0,
  };
}

/** A person’s wish for one site; a damaged one does not make the others void. */
export const isReadableSiteOrder = shape({
  kind: oneOf('failover', 'failback', 'practice'),
  siteName: isText,
  by: isText,
  reason: isText,
  at: isInstant,
  until: isInstant,
}) as (value: unknown) => value is SiteOrder;

export const isReadableApproval = shape({
  approvalId: isText,
  moveId: isText,
  by: isText,
  isGranted: isTruth,
  at: isInstant,
  until: isInstant,
}) as (value: unknown) => value is Approval;

export const isReadableVote = shape({
  voter: isText,
  kind: oneOf('vantage', 'outside'),
  siteName: isText,
  answer: oneOf('up', 'down', 'unknown'),
  at: isInstant,
  attempts: isCount,
  failed: isCount,
  latencyMs: orNull(isNumber),
  detail: isText,
}) as (value: unknown) => value is Vote;
