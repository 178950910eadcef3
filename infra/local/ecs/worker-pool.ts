/** One request's work. */
export interface Work {
  readonly serviceTimeMs: number;
  /** True when nobody waits for it any more; it is then skipped instead of started. */
  readonly isAbandoned: () => boolean;
  readonly finish: () => void;
}

/** Usage since the service started. */
export interface WorkerUsage {
  /** Worker-milliseconds spent, those of work under way included. */
  readonly busyMs: number;
  readonly queued: number;
}

/**
 * The vCPUs of an instance: so many requests are served at once, the rest wait first in, first out, up to `queueLimit`.
 * Work under way cannot be taken back, as on a real machine.
 */
export class WorkerPool {
  private readonly workerCount: number;
  private readonly queueLimit: number;
  private readonly now: () => number;
  private readonly queue: Work[] = [];
  private readonly startTimes = new Set<{ readonly at: number }>();
  private finishedBusyMs = 0;

  constructor(settings: {
    readonly workerCount: number;
    readonly queueLimit: number;
    readonly now: () => number;
  }) {
    this.workerCount = settings.workerCount;
    this.queueLimit = settings.queueLimit;
    this.now = settings.now;
  }

  /** False when the queue is full: the caller has to refuse the request. */
  offer(work: Work): boolean {
    if (this.startTimes.size < this.workerCount) this.start(work);
    else if (this.queue.length < this.queueLimit) this.queue.push(work);
    else return false;
    return true;
  }

  usage(): WorkerUsage {
    const now = this.now();
    const underWayMs = [...this.startTimes].reduce((sum, { at }) => sum + now - at, 0);
    return { busyMs: this.finishedBusyMs + underWayMs, queued: this.queue.length };
  }

  private start(work: Work): void {
    const started = { at: this.now() };
    this.startTimes.add(started);
    setTimeout(() => {
      this.startTimes.delete(started);
      this.finishedBusyMs += this.now() - started.at;
      work.finish();
      this.startNext();
    }, work.serviceTimeMs);
  }

  private startNext(): void {
    for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) {
      if (next.isAbandoned()) continue;
      this.start(next);
      return;
    }
  }
}
