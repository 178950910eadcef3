import { type LocalClock } from '../contracts';
import { type InvocationReply, type InvocationRunner } from './invocation-runner';
import { type FunctionDefinition } from './function-definition';
import { PlatformError } from './platform-error';

/** The state of one try of a queued event. */
export interface Delivery {
  readonly functionName: string;
  readonly requestId: string;
  readonly retryCount: number;
  readonly at: number;
  readonly result: 'succeeded' | 'failed' | 'retrying' | 'throttled' | 'expired' | 'dropped';
}

export interface AsyncQueueOptions {
  readonly clock: LocalClock;
  readonly runner: InvocationRunner;
  /** Delivers an accepted event twice when true: at-least-once, to try idempotency. */
  readonly isDuplicated: (functionName: string, requestId: string) => boolean;
  /** Pause before a try after a function error; the platform does not publish its own. */
  readonly retryPauseMs: number;
}

interface Entry {
  readonly definition: FunctionDefinition;
  readonly requestId: string;
  readonly event: Buffer;
  readonly acceptedAt: number;
  readonly retryCount: number;
  readonly throttledTimes: number;
}

/** Payload limit of an asynchronous invocation. */
const EVENT_BYTES_MAX = 128 * 1024;
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 60_000;
/** Old deliveries are forgotten first. */
const DELIVERIES_KEPT = 10_000;

/**
 * Asynchronous invocations: accepted at once, delivered at least once and in no promised order. Function errors are retried as the
 * function is set up; throttling backs off 0.5, 1, 2, 4 … s without using up a retry, until the event is too old.
 */
export class AsyncQueue {
  readonly deliveries: Delivery[] = [];
  private readonly options: AsyncQueueOptions;
  private readonly taskIds = new Set<string>();
  private readonly waiting = new Map<Entry, () => void>();
  private readonly running = new Set<Promise<void>>();
  private idleListeners: (() => void)[] = [];
  private isStopped = false;

  constructor(options: AsyncQueueOptions) {
    this.options = options;
  }

  /** Throws `PlatformError`: 400 over 128 KB, 409 for a task id that was used. */
  accept(
    definition: FunctionDefinition,
    event: Buffer,
    ids: { requestId: string; taskId?: string | undefined },
  ): void {
    if (event.byteLength > EVENT_BYTES_MAX)
      throw new PlatformError(400, 'InvalidArgument', 'An asynchronous payload may have 128 KB.');
    this.rememberTask(definition, ids.taskId);
    const { requestId } = ids;
    const acceptedAt = this.options.clock.now();
    const entry = { definition, requestId, event, acceptedAt, retryCount: 0, throttledTimes: 0 };
    this.schedule(entry, 0);
    if (this.options.isDuplicated(definition.functionName, requestId))
      this.schedule({ ...entry }, 0);
  }

  /** Resolves once nothing is waiting or running. */
  async idle(): Promise<void> {
    if (this.isIdle) return;
    await new Promise<void>((resolve) => this.idleListeners.push(resolve));
  }

  /** Drops what is waiting; what runs ends with its instance. */
  async stop(): Promise<void> {
    this.isStopped = true;
    for (const [entry, cancel] of [...this.waiting]) {
      cancel();
      this.waiting.delete(entry);
      this.note(entry, 'dropped');
    }
    await Promise.all(this.running);
    this.announceIdle();
  }

  private get isIdle(): boolean {
    return this.waiting.size === 0 && this.running.size === 0;
  }

  private rememberTask(definition: FunctionDefinition, taskId: string | undefined): void {
    if (taskId === undefined) return;
    const key = `${definition.functionName}/${taskId}`;
    if (this.taskIds.has(key))
      throw new PlatformError(409, 'AsyncTaskAlreadyExists', `The task ${taskId} exists already.`);
    this.taskIds.add(key);
  }

  private schedule(entry: Entry, pauseMs: number): void {
    if (this.isStopped) {
      this.note(entry, 'dropped');
      return;
    }
    const cancel = this.options.clock.after(pauseMs, () => {
      this.waiting.delete(entry);
      const run = this.deliver(entry);
      this.running.add(run);
      void run.finally(() => {
        this.running.delete(run);
        this.announceIdle();
      });
    });
    this.waiting.set(entry, cancel);
  }

  private async deliver(entry: Entry): Promise<void> {
    const { definition, requestId, event, retryCount } = entry;
    if (this.options.clock.now() - entry.acceptedAt > definition.asyncInvoke.eventAgeMaxMs) {
      this.note(entry, 'expired');
      return;
    }
    try {
      this.afterReply(
        entry,
        await this.options.runner.run({ definition, requestId, event, retryCount }),
      );
    } catch (error) {
      if (!(error instanceof PlatformError) || error.status !== 429) {
        this.note(entry, 'failed');
        return;
      }
      this.note(entry, 'throttled');
      const backoffMs = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** entry.throttledTimes);
      this.schedule({ ...entry, throttledTimes: entry.throttledTimes + 1 }, backoffMs);
    }
  }

  private afterReply(entry: Entry, reply: InvocationReply): void {
    if (reply.errorType === null) {
      this.note(entry, 'succeeded');
      return;
    }
    if (entry.retryCount >= entry.definition.asyncInvoke.retryAttemptsMax) {
      this.note(entry, 'failed');
      return;
    }
    this.note(entry, 'retrying');
    this.schedule({ ...entry, retryCount: entry.retryCount + 1 }, this.options.retryPauseMs);
  }

  private note(entry: Entry, result: Delivery['result']): void {
    const { requestId, retryCount } = entry;
    const functionName = entry.definition.functionName;
    this.deliveries.push({
      functionName,
      requestId,
      retryCount,
      at: this.options.clock.now(),
      result,
    });
    if (this.deliveries.length > DELIVERIES_KEPT) this.deliveries.shift();
  }

  private announceIdle(): void {
    if (!this.isIdle) return;
    const listeners = this.idleListeners;
    this.idleListeners = [];
    for (const listener of listeners) listener();
  }
}
