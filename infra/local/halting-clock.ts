import { type LocalClock } from './contracts';

export interface HaltingClock {
  readonly clock: LocalClock;
  /** Cancels every timer that was set through this clock and ignores further ones; the time goes on. */
  readonly halt: () => void;
}

/** A clock whose timers all end together, so that a region that was stopped does nothing any more. */
export function haltingClock(inner: LocalClock): HaltingClock {
  const cancels = new Set<() => void>();
  let isHalted = false;
  const after: LocalClock['after'] = (ms, callback) => {
    if (isHalted) return () => undefined;
    const cancelInner = inner.after(ms, () => {
      cancels.delete(cancel);
      callback();
    });
    const cancel = (): void => {
      cancels.delete(cancel);
      cancelInner();
    };
    cancels.add(cancel);
    return cancel;
  };
  return {
    clock: { now: () => inner.now(), after },
    halt() {
      isHalted = true;
      for (const cancel of [...cancels]) cancel();
    },
  };
}
