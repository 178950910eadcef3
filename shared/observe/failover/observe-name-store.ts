import { claimIn } from '../../domain/failover/region-claim';
import { type StoredNameMemory } from '../../domain/failover/name-figures';
import { type NameMemory } from '../../domain/failover/name-memory';
import { nameKeyOf, type NamePolicy } from '../../domain/failover/name-policy';
import { type NameSnapshot, type Vote } from '../../domain/failover/name-snapshot';
import { isFresh } from '../../domain/reading';
import {
  approvalsKey,
  nameMemoryKey,
  nameOrdersKey,
  outsideVotesKey,
  REGION_CLAIM_KEY,
} from '../../domain/store-keys';
import { type Instant } from '../../domain/units';
import { type NamePorts } from '../../ports/name-ports';
import { observeFreeze } from '../observe-freeze';
import {
  isReadableApproval,
  isReadableNameMemory,
  isReadableSiteOrder,
  isReadableVote,
  lostNameMemory,
} from './readable-name';

type StorePorts = Pick<NamePorts, 'store' | 'log' | 'clock'>;

export type StoredAboutName = Pick<
  NameSnapshot,
  'orders' | 'approvals' | 'freeze' | 'claim' | 'memory'
> & { readonly outsideVotes: readonly Vote[] };

/**
 * What earlier ticks, people and outside voters left in the store. Whatever cannot be understood counts as lost, and the log says
 * so. Throws `StoreUnavailable`: nothing may be written without it.
 */
export async function observeNameStore(
  policy: NamePolicy,
  ports: StorePorts,
): Promise<StoredAboutName> {
  const { name } = policy;
  const [memory, orders, approvals, votes, claim, freeze] = await Promise.all([
    ports.store.read(nameMemoryKey(name)),
    readList(nameOrdersKey(name), isReadableSiteOrder, ports),
    readList(approvalsKey(name), isReadableApproval, ports),
    readList(outsideVotesKey(name), isReadableVote, ports),
    ports.store.read(REGION_CLAIM_KEY),
    observeFreeze(nameKeyOf(policy) as `name/${string}`, ports),
  ]);
  const now = ports.clock.now();
  if (memory !== null && !isReadableNameMemory(memory.value))
    ports.log.error('the stored memory of a name cannot be understood and counts as lost', {
      name,
    });
  return {
    memory: memoryIn(memory?.value),
    orders: orders.filter(({ until }) => until > now),
    approvals: approvals.filter(({ until }) => until > now),
    outsideVotes: outsideVotes(votes, policy, now),
    claim: claimIn(claim?.value, now),
    freeze,
  };
}

/** Without the figures that stand beside it for metrics: nothing is decided on them, and no tick carries them. */
function memoryIn(value: unknown): NameMemory {
  if (!isReadableNameMemory(value)) return lostNameMemory(value);
  const { figures, ...memory }: StoredNameMemory = value;
  return figures === undefined ? value : memory;
}

async function readList<T>(
  key: string,
  isReadable: (value: unknown) => value is T,
  { store, log }: StorePorts,
): Promise<readonly T[]> {
  const document = await store.read(key);
  if (document === null || document.value === null) return [];
  const values: readonly unknown[] = Array.isArray(document.value) ? document.value : [];
  const readable = values.filter(isReadable);
  if (!Array.isArray(document.value) || readable.length < values.length)
    log.error('a document in the store cannot be understood', { key });
  return readable;
}

/** The newest vote of each voter whom the policy names about each of its sites, unless it is too old to count. */
function outsideVotes(
  votes: readonly Vote[],
  { outsideVoters, sites, verdict }: NamePolicy,
  now: Instant,
): readonly Vote[] {
  const newest = new Map<string, Vote>();
  for (const vote of votes.toSorted((one, other) => one.at - other.at))
    if (
      vote.kind === 'outside' &&
      outsideVoters.includes(vote.voter) &&
      sites.some(({ name }) => name === vote.siteName) &&
      isFresh(vote.at, now, verdict.freshMs)
    )
      newest.set(JSON.stringify([vote.voter, vote.siteName]), vote);
  return [...newest.values()];
}
