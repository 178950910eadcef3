import { type PoolPolicy } from './policy';
import { ceilDiv } from './units';

/**
 * How many of a number of members must go on serving: the larger of the two floors, the share rounded up.
 *
 * Example: at least 2 and 600 ‰, of 5 members → 3.
 */
export const servingFloor = (memberCount: number, { guards }: Pick<PoolPolicy, 'guards'>): number =>
  Math.max(guards.floorCount, ceilDiv(guards.floorShare * memberCount, 1000));
