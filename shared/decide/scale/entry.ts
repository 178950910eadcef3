import { type OwnedInstance } from '../../domain/capacity';
import { POOL_TAG, type RetireTag } from '../../domain/ownership-tags';
import { type BackendSnapshot, type InstanceFacts, type PoolSnapshot } from '../../domain/pool';
import { type BackendVerdict } from '../../domain/proposal';
import { type InstanceMemory } from '../../domain/scale-memory';
import { type Instant } from '../../domain/units';

/**
 * Where an instance stands between its launch and its end, as observed:
 * `asleep` (to be started; where there is no machine for it: `warm` again) → `starting` → `booting` → `ready` → `registered` → `serving` → `retiring` → gone or `warm`.
 * Beside the way: `held` out by heal and expected back, `absent` for longer than that and no capacity meanwhile, `condemned` and to be replaced, `overdue` and never in service,
 * `cooling` on its way into the warm pool, `stopped` or `parked` by somebody else, `yielded` to another writer, `ghost` of
 * an instance that is gone.
 */
export type Stage =
  | 'asleep'
  | 'starting'
  | 'booting'
  | 'ready'
  | 'registered'
  | 'serving'
  | 'retiring'
  | 'warm'
  | 'held'
  | 'absent'
  | 'condemned'
  | 'overdue'
  | 'cooling'
  | 'stopped'
  | 'parked'
  | 'yielded'
  | 'ghost';

/** One instance of the pool with everything that is known of it. */
export interface Entry {
  readonly instanceId: string;
  readonly stage: Stage;
  /** As a list by tag has it: the pool's own, or the membership's. */
  readonly owned: OwnedInstance | null;
  readonly backend: BackendSnapshot | null;
  readonly verdict: BackendVerdict | null;
  readonly facts: InstanceFacts | null;
  /** Carries this pool's tag. Nothing else is ever stopped or deleted. */
  readonly isOurs: boolean;
  readonly isProtected: boolean;
  readonly retire: RetireTag | null;
  readonly memory: InstanceMemory;
  /** When it was asked for: by its launch tag, else by its creation, to the minute. */
  readonly launchedAt: Instant;
  /** The one load balancer it belongs behind; absent where the policy puts everybody behind every target. */
  readonly loadBalancerId?: string;
}

/** The other pool that it belongs to by its tag; null for this one’s own and for those of nobody. */
export const ownerOf = (
  { facts }: Pick<Entry, 'facts'>,
  { poolName }: Pick<PoolSnapshot, 'poolName'>,
): string | null => {
  const owner = facts?.tags[POOL_TAG];
  return owner === undefined || owner === poolName ? null : owner;
};

const ARRIVING: readonly Stage[] = ['asleep', 'starting', 'booting', 'ready', 'registered'];
const ROOMLESS: readonly Stage[] = ['warm', 'cooling', 'stopped', 'ghost'];

export const isArriving = ({ stage }: Pick<Entry, 'stage'>): boolean => ARRIVING.includes(stage);

/** Serves, is expected back, or is on its way in. */
export const isCapacity = (entry: Pick<Entry, 'stage'>): boolean =>
  entry.stage === 'serving' || entry.stage === 'held' || isArriving(entry);

/** Counts against the maximum, whether it serves or not: all but who rests, is stopped or gone. */
export const takesRoom = ({ stage }: Pick<Entry, 'stage'>): boolean => !ROOMLESS.includes(stage);

/** Leaves service and may rest afterwards: spot cannot be stopped economically without losing its offer. */
export const mayRest = ({ stage, isOurs, isProtected, retire, facts }: Entry): boolean =>
  stage === 'retiring' &&
  isOurs &&
  !isProtected &&
  retire?.reason === 'scale-in' &&
  facts?.isSpot === false &&
  facts.status === 'Running';

/** A person has ordered its drain: what becomes of it is theirs to say. */
export const isOnOrder = ({ verdict }: Pick<Entry, 'verdict'>): boolean =>
  verdict?.reason === 'operator-drain';
