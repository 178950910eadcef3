import { type Instant, instant, type Millis } from '../../shared/domain/units';
import { type Clock } from '../../shared/ports/clock';

/** A Clock told what to say. Sleeping takes no real time: it moves the clock and is written down. */
export class TestClock implements Clock {
  readonly sleeps: number[] = [];
  private time: number;

  constructor(start = Date.parse('2026-11-21T03:00:00Z')) {
    this.time = start;
  }

  now(): Instant {
    return instant(this.time);
  }

  advance(spanMs: number): void {
    this.time += spanMs;
  }

  sleep(span: Millis): Promise<void> {
    this.sleeps.push(span);
    this.time += Math.max(0, span);
    return Promise.resolve();
  }

  /** A deadline this far away. */
  in(spanMs: number): { readonly deadline: Instant } {
    return { deadline: instant(this.time + spanMs) };
  }
}
