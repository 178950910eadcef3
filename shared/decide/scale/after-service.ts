import {
  encodeWarmTag,
  MEMBER_TAG,
  RETIRE_TAG,
  type RetireTag,
  WARM_TAG,
} from '../../domain/ownership-tags';
import { healTag } from '../../domain/heal-tag';
import { type ReasonCode } from '../../domain/reasons';
import { type Step } from '../../domain/proposal';
import { type Instant, plus, since } from '../../domain/units';
import { alarm, type Departure, evidenceOf, reasonOf, seconds, wait } from './departures';
import { type Entry } from './entry';

interface Circumstances {
  readonly now: Instant;
  readonly poolName: string;
  readonly quarantineMs: number;
  /** How long it runs on once it is out: what a kept session sent at the last moment is answered. */
  readonly softMs: number;
  readonly mayRest: boolean;
}

/**
 * Out of every group: into the warm pool, or gone for good; what never came into service is kept in quarantine before. Only
 * the pool’s own ones are stopped or deleted: a member by tag goes its own way, whoever owns it.
 *
 * Load balancers let sessions and connections go on at weight 0, so that requests may be under way until it has left. It runs
 * on for another soft deadline, counted from the first look that sees it outside.
 */
export function afterService(
  entry: Entry,
  tag: RetireTag,
  { now, poolName, quarantineMs, softMs, mayRest }: Circumstances,
): Departure {
  const leftMs = quarantineMs - since(tag.since, now);
  if (isSuspect(tag) && leftMs > 0)
    return wait(
      reasonOf(tag),
      `in quarantine for another ${seconds(leftMs)}`,
      plus(tag.since, quarantineMs),
    );
  if (goesItsOwnWay(entry, tag)) return forget(entry, tag, poolName);
  const outSince = entry.memory.outSince ?? now;
  const outMs = since(outSince, now);
  if (entry.facts?.status === 'Running' && outMs < softMs)
    return wait(
      'drain-waiting',
      `out of every group for ${seconds(outMs)} of ${seconds(softMs)}`,
      plus(outSince, softMs),
    );
  if (tag.reason === 'scale-in' && mayRest) return rest(entry, tag, { now, poolName });
  if (entry.owned?.facts.isDeletionProtected === true) return guarded(entry);
  return remove(entry, tag);
}

/** Nobody’s or another pool’s, or only dismissed by a membership: neither stopped nor deleted here. */
const goesItsOwnWay = ({ isOurs }: Entry, { reason }: RetireTag): boolean =>
  !isOurs || reason === 'departed';

/** Never seen to serve: people may want to know why before it is gone. */
const isSuspect = ({ reason }: RetireTag): boolean =>
  reason === 'never-registered' || reason === 'orphan';

/** The warm tag replaces the one that said it leaves, before it stops: a crash in between leaves a running instance that is stopped next. */
const rest = (
  { instanceId }: Entry,
  tag: RetireTag,
  { now, poolName }: Pick<Circumstances, 'now' | 'poolName'>,
): Departure => {
  const common = { instanceId, reason: 'warm-stopped', evidence: evidenceOf(tag) } as const;
  return gone('warm-stopped', [
    {
      kind: 'tag',
      stepId: `${instanceId}/warm`,
      ...common,
      tags: { [WARM_TAG]: encodeWarmTag(now) },
      removeKeys: [RETIRE_TAG, healTag(poolName)],
    },
    { kind: 'stop', stepId: `${instanceId}/stop`, ...common },
  ]);
};

const remove = ({ instanceId }: Entry, tag: RetireTag): Departure =>
  gone('instance-deleted', [
    {
      kind: 'delete',
      stepId: `${instanceId}/delete`,
      instanceId,
      reason: reasonOf(tag),
      evidence: evidenceOf(tag),
    },
  ]);

/** Its marks are taken off: should it be named again, it is welcome again. */
const forget = ({ instanceId }: Entry, tag: RetireTag, poolName: string): Departure =>
  gone('membership-departed', [
    {
      kind: 'tag',
      stepId: `${instanceId}/forget`,
      instanceId,
      reason: 'membership-departed',
      evidence: evidenceOf(tag),
      tags: {},
      removeKeys: [RETIRE_TAG, MEMBER_TAG, healTag(poolName)],
    },
  ]);

const gone = (reason: ReasonCode, steps: readonly Step[]): Departure => ({
  steps,
  alerts: [],
  reason,
  detail: 'out of every group',
  lookAgainAt: null,
});

function guarded({ instanceId }: Entry): Departure {
  const detail = 'it is out of service and has deletion protection: only people can delete it';
  return wait('retiring', detail, null, [alarm(instanceId, 'retiring', detail)]);
}
