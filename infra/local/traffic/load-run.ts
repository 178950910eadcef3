import { type LoadClient, loadClient } from './load-client';
import { type LoadSettings, rateAt } from './load-options';
import { LoadRecorder, type LoadReport } from './load-report';

/** How often due requests are looked for. */
const PACE_MS = 2;

/**
 * Sends requests when they are due, not when earlier ones are answered. Each is due 1 ÷ rate after the one before; latency counts from then, so a
 * stall shows in every request that it delayed. One that could not even be sent within the time-out has failed.
 */
export class LoadRun {
  private readonly settings: LoadSettings;
  private readonly client: LoadClient;
  private readonly epoch = Date.now();
  private readonly startedAt = performance.now();
  private readonly total = new LoadRecorder(this.epoch);
  private interval = new LoadRecorder(this.epoch);
  private readonly onInterval: (report: LoadReport) => void;
  private readonly pace: NodeJS.Timeout;
  private readonly intervals: NodeJS.Timeout;
  private next = 0;
  /** When the next one is due. */
  private dueAt: number;
  private inFlight = 0;
  private isStopping = false;
  private onIdle: () => void = () => undefined;

  constructor(settings: LoadSettings, onInterval: (report: LoadReport) => void) {
    this.settings = settings;
    this.client = loadClient(settings);
    this.onInterval = onInterval;
    this.dueAt = this.startedAt;
    this.pace = setInterval(() => this.sendDue(), PACE_MS);
    this.intervals = setInterval(() => this.closeInterval(), settings.intervalMs);
  }

  report(): LoadReport {
    return this.total.report(Date.now());
  }

  /** Sends no more, waits for what is under way (at most the time-out) and reports. */
  async stop(): Promise<LoadReport> {
    this.isStopping = true;
    clearInterval(this.pace);
    clearInterval(this.intervals);
    await new Promise<void>((resolve) => {
      this.onIdle = resolve;
      if (this.inFlight === 0) resolve();
    });
    this.client.close();
    return this.report();
  }

  private closeInterval(): void {
    this.onInterval(this.interval.report(Date.now()));
    this.interval = new LoadRecorder(Date.now(), this.epoch);
  }

  private sendDue(): void {
    const now = performance.now();
    const end = this.startedAt + this.settings.durationMs;
    while (this.dueAt <= Math.min(now, end)) {
      const leftMs = this.settings.timeoutMs - (now - this.dueAt);
      if (leftMs <= 0) this.record(this.dueAt, { failure: 'timeout' });
      else if (this.inFlight >= this.settings.concurrency) return;
      else void this.sendOne(this.next, this.dueAt, leftMs);
      this.next++;
      this.dueAt += 1000 / rateAt(this.settings, this.dueAt - this.startedAt);
    }
  }

  private async sendOne(index: number, dueAt: number, leftMs: number): Promise<void> {
    this.inFlight++;
    const answer = await this.client.send(index, leftMs);
    this.inFlight--;
    this.record(dueAt, answer);
    if (this.isStopping && this.inFlight === 0) this.onIdle();
  }

  private record(dueAt: number, answer: Awaited<ReturnType<LoadClient['send']>>): void {
    const result = {
      intendedAt: this.epoch + (dueAt - this.startedAt),
      latencyMs: performance.now() - dueAt,
      ...answer,
    };
    this.total.add(result);
    this.interval.add(result);
  }
}
