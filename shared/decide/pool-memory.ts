import { hasInventoryDropped } from '../domain/inventory';
import { type PoolMemory } from '../domain/memory';
import { type PoolPolicy } from '../domain/policy';
import { type PoolSnapshot } from '../domain/pool';
import { type Instant, plus, since } from '../domain/units';
import { ALERT_QUIET_MS, INVENTORY_ALERT } from './alerts';
import { type Judged } from './steps';

export interface Breaker {
  readonly openUntil: Instant | null;
  readonly failedRepairs: number;
  readonly isOpened: boolean;
}

/** Counts repairs judged this tick; too many in a row that did not help open the breaker, one that did closes the count. */
export function judgeBreaker(
  judged: readonly Judged[],
  pool: PoolSnapshot,
  policy: PoolPolicy,
): Breaker {
  const { breakerFailures, breakerMs } = policy.heal.ladder;
  const verdicts = judged.flatMap(({ before, transition }) =>
    transition.next.repairs.filter(
      (repair) => repair.hasHelped !== null && wasOpen(before.repairs, repair.at),
    ),
  );
  const failed = verdicts.some((repair) => repair.hasHelped)
    ? 0
    : pool.memory.failedRepairs + verdicts.length;
  const openUntil =
    pool.memory.breakerOpenUntil !== null && pool.memory.breakerOpenUntil > pool.takenAt
      ? pool.memory.breakerOpenUntil
      : null;
  if (failed < breakerFailures) return { openUntil, failedRepairs: failed, isOpened: false };
  return { openUntil: plus(pool.takenAt, breakerMs), failedRepairs: 0, isOpened: true };
}

const wasOpen = (
  repairs: readonly { readonly at: Instant; readonly hasHelped: boolean | null }[],
  at: Instant,
): boolean => repairs.some((repair) => repair.at === at && repair.hasHelped === null);

/** The count of members to compare with next time: after a drop the old one, until the drop has lasted a quarter of an hour. */
export function rememberedCount(pool: PoolSnapshot, policy: PoolPolicy): number {
  const raisedAt = pool.memory.alerts[INVENTORY_ALERT];
  const hasLasted = raisedAt !== undefined && since(raisedAt, pool.takenAt) >= ALERT_QUIET_MS;
  return hasInventoryDropped(pool, policy) && !hasLasted
    ? (pool.memory.memberCount ?? 0)
    : pool.backends.length;
}

/** Whole-pool memory apart from the backends' own. */
export function poolMemory(
  pool: PoolSnapshot,
  policy: PoolPolicy,
  parts: { isPanic: boolean; breaker: Breaker; alerts: PoolMemory['alerts'] },
): Omit<PoolMemory, 'backends' | 'changes'> {
  return {
    schema: 1,
    updatedAt: pool.takenAt,
    panicSince: parts.isPanic ? (pool.memory.panicSince ?? pool.takenAt) : null,
    memberCount: rememberedCount(pool, policy),
    breakerOpenUntil: parts.breaker.openUntil,
    failedRepairs: parts.breaker.failedRepairs,
    probeCursor: pool.memory.probeCursor,
    alerts: parts.alerts,
  };
}
