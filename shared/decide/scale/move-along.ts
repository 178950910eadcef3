import { encodeWarmTag, type RetireTag, WARM_TAG } from '../../domain/ownership-tags';
import { type PoolSnapshot } from '../../domain/pool';
import { type Alert, type Step } from '../../domain/proposal';
import { DEFAULT_LAUNCH, DEFAULT_RETIRE } from '../../domain/scale-defaults';
import { type ScalePolicy } from '../../domain/scale-policy';
import { type InstanceStage } from '../../domain/scale-proposal';
import { type Instant } from '../../domain/units';
import { afterService } from './after-service';
import { register } from './arrivals';
import { keepAfterAll, leaveService, retire } from './departures';
import { type Entry, isArriving, mayRest, ownerOf, type Stage, takesRoom } from './entry';
import { leftZoneOf, standsInLeftZone } from './left-zone';
import { type Sources } from './sources';

export interface Movement {
  readonly steps: readonly Step[];
  readonly alerts: readonly Alert[];
  readonly stages: readonly InstanceStage[];
  readonly isUnsteady: boolean;
  readonly lookAgainAt: Instant | null;
}

interface Move extends Pick<InstanceStage, 'reason' | 'detail'> {
  readonly steps: readonly Step[];
  readonly alerts: readonly Alert[];
  readonly lookAgainAt: Instant | null;
}

const STAYS: Move = { steps: [], alerts: [], reason: null, detail: '', lookAgainAt: null };

/** Stages besides the arriving ones in which something is under way. */
const MOVING: readonly Stage[] = ['retiring', 'cooling', 'condemned'];

/** Takes every instance one step along its way, whoever started it; those of which another rule has spoken wait. */
export function moveAlong(
  sources: Sources,
  desired: number | null,
  spokenFor: ReadonlySet<string>,
): Movement {
  const rests = planRests(sources);
  const moves = sources.roster.map((entry) => ({
    entry,
    move: spokenFor.has(entry.instanceId) ? STAYS : moveOne(entry, desired, rests, sources),
  }));
  const times = moves.flatMap(({ move }) => move.lookAgainAt ?? []);
  return {
    steps: moves.flatMap(({ move }) => move.steps),
    alerts: moves.flatMap(({ move }) => move.alerts),
    stages: moves.map(({ entry: { instanceId, stage }, move: { reason, detail } }) => ({
      instanceId,
      stage,
      reason,
      detail,
    })),
    isUnsteady: sources.roster.some((entry) => isArriving(entry) || MOVING.includes(entry.stage)),
    lookAgainAt: times.sort((one, other) => one - other)[0] ?? null,
  };
}

/** What one move depends on besides the instance. */
interface Course {
  readonly sources: Sources;
  readonly scale: ScalePolicy;
  readonly desired: number | null;
  readonly rests: Rests;
}

function moveOne(entry: Entry, desired: number | null, rests: Rests, sources: Sources): Move {
  const { scale } = sources.policy;
  if (entry.isProtected)
    return { ...STAYS, detail: 'protected: it stays as it is, people see to it' };
  if (entry.stage === 'retiring' && entry.retire !== null)
    return isDismissedElsewhere(entry, sources)
      ? { ...STAYS, reason: 'drain-cancelled', steps: [keepAfterAll(entry)] }
      : leave(entry, entry.retire, rests, sources);
  if (!entry.isOurs || scale === undefined) return guest(entry, sources);
  return MOVES[entry.stage]?.(entry, { sources, scale, desired, rests }) ?? STAYS;
}

/** Another pool’s membership let go of what is this pool’s own: only its owner may retire it. */
const isDismissedElsewhere = (
  { isOurs, retire: tag }: Entry,
  { policy: { scale } }: Sources,
): boolean => isOurs && scale !== undefined && tag?.reason === 'departed';

/** Nothing to do, and if it is another pool’s, why. */
function guest(entry: Entry, { pool }: Sources): Move {
  const owner = ownerOf(entry, pool);
  return owner === null
    ? STAYS
    : { ...STAYS, reason: 'owned-elsewhere', detail: `it comes and goes with pool ${owner}` };
}

type Mover = (entry: Entry, course: Course) => Move;

const arrive: Mover = (entry, { sources: { pool, policy } }) => {
  const arrival = register(entry, 'registered', pool, policy);
  return { ...STAYS, ...arrival, reason: arrival.steps.length === 0 ? null : 'registered' };
};

/** How the pool’s own instances move on, by where they stand; those in other stages wait for something to be observed. */
const MOVES: Partial<Record<Stage, Mover>> = {
  ready: arrive,
  registered: arrive,
  serving: arrive,
  asleep: (entry) => once(entry, 'start', 'warm-started'),
  cooling: (entry) =>
    entry.facts?.status === 'Running' ? once(entry, 'stop', 'warm-stopped') : STAYS,
  warm: (entry, { rests, sources: { pool } }) =>
    rests.surplus.has(entry.instanceId)
      ? { ...STAYS, reason: 'scale-in', steps: [retire(entry, 'scale-in', pool)] }
      : isMarkedWarm(entry)
        ? STAYS
        : restAgain(entry, pool),
  condemned: (entry, course) => replace(entry, course),
};

const once = (
  { instanceId }: Entry,
  kind: 'start' | 'stop',
  reason: 'warm-started' | 'warm-stopped',
): Move => ({
  ...STAYS,
  reason,
  steps: [{ kind, stepId: `${instanceId}/${kind}`, instanceId, reason, evidence: [] }],
});

const isMarkedWarm = ({ facts }: Entry): boolean => WARM_TAG in (facts?.tags ?? {});

/** Its start found no machine: it goes back into the warm pool, and something else fills the gap. */
const restAgain = ({ instanceId }: Entry, { takenAt }: PoolSnapshot): Move => ({
  ...STAYS,
  reason: 'warm-unavailable',
  detail: 'there is no machine for it now',
  steps: [
    {
      kind: 'tag',
      stepId: `${instanceId}/rest`,
      instanceId,
      reason: 'warm-unavailable',
      evidence: [],
      tags: { [WARM_TAG]: encodeWarmTag(takenAt) },
      removeKeys: [],
    },
  ],
});

/** Who may rest instead of being deleted, and who rests beyond the size of the warm pool. */
interface Rests {
  readonly admitted: ReadonlySet<string>;
  readonly surplus: ReadonlySet<string>;
}

function planRests({ roster, policy }: Sources): Rests {
  const size = policy.scale?.warmPool.size ?? 0;
  const own = roster.filter(({ isOurs, isProtected }) => isOurs && !isProtected);
  const cooling = own.filter(({ stage }) => stage === 'cooling').length;
  const warm = own.filter(({ stage }) => stage === 'warm');
  const leaving = own.filter((entry) => entry.backend === null && mayRest(entry));
  const ids = (entries: readonly Entry[]): ReadonlySet<string> =>
    new Set(entries.map(({ instanceId }) => instanceId));
  return {
    admitted: ids(leaving.slice(0, Math.max(0, size - cooling - warm.length))),
    surplus: ids(warm.slice(Math.max(0, size - cooling))),
  };
}

function leave(
  entry: Entry,
  tag: RetireTag,
  { admitted }: Rests,
  { pool, policy: { scale } }: Sources,
): Move {
  // A departed member of a pool that is not scaled drains by the same rules.
  if (entry.backend !== null)
    return leaveService(entry.backend, entry, tag, {
      pool,
      policy: scale?.retire ?? DEFAULT_RETIRE,
    });
  return afterService(entry, tag, {
    now: pool.takenAt,
    poolName: pool.poolName,
    quarantineMs: (scale?.launch ?? DEFAULT_LAUNCH).quarantineMs,
    softMs: (scale?.retire ?? DEFAULT_RETIRE).softMs,
    mayRest: admitted.has(entry.instanceId),
  });
}

/** The lost leave once others have taken their place, or when there is no room to launch those first. */
function replace(
  entry: Entry,
  { scale: { max, launch }, desired, sources: { pool, roster, isPanic } }: Course,
): Move {
  if (isPanic) return { ...STAYS, detail: 'the pool is in panic: nobody leaves' };
  const staying = roster.filter((each) => !standsInLeftZone(each, leftZoneOf(pool)));
  const standing = staying.filter(({ stage }) => stage === 'serving' || stage === 'held').length;
  const coming = staying.filter(isArriving).length;
  const isReplaced = desired !== null && standing >= desired;
  const isMissing = desired !== null && standing + coming < desired;
  const isFull = roster.filter(takesRoom).length >= max + launch.replaceSurge;
  if (!isReplaced && !(isMissing && isFull))
    return { ...STAYS, reason: 'replaced', detail: 'waits until another has taken its place' };
  return { ...STAYS, reason: 'replaced', steps: [retire(entry, 'replaced', pool)] };
}
