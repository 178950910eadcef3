import { type CapacitySnapshot } from '../../domain/capacity';
import { LAUNCH_TAG } from '../../domain/ownership-tags';
import {
  type LaunchAttempt,
  type LaunchMemory,
  type ScaleMemory,
  TOKEN_MISMATCH,
} from '../../domain/scale-memory';
import { type LaunchPolicy } from '../../domain/scale-policy';
import { ceilDiv, type Instant, since } from '../../domain/units';
import { type Entry, type Stage } from './roster';

/** Earlier launches as they stand now. */
export interface LaunchReview {
  /** Those that something is still expected of. */
  readonly open: readonly LaunchMemory[];
  /** Instances accepted by the cloud, or possibly so, that are not on the list yet. */
  readonly unseen: number;
  /** The same of launches for the warm pool: no capacity. */
  readonly unseenForWarmPool: number;
  /** Accepted instances of which is known since now that they failed, vanished or never came. */
  readonly lost: readonly LaunchedInstance[];
  /** Accepted instances that were put into service since the last look. */
  readonly arrived: readonly LaunchedInstance[];
  /** Launches that are over and brought nothing into service. */
  readonly failed: number;
  /** Launches with a call whose answer nobody knows: to be sent again with the same token. */
  readonly unanswered: readonly LaunchMemory[];
  /** Launches whose token may have expired before anybody learnt the answer. */
  readonly abandoned: readonly LaunchMemory[];
}

export interface LaunchedInstance {
  readonly instanceId: string;
  readonly option: string;
  readonly operationId: string;
  readonly requestedAt: Instant;
}

interface Sources {
  readonly memory: ScaleMemory;
  readonly roster: readonly Entry[];
  readonly capacity: CapacitySnapshot;
  readonly launch: LaunchPolicy;
  readonly now: Instant;
  /** A zone that is being left: nothing is asked for there, not even again. */
  readonly leftZone?: string | null;
}

/**
 * What became of each launch that memory knows of, judged by the instances that are there. An instance is followed until
 * it is in service, is taken away, or is lost; a launch until that is known of all of its instances.
 */
export function reviewLaunches(sources: Sources): LaunchReview {
  const entries = new Map(sources.roster.map((entry) => [entry.instanceId, entry]));
  const reviews = sources.memory.launches.map((launch) => review(launch, entries, sources));
  const unseen = (isWarm: boolean): number =>
    reviews
      .filter(({ launch }) => (launch.reason === 'warm-filled') === isWarm)
      .reduce((sum, each) => sum + each.unseen, 0);
  const launchesThat = (holds: (each: Review) => boolean): readonly LaunchMemory[] =>
    reviews.filter(holds).map(({ launch }) => launch);
  return {
    open: launchesThat(({ isOpen }) => isOpen),
    unseen: unseen(false),
    unseenForWarmPool: unseen(true),
    lost: reviews.flatMap(({ lost }) => lost),
    arrived: reviews.flatMap(({ arrived }) => arrived),
    failed: launchesThat(hasFailed).length,
    unanswered: launchesThat(({ isUnanswered }) => isUnanswered),
    abandoned: launchesThat(({ isAbandoned }) => isAbandoned),
  };
}

interface Review {
  readonly launch: LaunchMemory;
  readonly lost: readonly LaunchedInstance[];
  readonly arrived: readonly LaunchedInstance[];
  readonly unseen: number;
  readonly isOpen: boolean;
  readonly isUnanswered: boolean;
  readonly isAbandoned: boolean;
}

const hasFailed = ({ launch, isOpen }: Review): boolean =>
  !isOpen && launch.arrived.length === 0 && launch.lost.length > 0;

type Entries = ReadonlyMap<string, Entry>;

function review(launch: LaunchMemory, entries: Entries, sources: Sources): Review {
  const ageMs = since(launch.requestedAt, sources.now);
  const followed = launch.attempts
    .flatMap(({ option, instanceIds }) => instanceIds.map((id) => instanceOf(launch, option, id)))
    .filter(({ instanceId: id }) => !launch.arrived.includes(id) && !launch.lost.includes(id))
    .map((instance) => {
      const entry = entries.get(instance.instanceId);
      return { instance, entry, fate: fateOf(instance.instanceId, entry, ageMs, sources) };
    });
  const having = (fate: Fate) => followed.filter((each) => each.fate === fate);
  const [arrived, lost, unlisted] = [having('arrived'), having('lost'), having('unlisted')];
  const openCalls = launch.attempts.filter(({ state }) => state === 'open');
  const hasOpenCall = openCalls.length > 0;
  const isAskable = openCalls.some((call) => mayAskAgain(call, sources));
  const unaskableSince =
    hasOpenCall && !isAskable ? (launch.unaskableSince ?? sources.now) : undefined;
  const isUnanswered =
    hasOpenCall &&
    ageMs <= sources.launch.tokenValidityMs &&
    (unaskableSince === undefined ||
      since(unaskableSince, sources.now) < sources.launch.visibilityMs);
  return {
    launch: {
      ...askedFor(launch, unaskableSince),
      arrived: [...launch.arrived, ...arrived.map(({ instance }) => instance.instanceId)],
      lost: [...launch.lost, ...lost.map(({ instance }) => instance.instanceId)],
    },
    lost: lost.map(({ instance }) => instance),
    arrived: arrived.filter(({ entry }) => isInService(entry)).map(({ instance }) => instance),
    unseen: unlisted.length + (isUnanswered ? unknownOf(launch, entries) : 0),
    isUnanswered,
    isAbandoned: hasOpenCall && !isUnanswered,
    isOpen: isUnanswered || followed.length > arrived.length + lost.length,
  };
}

const askedFor = (
  { operationId, count, reason, requestedAt, attempts, arrived, lost }: LaunchMemory,
  unaskableSince: Instant | undefined,
): LaunchMemory => ({
  ...{ operationId, count, reason, requestedAt, attempts, arrived, lost },
  ...(unaskableSince !== undefined && { unaskableSince }),
});

/**
 * The same call can be sent once more, which tells what became of it. It cannot where the policy no longer names its way, or its zone
 * is being left, or its token stands for another call. Then the list by tag decides: nothing new comes of it by then, so that
 * `visibilityMs` later it shows everything that came.
 */
export const mayAskAgain = (
  { option: name, code }: Pick<LaunchAttempt, 'option' | 'code'>,
  { launch, leftZone = null }: Pick<Sources, 'launch' | 'leftZone'>,
): boolean =>
  code !== TOKEN_MISMATCH &&
  launch.options.some((option) => option.name === name && option.zoneId !== leftZone);

/** Why some of what is wanted is not asked for yet: a call that was lost may have brought it. */
export const waitingNotes = (
  { unanswered }: Pick<LaunchReview, 'unanswered'>,
  { visibilityMs }: Pick<LaunchPolicy, 'visibilityMs'>,
  now: Instant,
): readonly string[] =>
  unanswered.flatMap(({ operationId, unaskableSince }) =>
    unaskableSince === undefined
      ? []
      : [
          `${operationId} got no answer and cannot be asked for again as it was: it counts as coming for another ${ceilDiv(visibilityMs - since(unaskableSince, now), 1000)} s, then the list by tag tells what came of it`,
        ],
  );

const instanceOf = (
  { operationId, requestedAt }: LaunchMemory,
  option: string,
  instanceId: string,
): LaunchedInstance => ({ instanceId, option, operationId, requestedAt });

/** What of the launch may have come and is not known of: neither accepted nor carrying its id though the answer was lost. */
function unknownOf({ operationId, count, attempts }: LaunchMemory, entries: Entries): number {
  const accepted = attempts.flatMap(({ instanceIds }) => instanceIds);
  const marked = [...entries.values()]
    .filter(({ facts }) => facts?.tags[LAUNCH_TAG] === operationId)
    .map(({ instanceId }) => instanceId);
  return Math.max(0, count - new Set([...accepted, ...marked]).size);
}

type Fate = 'unlisted' | 'coming' | 'arrived' | 'lost';

/** Whoever stands in its groups unverified may still never serve. */
const COMING: readonly Stage[] = [
  'asleep',
  'starting',
  'booting',
  'ready',
  'registered',
  'cooling',
];
/** Whose service was seen to work: one that was only stopped for the warm pool says nothing of its image. */
const IN_SERVICE: readonly Stage[] = ['serving', 'held', 'absent', 'condemned'];

const isInService = (entry: Entry | undefined): boolean =>
  entry !== undefined && IN_SERVICE.includes(entry.stage);

function fateOf(
  instanceId: string,
  entry: Entry | undefined,
  ageMs: number,
  sources: Sources,
): Fate {
  if (entry === undefined) return isLost(instanceId, ageMs, sources) ? 'lost' : 'unlisted';
  if (entry.stage === 'overdue' || entry.retire?.reason === 'never-registered') return 'lost';
  return COMING.includes(entry.stage) ? 'coming' : 'arrived';
}

/** Reported as failed, seen once and gone, or not seen within the time that provisioning may take. */
const isLost = (
  instanceId: string,
  ageMs: number,
  { capacity, memory, launch }: Sources,
): boolean =>
  capacity.failedLaunches.includes(instanceId) ||
  memory.instances[instanceId] !== undefined ||
  ageMs > launch.provisionTimeoutMs;
