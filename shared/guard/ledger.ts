import { isHeldOnPurpose } from '../domain/drain-cause';
import { knownChanges, knownMemory } from '../domain/known-changes';
import { retirementIn } from '../domain/ownership-tags';
import { type BackendMemory } from '../domain/memory';
import { type PoolPolicy } from '../domain/policy';
import { type BackendSnapshot } from '../domain/pool';
import { knownValue } from '../domain/reading';
import { isKnownDead } from '../domain/serving';
import { shareOf, since } from '../domain/units';
import { type Bench } from './bench';
import { countServing, type ServingCount, type Weights } from './serving-count';

/** What has been accepted so far: every guard computes on the state after the steps before it. */
export interface Ledger {
  readonly serving: ServingCount;
  readonly weights: Weights;
  /** Instances that Evenkeel holds ejected though the load balancer would still use them. */
  readonly heldOut: readonly string[];
  /** Weight-lowering changes in the window, one per instance and tick. */
  readonly changes: number;
  /** Newcomers whose ramp begins in this plan. */
  readonly ramps: number;
  /** Instances whose repair of an earlier tick is still waited for. */
  readonly repairing: readonly string[];
  readonly repairsStarted: number;
  /** Launches accepted in this plan, and instances that they and starts add at most. */
  readonly launches: number;
  readonly added: number;
  /** Refused kinds of writes of which this plan tries one. */
  readonly tried: readonly string[];
}

/** Where the store knows nothing of a backend, what its tag tells counts: cap, budget and repairs outlive the store. */
export function openLedger({ proposal, pool, policy }: Bench): Ledger {
  const { backends } = pool;
  const repairing = backends.filter(({ instanceId }) => {
    const ladder = knownMemory(instanceId, pool, proposal)?.ladder;
    return (
      (ladder?.rung === 'restart' || ladder?.rung === 'reboot') && ladder.verifyAt > pool.takenAt
    );
  });
  return {
    serving: countServing(pool),
    weights: {},
    heldOut: backends
      .filter((backend) => isHeldOut(backend, knownMemory(backend.instanceId, pool, proposal)))
      .map(({ instanceId }) => instanceId),
    changes: knownChanges(pool, proposal).filter(
      (change) => since(change.at, pool.takenAt) < policy.guards.budget.windowMs,
    ).length,
    ramps: 0,
    repairing: repairing.map(({ instanceId }) => instanceId),
    repairsStarted: 0,
    launches: 0,
    added: 0,
    tried: [],
  };
}

/**
 * What the load balancer or ECS already sees as dead costs nothing, nor does what a person ordered or what is on its way out,
 * whatever it was ejected for before.
 */
function isHeldOut(backend: BackendSnapshot, memory: BackendMemory | undefined): boolean {
  const isLeaving = retirementIn(knownValue(backend.instance)?.tags ?? {}) !== null;
  return (
    memory?.state === 'ejected' &&
    !isLeaving &&
    !isHeldOnPurpose(memory.cause) &&
    !isKnownDead(backend)
  );
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

/** Repairs allowed under way at once, at least 1. */
export const repairLimit = (memberCount: number, { guards }: PoolPolicy): number =>
  Math.max(1, shareOf(memberCount, guards.repairShareMax));
