import {
  type InstanceFaults,
  type InstanceRuntime,
  type InstanceUsage,
  type LocalClock,
} from '../contracts';
import { type CommandResult, runInGuest } from './guest-shell';

export interface SimulatedRuntimeOptions {
  readonly clock: LocalClock;
  /** Load of an instance that is up; nothing by default. */
  readonly usageOf?: (instanceId: string) => InstanceUsage;
  readonly restartMs?: number;
}

const IDLE: InstanceUsage = { cpuPercent: 0, connections: 0 };

/** Instances without processes, on a given clock: for tests and simulation. They start at once and serve nobody. */
export class SimulatedRuntime implements InstanceRuntime {
  private readonly clock: LocalClock;
  private readonly usageOf: (instanceId: string) => InstanceUsage;
  private readonly restartMs: number;
  private readonly placed = new Map<string, () => void>();
  private readonly up = new Set<string>();
  /** Restarts of the service so far, by instance. */
  readonly restarts = new Map<string, number>();

  constructor(options: SimulatedRuntimeOptions) {
    this.clock = options.clock;
    this.usageOf = options.usageOf ?? (() => IDLE);
    this.restartMs = options.restartMs ?? 500;
  }

  start(place: { readonly instanceId: string }, onExit: () => void): Promise<void> {
    this.placed.set(place.instanceId, onExit);
    this.up.add(place.instanceId);
    return Promise.resolve();
  }

  stop(instanceId: string): Promise<void> {
    this.placed.delete(instanceId);
    this.up.delete(instanceId);
    return Promise.resolve();
  }

  applyFaults(instanceId: string, faults: InstanceFaults): Promise<void> {
    if (faults.isCrashed) this.up.delete(instanceId);
    return Promise.resolve();
  }

  /** The service dies by itself. */
  die(instanceId: string): void {
    if (this.up.delete(instanceId)) this.placed.get(instanceId)?.();
  }

  async runCommand(instanceId: string, command: string, timeoutMs: number): Promise<CommandResult> {
    return runInGuest(command, timeoutMs, {
      sleep: async (ms) => this.sleep(ms),
      restartService: async () => this.restart(instanceId),
    });
  }

  usage(instanceId: string): Promise<InstanceUsage | undefined> {
    return Promise.resolve(this.up.has(instanceId) ? this.usageOf(instanceId) : undefined);
  }

  private async restart(instanceId: string): Promise<boolean> {
    this.up.delete(instanceId);
    await this.sleep(this.restartMs);
    if (!this.placed.has(instanceId)) return false;
    this.up.add(instanceId);
    this.restarts.set(instanceId, (this.restarts.get(instanceId) ?? 0) + 1);
    return true;
  }

  private async sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.clock.after(ms, resolve));
  }
}
