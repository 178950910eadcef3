import { type CapacitySnapshot } from '../../domain/capacity';
import { MEMBER_TAG } from '../../domain/ownership-tags';
import { type PoolPolicy } from '../../domain/policy';
import { type MembershipPolicy } from '../../domain/scale-policy';
import { type PoolSnapshot } from '../../domain/pool';
import { type Alert, type Step, type TagStep } from '../../domain/proposal';
import { freshValue } from '../../domain/reading';
import { register } from './arrivals';
import { keepAfterAll, retire } from './departures';
import { type Entry, ownerOf } from './entry';

export interface MembershipReview {
  readonly steps: readonly Step[];
  readonly alerts: readonly Alert[];
}

const NOTHING: MembershipReview = { steps: [], alerts: [] };

/**
 * Every running instance with the membership tag is a backend of every target: who is missing is added at weight 0, and who
 * was added by this rule and has lost the tag, or no longer runs, is retired. Instances that somebody else put behind the
 * load balancer are never removed, and who was taken out by somebody else is not put back. An unread list changes nothing.
 */
export function reviewMembership(
  { tagged }: Pick<CapacitySnapshot, 'tagged'>,
  roster: readonly Entry[],
  pool: PoolSnapshot,
  policy: PoolPolicy,
): MembershipReview {
  const listed = tagged === null ? undefined : freshValue(tagged);
  const { membership } = policy;
  if (membership === undefined || listed === undefined) return NOTHING;
  const running = listed.filter(({ facts }) => facts.status === 'Running');
  const named = new Set(running.map(({ instanceId }) => instanceId));
  const reviews = roster
    .filter((entry) => !entry.isProtected && !isScaled(entry, policy))
    .map((entry) =>
      named.has(entry.instanceId) ? welcome(entry, pool, policy) : dismiss(entry, pool, membership),
    );
  return {
    steps: reviews.flatMap(({ steps }) => steps),
    alerts: reviews.flatMap(({ alerts }) => alerts),
  };
}

/** Comes and goes by the pool’s own rules. */
const isScaled = ({ isOurs }: Entry, { scale }: PoolPolicy): boolean =>
  isOurs && scale !== undefined;

function welcome(entry: Entry, pool: PoolSnapshot, policy: PoolPolicy): MembershipReview {
  const { retire: leaving, backend, facts } = entry;
  if (leaving !== null) {
    const isBack = leaving.reason === 'departed' && backend !== null;
    return isBack ? { steps: [keepAfterAll(entry)], alerts: [] } : NOTHING;
  }
  if (entry.stage === 'yielded') return NOTHING;
  const { steps, alerts } = register(entry, 'membership-added', pool, policy);
  const isMarked = MEMBER_TAG in (facts?.tags ?? {});
  return { steps: steps.length === 0 || isMarked ? steps : [mark(entry, pool), ...steps], alerts };
}

/**
 * Added by us, as its mark says, no longer named, and not on its way out yet. ECS must say so by its id as well: a list that
 * forgot somebody dismisses nobody.
 */
function dismiss(
  entry: Entry,
  pool: PoolSnapshot,
  { tagKey, tagValue }: MembershipPolicy,
): MembershipReview {
  const { backend, facts, retire: leaving } = entry;
  const isAdded = facts?.tags[MEMBER_TAG] === pool.poolName;
  const isNamed = facts?.status === 'Running' && facts.tags[tagKey] === tagValue;
  if (backend === null || leaving !== null || !isAdded || isNamed) return NOTHING;
  return ownerOf(entry, pool) === null
    ? { steps: [retire(entry, 'departed', pool)], alerts: [] }
    : { steps: [], alerts: [departsElsewhere(entry, pool)] };
}

/** A mark to retire would take it out of its owner’s service as well: that is the owner’s to say, or people’s. */
const departsElsewhere = (entry: Entry, pool: PoolSnapshot): Alert => ({
  key: `owned-elsewhere/${entry.instanceId}`,
  severity: 'warning',
  reason: 'owned-elsewhere',
  instanceId: entry.instanceId,
  message: `${entry.instanceId} is no longer named as a member and belongs to pool ${ownerOf(entry, pool) ?? ''}: it stays behind these load balancers until that pool retires it, or people take it out.`,
});

const mark = ({ instanceId }: Entry, { poolName }: PoolSnapshot): TagStep => ({
  kind: 'tag',
  stepId: `${instanceId}/member`,
  instanceId,
  reason: 'membership-added',
  evidence: [],
  tags: { [MEMBER_TAG]: poolName },
  removeKeys: [],
});
