import { type Instant } from '../domain/units';
import { type Log } from '../ports/log';
import { type FcContext } from './fc-context';

/** One call of a function, with what the platform does not give: when it must have answered. */
export interface Invocation {
  readonly requestId: string;
  /** The function's time-out, counted from the start of the handler, less a reserve for the reply. */
  readonly deadline: Instant;
  readonly log: Log;
  readonly context: FcContext;
}
