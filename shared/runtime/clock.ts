import { SystemClock } from '../adapters/system/system-clock';

/** The clock of this instance. */
export const clock = new SystemClock();
