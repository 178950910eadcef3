import { type PanicPolicy } from '../domain/policy';
import { type Permille, permilleOf } from '../domain/units';

/** How the pool as a whole is. */
export interface PoolHealth {
  readonly healthyCount: number;
  /** Backends meant to serve: not drained by a person's order, not set to 0 by a person. */
  readonly intendedCount: number;
  readonly healthy: Permille;
}

export const poolHealth = (healthyCount: number, intendedCount: number): PoolHealth => ({
  healthyCount,
  intendedCount,
  healthy: permilleOf(
    intendedCount === 0 ? 1 : healthyCount,
    intendedCount === 0 ? 1 : intendedCount,
  ),
});

/**
 * Whether the pool is in panic: entered below `enter`, left at `leave`; in between it stays what it was. A pool in which
 * nobody is meant to serve cannot panic: 0 is not below 0. Compared by cross-multiplication, so that no rounding decides.
 *
 * Example: 4 of 10 healthy with 500 ‰ → panic; 6 of 10 → still panic (leave 650 ‰); 7 of 10 → over.
 */
export function decidePanic(health: PoolHealth, wasPanic: boolean, policy: PanicPolicy): boolean {
  const share = health.healthyCount * 1000;
  return wasPanic
    ? share < policy.leave * health.intendedCount
    : share < policy.enter * health.intendedCount;
}
