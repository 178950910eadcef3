import { type Instant, type Millis } from '../domain/units';

/** Time as an argument: real in production, told what to say in tests and in the simulator. */
export interface Clock {
  now(): Instant;
  /** Resolves after `span`, or at once when `span` ≤ 0. Never keeps a finished process alive. */
  sleep(span: Millis): Promise<void>;
  /**
   * Goes by the clock of somebody whom others ask as well, until the next time; gives by how many milliseconds it was put forward, or
   * back (negative). Left out: this clock needs nobody. Rejects as `tellTime` does, and goes on as before then.
   */
  follow?(other: TimeTeller): Promise<number>;
}

/** Whoever can be asked for the time, such as a state store. */
export interface TimeTeller {
  tellTime(): Promise<Instant>;
}
