import { type Millis } from '../domain/units';
import { type CallOptions } from './load-balancer';

/** Tells somebody outside that the loop is alive. Who does not hear it for long calls people. Throws `CloudError`. */
export interface Heartbeat {
  /** `ageMs`: since the last look at whatever was looked at longest ago. */
  beat(ageMs: Millis, options: CallOptions): Promise<void>;
}
