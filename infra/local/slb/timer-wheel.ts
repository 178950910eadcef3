import { type LocalClock } from '../contracts';

/** Timers that share one clock timer per due instant: thousands of checks that fall due together cost one. */
export class TimerWheel {
  private readonly clock: LocalClock;
  private readonly slots = new Map<
    number,
    { readonly callbacks: (() => void)[]; readonly cancel: () => void }
  >();

  constructor(clock: LocalClock) {
    this.clock = clock;
  }

  after(ms: number, callback: () => void): void {
    const due = this.clock.now() + ms;
    const slot = this.slots.get(due);
    if (slot !== undefined) return void slot.callbacks.push(callback);
    const callbacks = [callback];
    const cancel = this.clock.after(ms, () => {
      this.slots.delete(due);
      for (const one of callbacks) one();
    });
    this.slots.set(due, { callbacks, cancel });
  }

  clear(): void {
    for (const { cancel } of this.slots.values()) cancel();
    this.slots.clear();
  }
}
