import { type ManualClock } from '../../infra/local/clock';
import { type Instant, instant, type Millis } from '../../shared/domain/units';
import { type Clock } from '../../shared/ports/clock';

/**
 * A region's manual clock as the loop's clock: whoever sleeps moves the time, and several who sleep at once are woken in
 * the order of their time, with everything in between happening as it falls due.
 */
export class VirtualClock implements Clock {
  readonly #clock: ManualClock;
  #waking: number[] = [];
  #isMoving = false;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  now(): Instant {
    return instant(this.#clock.now());
  }

  sleep(span: Millis): Promise<void> {
    if (span <= 0) return Promise.resolve();
    const at = this.#clock.now() + span;
    this.#waking.push(at);
    return new Promise((resolve, reject) => {
      this.#clock.after(span, () => {
        this.#waking.splice(this.#waking.indexOf(at), 1);
        resolve();
      });
      this.#move().catch(reject);
    });
  }

  async #move(): Promise<void> {
    if (this.#isMoving) return;
    this.#isMoving = true;
    while (this.#waking.length > 0)
      await this.#clock.advance(Math.max(0, Math.min(...this.#waking) - this.#clock.now()));
    this.#isMoving = false;
  }
}
