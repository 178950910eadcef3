import { type PoolPolicy } from './policy';
import { shareOf } from './units';

/**
 * Weight-lowering changes allowed in one window: the smaller of share and count, at least 1.
 *
 * Example: 100 ‰ or 20 of 50 members → 5; of 6 members → 1.
 */
export const changeBudget = (memberCount: number, { guards }: PoolPolicy): number =>
  Math.max(1, Math.min(guards.budget.count, shareOf(memberCount, guards.budget.share)));
