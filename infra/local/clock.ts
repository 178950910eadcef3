import { type LocalClock } from './contracts';

/** `setTimeout` fires at once for longer delays. */
const TIMEOUT_MAX_MS = 2 ** 31 - 1;

/**
 * The machine's clock. Its timers do not keep the process alive, and never ring before their time by `now()`: the system's own may
 * be a millisecond early, and who then looks at the clock would find the moment not come yet.
 */
export function realClock(): LocalClock {
  const now = (): number => Date.now();
  return {
    now,
    after(ms, callback) {
      const due = now() + ms;
      let timer: NodeJS.Timeout;
      const arm = (leftMs: number): void => {
        timer = setTimeout(ring, Math.min(Math.max(0, leftMs), TIMEOUT_MAX_MS)).unref();
      };
      const ring = (): void => {
        const leftMs = due - now();
        if (leftMs > 0) arm(leftMs);
        else callback();
      };
      arm(ms);
      return () => clearTimeout(timer);
    },
  };
}

interface Timer {
  readonly at: number;
  /** Timers that are due at the same instant run in the order in which they were set. */
  readonly order: number;
  readonly callback: () => void;
  isCancelled: boolean;
}

const isLater = (left: Timer, right: Timer): boolean =>
  left.at > right.at || (left.at === right.at && left.order > right.order);

/** Everything that promises already have to do happens before the returned promise resolves; real IO is not waited for. */
const drainMicrotasks = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Time that moves only when told, for tests and simulation. Timers run one after another in the order of their due time, with
 * `now()` standing at that time and all promise work done in between: the same calls give the same run.
 *
 * Example: after `clock.after(500, ring)`, `await clock.advance(499)` is silent and `await clock.advance(1)` rings.
 */
export class ManualClock implements LocalClock {
  private instant: number;
  private order = 0;
  /** The next to run is last, so that taking it is cheap. */
  private timers: Timer[] = [];

  /** Starts at 2026-01-01T00:00:00Z unless told otherwise. */
  constructor(startAt: number = Date.UTC(2026, 0, 1)) {
    this.instant = startAt;
  }

  now(): number {
    return this.instant;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = {
      at: this.instant + Math.max(0, Math.ceil(ms)), // clocks tell whole milliseconds
      order: this.order++,
      callback,
      isCancelled: false,
    };
    this.timers.splice(this.placeOf(timer), 0, timer);
    return () => void (timer.isCancelled = true);
  }

  /** How many timers are set; a model that was stopped leaves none. */
  get pending(): number {
    return this.timers.filter((timer) => !timer.isCancelled).length;
  }

  /** Moves time forward by `ms` ≥ 0 and runs what falls due on the way, timers set by timers included. Do not overlap calls. */
  async advance(ms: number): Promise<void> {
    const until = this.instant + ms;
    await drainMicrotasks();
    for (
      let next = this.timers.at(-1);
      next !== undefined && next.at <= until;
      next = this.timers.at(-1)
    ) {
      this.timers.pop();
      if (next.isCancelled) continue;
      this.instant = next.at;
      next.callback();
      await drainMicrotasks();
    }
    this.instant = until;
  }

  /** Index of the first timer that runs earlier, by bisection. */
  private placeOf(timer: Timer): number {
    let low = 0;
    let high = this.timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.timers[middle];
      if (other !== undefined && isLater(other, timer)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
