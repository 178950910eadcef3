import { StoreClock } from '../adapters/system/store-clock';
import { SystemClock } from '../adapters/system/system-clock';

/** What the machine's clock shows: a store that lies on this machine goes by it. */
export const wallClock = new SystemClock();

/** The clock of this instance: the store's, for whoever has asked it. */
export const clock = new StoreClock({ wall: wallClock, elapsed: () => performance.now() });
