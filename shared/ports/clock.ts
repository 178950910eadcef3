import { type Instant, type Millis } from '../domain/units';

/** Time as an argument: real in production, told what to say in tests and in the simulator. */
export interface Clock {
  now(): Instant;
  /** Resolves after `span`, or at once when `span` ≤ 0. Never keeps a finished process alive. */
  sleep(span: Millis): Promise<void>;
}
