import { type FleetPolicy } from '../config/fleet-policy';
import { type PoolMemory } from '../domain/memory';
import { type PoolPolicy } from '../domain/policy';
import { memoryKey } from '../domain/store-keys';
import { type StateStore, StoreUnavailable } from '../ports/state-store';
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
 * Pools of this deployment that the clues concern: named, behind a named load balancer, or with a named instance among the members of their last
 * tick. With the store down nobody knows the members, so that an instance then concerns every pool: that costs looks, nothing else.
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
  if (ids.size > matched.size)
    for (const name of await poolsWithMembers(ids, [...known], store)) found.add(name);
  return { pools: [...found], unknown: clues.pools.filter((name) => !known.has(name)) };
}

const idsOf = (pool: PoolPolicy): readonly string[] =>
  pool.targets.flatMap((target) => [target.loadBalancerId, target.serverGroupId]);

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
