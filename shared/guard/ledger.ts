import { type PoolPolicy } from '../domain/policy';
import { type BackendSnapshot, type PoolSnapshot } from '../domain/pool';
import { isKnownDead } from '../domain/serving';
import { shareOf, since } from '../domain/units';
import { countServing, type ServingCount, type Weights } from './serving-count';

/** What has been accepted so far: every guard computes on the state after the steps before it. */
export interface Ledger {
  readonly serving: ServingCount;
  readonly weights: Weights;
  /** Instances that Evenkeel holds ejected though the load balancer would still use them. */
  readonly heldOut: readonly string[];
  /** Weight-lowering changes in the window, one per instance and tick. */
  readonly changes: number;
  /** Instances whose repair of an earlier tick is still waited for. */
  readonly repairing: readonly string[];
  readonly repairsStarted: number;
}

export function openLedger(pool: PoolSnapshot, policy: PoolPolicy): Ledger {
  const { backends } = pool;
  const repairing = backends.filter(({ instanceId }) => {
    const ladder = pool.memory.backends[instanceId]?.ladder;
    return (
      (ladder?.rung === 'restart' || ladder?.rung === 'reboot') && ladder.verifyAt > pool.takenAt
    );
  });
  return {
    serving: countServing(pool),
    weights: {},
    heldOut: backends
      .filter((backend) => isHeldOut(backend, pool))
      .map(({ instanceId }) => instanceId),
    changes: pool.memory.changes.filter(
      (change) => since(change.at, pool.takenAt) < policy.guards.budget.windowMs,
    ).length,
    repairing: repairing.map(({ instanceId }) => instanceId),
    repairsStarted: 0,
  };
}

/** What the load balancer or ECS already sees as dead costs nothing, nor does what a person ordered. */
function isHeldOut(backend: BackendSnapshot, pool: PoolSnapshot): boolean {
  const memory = pool.memory.backends[backend.instanceId];
  return memory?.state === 'ejected' && memory.cause !== 'operator-drain' && !isKnownDead(backend);
}

/**
 * How many backends Evenkeel may hold ejected at once: the smaller of share and count, at least 1 only where there are
 * three or more members and neither is 0: none means none.
 *
 * Example: 100 ‰ of 6 is 0, so 1; of 2 it stays 0; of 40 it is 4. 0 ‰ is 0 everywhere.
 */
export function ejectionCap(memberCount: number, { guards }: PoolPolicy): number {
  const cap = Math.min(guards.ejectedCountMax, shareOf(memberCount, guards.ejectedShareMax));
  const isForbidden = guards.ejectedCountMax === 0 || guards.ejectedShareMax === 0;
  return memberCount >= 3 && !isForbidden
    ? Math.max(1, cap)
    : Math.min(cap, Math.max(0, memberCount - 1));
}

/** Weight-lowering changes allowed in one window: the smaller of share and count, at least 1. */
export const changeBudget = (memberCount: number, { guards }: PoolPolicy): number =>
  Math.max(1, Math.min(guards.budget.count, shareOf(memberCount, guards.budget.share)));

/** Repairs allowed under way at once, at least 1. */
export const repairLimit = (memberCount: number, { guards }: PoolPolicy): number =>
  Math.max(1, shareOf(memberCount, guards.repairShareMax));
