import { LAUNCH_TAG, MEMBER_TAG, POOL_TAG } from '../../domain/ownership-tags';
import { type Attachment, type PoolSnapshot } from '../../domain/pool';
import { type Alert, type TagStep } from '../../domain/proposal';
import { freshValue } from '../../domain/reading';
import { type ReasonCode } from '../../domain/reasons';
import { type ScaleMemory, type Sighting } from '../../domain/scale-memory';
import { type InventoryPolicy } from '../../domain/scale-policy';
import { type DeregisterStep } from '../../domain/scale-steps';
import { DEFAULT_GROUP, type TargetKey } from '../../domain/target';
import { type Instant, plus, since } from '../../domain/units';
import { retire } from './departures';
import { earliest } from './due';
import { type Entry } from './entry';

export interface InventoryReview {
  readonly steps: readonly (TagStep | DeregisterStep)[];
  readonly alerts: readonly Alert[];
  readonly sightings: ScaleMemory['sightings'];
  /** When a first sighting is old enough to be confirmed; null without one. */
  readonly dueAt: Instant | null;
}

interface Sources {
  readonly pool: PoolSnapshot;
  readonly roster: readonly Entry[];
  readonly memory: Pick<ScaleMemory, 'sightings'>;
  readonly policy: InventoryPolicy;
}

type Kind = Sighting['kind'];

interface Finding {
  readonly steps: InventoryReview['steps'];
  readonly reason: ReasonCode;
  readonly severity: Alert['severity'];
  readonly text: string;
}

/**
 * Tags against backends: ghosts leave their groups, orphans are retired, strays are adopted where the policy says so. It takes
 * two sightings at least `orphanMs` apart, each from two sources: the members of the groups and the list by tag. A look
 * in which it was otherwise starts anew. The last ghost of a group that nobody else tells the port of stays there until somebody else
 * stands beside it: without it nobody could be added any more.
 */
export function reviewInventory(sources: Sources): InventoryReview {
  const { pool, policy, memory } = sources;
  const sighted = sources.roster.flatMap((entry) => {
    const kind = suspicion(entry, policy);
    const before = memory.sightings[entry.instanceId];
    const firstAt = before?.kind === kind ? before.firstAt : pool.takenAt;
    return kind === null ? [] : [{ entry, kind, firstAt }];
  });
  const found = sighted
    .filter(({ firstAt }) => since(firstAt, pool.takenAt) >= policy.orphanMs)
    .map(({ entry, kind }) => ({ entry, finding: FINDINGS[kind](entry, sources) }));
  return {
    sightings: Object.fromEntries(
      sighted.map(({ entry, kind, firstAt }) => [entry.instanceId, { kind, firstAt }]),
    ),
    steps: found.flatMap(({ finding }) => finding.steps),
    alerts: found.map(({ entry, finding }) => report(entry, finding)),
    dueAt: earliest(
      sighted
        .map(({ firstAt }) => plus(firstAt, policy.orphanMs))
        .filter((dueAt) => dueAt > pool.takenAt),
    ),
  };
}

function suspicion(entry: Entry, { strays }: InventoryPolicy): Kind | null {
  if (entry.isProtected) return null;
  if (entry.stage === 'ghost') return 'ghost';
  if (entry.stage === 'overdue' && entry.isOurs) return 'orphan';
  return strays === 'adopt' && isStray(entry) ? 'stray' : null;
}

/** A running backend that no pool owns and no membership added. What its tags say must be freshly known. */
function isStray({ backend }: Entry): boolean {
  const facts = backend === null ? undefined : freshValue(backend.instance);
  return facts?.status === 'Running' && !(POOL_TAG in facts.tags) && !(MEMBER_TAG in facts.tags);
}

const FINDINGS: Readonly<Record<Kind, (entry: Entry, sources: Sources) => Finding>> = {
  ghost: (entry, sources) => {
    const places = entry.backend?.attachments ?? [];
    const leaving = places.filter(({ targetKey }) => !tellsPort(entry, targetKey, sources));
    const end =
      leaving.length < places.length
        ? 'one entry stays until another backend stands there, as only it tells the port'
        : 'the entry is removed';
    return {
      steps: leaving.map((place) => leaveAsGhost(entry, place)),
      reason: 'ghost-member',
      severity: 'warning',
      text: `is listed as a backend and no longer exists; ${end}`,
    };
  },
  orphan: (entry, { pool }) => {
    const why = LAUNCH_TAG in (entry.facts?.tags ?? {}) ? 'never-registered' : 'orphan';
    return {
      steps: [retire(entry, why, pool)],
      reason: why,
      severity: 'warning',
      text: 'carries the pool’s tag and did not come into service in time; it is retired',
    };
  },
  stray: (entry, { pool }) => ({
    steps: [adopt(entry, pool)],
    reason: 'stray-adopted',
    severity: 'info',
    text: 'serves in the pool without the pool’s tag and is adopted',
  }),
};

/** The first of the ghosts in a group that has nobody else, and whose port neither the policy tells nor the load balancer. */
function tellsPort(
  { instanceId }: Entry,
  key: TargetKey,
  { pool, roster }: Pick<Sources, 'pool' | 'roster'>,
): boolean {
  const target = pool.targets.find((each) => each.key === key)?.target;
  if (target?.port !== undefined || target?.serverGroupId === DEFAULT_GROUP) return false;
  const members = roster.filter(
    ({ backend }) => backend?.attachments.some(({ targetKey }) => targetKey === key) === true,
  );
  return members.every(({ stage }) => stage === 'ghost') && members[0]?.instanceId === instanceId;
}

const leaveAsGhost = (
  { instanceId, verdict }: Entry,
  { targetKey, port }: Pick<Attachment, 'targetKey' | 'port'>,
): DeregisterStep => ({
  kind: 'deregister',
  stepId: `${instanceId}/deregister/${targetKey}:${port}`,
  instanceId,
  reason: 'ghost-member',
  evidence: verdict?.evidence ?? [],
  targetKey,
  port,
  openConnections: null,
});

const adopt = ({ instanceId }: Entry, { poolName }: PoolSnapshot): TagStep => ({
  kind: 'tag',
  stepId: `${instanceId}/adopt`,
  instanceId,
  reason: 'stray-adopted',
  evidence: [],
  tags: { [POOL_TAG]: poolName },
  removeKeys: [],
});

const report = ({ instanceId }: Entry, { reason, severity, text }: Finding): Alert => ({
  key: `${reason}/${instanceId}`,
  severity,
  reason,
  instanceId,
  message: `${instanceId} ${text}.`,
});
