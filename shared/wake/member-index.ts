import { checksum } from '../domain/operation-id';
import { MEMBER_BUCKETS, memberBucketKey, membersKey } from '../domain/store-keys';
import { type StateStore } from '../ports/state-store';
import { updateDocument } from '../ports/update-document';

type Store = Pick<StateStore, 'read' | 'compareAndSet'>;

export interface SeenMembers {
  readonly poolName: string;
  readonly instanceIds: readonly string[];
}

/** Instances that a pool was seen with. */
interface MemberList {
  readonly ids: readonly string[];
  /** The index says the same of these; otherwise it may lack some of them. */
  readonly isSettled: boolean;
}

/**
 * Keeps the index by which an alarm finds the pool of an instance, where there are too many pools to look through. One read while nobody
 * came or went. Whoever comes or goes is on the pool's list, as not settled, before the index is written: wherever a worker dies, or
 * others keep it from writing, the next look does the rest. Pools that the policy has no more stay in the index: a worker with an
 * older policy must not take a newer one's for such. Throws `StoreUnavailable`.
 */
export async function indexMembers(
  { poolName, instanceIds }: SeenMembers,
  store: Store,
): Promise<void> {
  const document = await store.read(membersKey(poolName));
  const list = listIn(document?.value);
  const before = document?.isDoubtful === true ? { ...list, isSettled: false } : list;
  const now = { ids: sorted(instanceIds), isSettled: true };
  if (isSame(before, now)) return;
  const all = { ids: sorted([...before.ids, ...now.ids]), isSettled: false };
  if (!(await writeList(poolName, list, all, store))) return;
  const members = new Set(now.ids);
  const known = new Set(before.isSettled ? before.ids : []);
  const changed = all.ids.filter((id) => !members.has(id) || !known.has(id));
  for (const [bucket, ids] of byBucket(changed))
    if (!(await writeBucket(bucket, ids, { poolName, members }, store))) return;
  await writeList(poolName, all, now, store);
}

/** Undefined when somebody else has changed the list since. */
const writeList = async (
  poolName: string,
  before: MemberList,
  next: MemberList,
  store: Store,
): Promise<boolean | undefined> =>
  updateDocument(store, membersKey(poolName), (value) =>
    isSame(listIn(value), before) ? { next, result: true } : { result: undefined },
  );

const sorted = (ids: readonly string[]): readonly string[] => [...new Set(ids)].sort();
const isSame = (one: MemberList, other: MemberList): boolean =>
  one.isSettled === other.isSettled && JSON.stringify(one.ids) === JSON.stringify(other.ids);

/** Pools in which any of the instances was seen last. Throws `StoreUnavailable`. */
export async function indexedPools(
  instanceIds: readonly string[],
  store: Pick<StateStore, 'read'>,
): Promise<readonly string[]> {
  const found = await Promise.all(
    [...byBucket(instanceIds)].map(async ([bucket, ids]) => {
      const pools = poolsIn((await store.read(memberBucketKey(bucket)))?.value);
      return ids.flatMap((id) => pools.get(id) ?? []);
    }),
  );
  return [...new Set(found.flat())];
}

function writeBucket(
  bucket: number,
  ids: readonly string[],
  { poolName, members }: { readonly poolName: string; readonly members: ReadonlySet<string> },
  store: Store,
): Promise<boolean | undefined> {
  return updateDocument(
    store,
    memberBucketKey(bucket),
    (value) => {
      const pools = new Map(poolsIn(value));
      for (const id of ids) {
        const others = (pools.get(id) ?? []).filter((name) => name !== poolName);
        pools.set(id, members.has(id) ? [...others, poolName] : others);
      }
      const kept = [...pools].filter(([, names]) => names.length > 0);
      return { next: Object.fromEntries(kept), result: true };
    },
    { attemptsMax: ATTEMPTS_MAX },
  );
}

/** Of pools that write to one bucket at the same time, one always succeeds. */
const ATTEMPTS_MAX = 20;

function byBucket(ids: readonly string[]): ReadonlyMap<number, readonly string[]> {
  const buckets = new Map<number, string[]>();
  for (const id of new Set(ids)) {
    const bucket = parseInt(checksum([id]).slice(0, 7), 36) % MEMBER_BUCKETS;
    buckets.set(bucket, [...(buckets.get(bucket) ?? []), id]);
  }
  return buckets;
}

/** What cannot be understood is nothing: the next look writes it anew. */
function listIn(value: unknown): MemberList {
  if (typeof value !== 'object' || value === null) return { ids: [], isSettled: false };
  const { ids, isSettled } = value as Partial<Record<keyof MemberList, unknown>>;
  return { ids: textsIn(ids), isSettled: isSettled === true };
}

const textsIn = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];

/** Names of pools, by id of instance. */
function poolsIn(value: unknown): ReadonlyMap<string, readonly string[]> {
  if (typeof value !== 'object' || value === null) return new Map();
  return new Map(Object.entries(value).map(([id, names]) => [id, textsIn(names)]));
}
