import { type InstanceRuntime } from './contracts';

export interface ClosingRuntime {
  readonly runtime: InstanceRuntime;
  /** Starts nothing any more, waits for starts under way, then stops everything that runs. */
  readonly close: () => Promise<void>;
}

/** A runtime that can be closed for good: a boot or reboot that was under way leaves no process behind. */
export function closingRuntime(
  inner: InstanceRuntime & { stopAll(): Promise<void> },
): ClosingRuntime {
  const starting = new Set<Promise<void>>();
  let isClosed = false;
  const runtime: InstanceRuntime = {
    start(instance, onExit) {
      if (isClosed) return Promise.resolve();
      const started = inner.start(instance, onExit);
      starting.add(started);
      return started.finally(() => starting.delete(started));
    },
    stop: (instanceId) => inner.stop(instanceId),
    applyFaults: (instanceId, faults) => inner.applyFaults(instanceId, faults),
    runCommand: (instanceId, command, timeoutMs) =>
      inner.runCommand(instanceId, command, timeoutMs),
    usage: (instanceId, reader) => inner.usage(instanceId, reader),
  };
  return {
    runtime,
    async close() {
      isClosed = true;
      await Promise.allSettled(starting);
      await inner.stopAll();
    },
  };
}
