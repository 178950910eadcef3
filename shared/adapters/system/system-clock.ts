import { type Instant, instant, type Millis } from '../../domain/units';
import { type Clock } from '../../ports/clock';

/** The machine's time. A sleep that is awaited keeps the process alive; nothing outlives it. */
export class SystemClock implements Clock {
  now(): Instant {
    return instant(Date.now());
  }

  sleep(span: Millis): Promise<void> {
    if (span <= 0) return Promise.resolve();
    return new Promise((resolve) => setTimeout(resolve, span));
  }
}
