import { type NameMemory } from '../../domain/failover/name-memory';
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
  orNull,
  shape,
} from '../shapes';

const isCause: Check = (value) => isText(value) && Object.hasOwn(NAME_REASONS, value as string);

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
  usual: orNull(shape({ load: isNumber, traffic: orNull(isNumber), at: isInstant })),
  baseWeights: mapOf(isCount),
});

/** The document is a name's memory as this version writes it; anything else is as good as lost. */
export const isReadableNameMemory = shape({
  schema: oneOf(1),
  updatedAt: orNull(isInstant),
  generation: isCount,
  sites: mapOf(isSite),
  moves: listOf(
    shape({
      moveId: isText,
      kind: oneOf('failover', 'failback', 'practice'),
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
}) as (value: unknown) => value is NameMemory;

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
