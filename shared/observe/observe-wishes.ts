import { type PoolSnapshot } from '../domain/pool';
import { type Ports } from '../ports/ports';
import { observeEvacuation } from './observe-evacuation';
import { observeFreeze } from './observe-freeze';
import { observeReversal } from './observe-reversal';

/** What people want of the whole pool. */
export type Wishes = Pick<PoolSnapshot, 'freeze' | 'evacuation' | 'reversal'>;

/** Reads what people want of the whole pool; late in the look, so that a freeze holds at once. Throws `StoreUnavailable`. */
export async function observeWishes(poolName: string, ports: Ports): Promise<Wishes> {
  const [freeze, evacuation, reversal] = await Promise.all([
    observeFreeze(`pool/${poolName}`, ports),
    observeEvacuation(poolName, ports),
    observeReversal(poolName, ports),
  ]);
  return {
    ...(freeze !== null && { freeze }),
    ...(evacuation !== null && { evacuation }),
    ...(reversal !== null && { reversal }),
  };
}
