import { type FleetPolicy } from '../config/fleet-policy';
import { type PoolMemory } from '../domain/memory';
import { type PoolPolicy } from '../domain/policy';
import { memoryKey } from '../domain/store-keys';
import { type StateStore, StoreUnavailable } from '../ports/state-store';
import { indexedPools } from './member-index';
import { poolsHere } from './pools-here';

export interface PoolClues {
  /** Pools named outright. */
  readonly pools: readonly string[];
  /** Ids of load balancers, server groups or instances. */
  readonly resourceIds: readonly string[];
}

export interface FoundPools {
  readonly pools: readonly string[];
  /** Named outright, but not in the policy. */
  readonly unknown: readonly string[];
}

/**
 * More pools than this are not looked through for an instance: the workers keep an index then. Of 200 pools of ten backends each the
 * memories are read in some 50 ms, of 1,000 in more than a second.
 */
const SCANNED_MAX = 200;

/** Whether there are so many pools that an index of their members is kept. */
export const hasMemberIndex = (fleet: Parameters<typeof poolsHere>[0]): boolean =>
  poolsHere(fleet).length > SCANNED_MAX;

/**
 * Pools of this deployment that the clues concern: named, behind a named load balancer, or with a named instance among the members of their last
 * tick. With the store down nobody knows the members: of a few pools an instance then concerns every one, which costs looks and nothing
 * else. Of many it throws `StoreUnavailable`: a storm of alarms must not become a storm of workers who could not work either.
 */
export async function findPools(
  clues: PoolClues,
  fleet: FleetPolicy,
  store: StateStore,
): Promise<FoundPools> {
  const ids = new Set(clues.resourceIds);
  const here = poolsHere(fleet);
  const known = new Set(here.map((pool) => pool.name));
  const found = new Set(clues.pools.filter((name) => known.has(name)));
  const matched = new Set<string>();
  for (const pool of here)
    for (const id of idsOf(pool).filter((one) => ids.has(one))) {
      found.add(pool.name);
      matched.add(id);
    }
  const others = [...ids].filter((id) => !matched.has(id));
  if (others.length > 0)
    for (const name of await poolsOf(others, fleet, store)) if (known.has(name)) found.add(name);
  return { pools: [...found], unknown: clues.pools.filter((name) => !known.has(name)) };
}

const idsOf = (pool: PoolPolicy): readonly string[] =>
  pool.targets.flatMap((target) => [target.loadBalancerId, target.serverGroupId]);

const poolsOf = (
  ids: readonly string[],
  fleet: FleetPolicy,
  store: StateStore,
): Promise<readonly string[]> =>
  hasMemberIndex(fleet)
    ? indexedPools(ids, store)
    : poolsWithMembers(
        new Set(ids),
        poolsHere(fleet).map(({ name }) => name),
        store,
      );

async function poolsWithMembers(
  ids: ReadonlySet<string>,
  names: readonly string[],
  store: StateStore,
): Promise<readonly string[]> {
  try {
    const memories = await Promise.all(names.map(async (name) => store.read(memoryKey(name))));
    return names.filter((_, index) =>
      Object.keys((memories[index]?.value as PoolMemory | undefined)?.backends ?? {}).some((id) =>
        ids.has(id),
      ),
    );
  } catch (error) {
    if (error instanceof StoreUnavailable) return names;
    throw error;
  }
}
