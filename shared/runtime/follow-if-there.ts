import { type Clock, type TimeTeller } from '../ports/clock';
import { StoreUnavailable } from '../ports/state-store';

/**
 * Goes by the store's time, if the store can be asked; gives by how many milliseconds that put the clock forward. Where it cannot, the
 * clock goes on as before: whoever takes a lease asks again, and does nothing without an answer.
 */
export async function followIfThere(clock: Clock, store: TimeTeller): Promise<number> {
  try {
    return (await clock.follow?.(store)) ?? 0;
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    return 0;
  }
}
