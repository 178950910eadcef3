import {
  type InstanceFaults,
  type InstanceRuntime,
  type InstanceUsage,
  NO_FAULTS,
} from '../contracts';
import { builtScript } from '../repository';
import { type CommandResult, runInGuest } from './guest-shell';
import { DEFAULT_SERVICE, type ServicePlace, type ServiceSettings } from './instance-service';
import { type ProcessUsage, ServiceProcess } from './service-process';

export interface ProcessRuntimeOptions {
  /** Differs from the default in these points. */
  readonly service?: Partial<ServiceSettings>;
  /** Service times and errors follow from it. */
  readonly seed?: number;
}

interface Machine {
  readonly place: ServicePlace;
  readonly onExit: () => void;
  process: ServiceProcess | undefined;
  readonly readings: Map<string, ProcessUsage>;
}

const wellStarting = (faults: InstanceFaults): InstanceFaults => ({
  ...faults,
  isCrashed: false,
  isHung: false,
});

const sleep = async (ms: number): Promise<void> =>
  new Promise((resolve) => void setTimeout(resolve, ms).unref());

/**
 * Instances as real child processes that serve HTTP on their own address. Operations on one instance run one after another.
 * A restarted service starts with the remembered faults except crash and hang.
 */
export class ProcessRuntime implements InstanceRuntime {
  private readonly service: ServiceSettings;
  private readonly seed: number;
  private readonly machines = new Map<string, Machine>();
  private readonly faults = new Map<string, InstanceFaults>();
  private readonly queues = new Map<string, Promise<unknown>>();
  private starts = 0;

  constructor(options: ProcessRuntimeOptions = {}) {
    this.service = { ...DEFAULT_SERVICE, ...options.service };
    this.seed = options.seed ?? 1;
  }

  async start(place: ServicePlace, onExit: () => void): Promise<void> {
    return this.inTurn(place.instanceId, async () => {
      await this.machines.get(place.instanceId)?.process?.stop();
      const machine: Machine = { place, onExit, process: undefined, readings: new Map() };
      this.machines.set(place.instanceId, machine);
      await this.launch(machine);
    });
  }

  async stop(instanceId: string): Promise<void> {
    return this.inTurn(instanceId, async () => {
      await this.machines.get(instanceId)?.process?.stop();
      this.machines.delete(instanceId);
    });
  }

  /** Kills the service from outside, as an out-of-memory killer would; the instance's `onExit` is called. */
  kill(instanceId: string): void {
    this.machines.get(instanceId)?.process?.kill();
  }

  /** Stops every process; the region calls it when it shuts down. */
  async stopAll(): Promise<void> {
    await Promise.all([...this.machines.keys()].map(async (instanceId) => this.stop(instanceId)));
  }

  async applyFaults(instanceId: string, faults: InstanceFaults): Promise<void> {
    return this.inTurn(instanceId, async () => {
      this.faults.set(instanceId, { ...faults, isCrashed: false });
      await this.machines.get(instanceId)?.process?.applyFaults(faults);
    });
  }

  async runCommand(instanceId: string, command: string, timeoutMs: number): Promise<CommandResult> {
    return runInGuest(command, timeoutMs, {
      sleep,
      restartService: async () => this.restart(instanceId),
    });
  }

  async usage(instanceId: string, reader: string): Promise<InstanceUsage | undefined> {
    const machine = this.machines.get(instanceId);
    const now = await machine?.process?.usage();
    if (machine === undefined || now === undefined) return undefined;
    const before = machine.readings.get(reader);
    machine.readings.set(reader, now);
    const capacityMs = (now.atMs - (before?.atMs ?? 0)) * machine.place.cpuCount;
    const busyMs = now.busyMs - (before?.busyMs ?? 0);
    const cpuPercent = capacityMs <= 0 ? 0 : Math.min(100, (100 * busyMs) / capacityMs);
    return { cpuPercent, connections: now.connections, memoryBytes: now.memoryBytes };
  }

  private async restart(instanceId: string): Promise<boolean> {
    return this.inTurn(instanceId, async () => {
      const machine = this.machines.get(instanceId);
      if (machine === undefined) return false;
      this.faults.set(instanceId, wellStarting(this.faults.get(instanceId) ?? NO_FAULTS));
      await machine.process?.stop();
      return this.launch(machine).then(
        () => true,
        () => false,
      );
    });
  }

  private async launch(machine: Machine): Promise<void> {
    machine.readings.clear();
    machine.process = undefined;
    const { place } = machine;
    const faults = { ...(this.faults.get(place.instanceId) ?? NO_FAULTS), isCrashed: false };
    const argument = { place, settings: this.service, seed: this.seed + this.starts++, faults };
    machine.process = await ServiceProcess.start(
      builtScript('local/instance-process.js'),
      argument,
      machine.onExit,
    );
  }

  private async inTurn<T>(instanceId: string, task: () => Promise<T>): Promise<T> {
    const earlier = this.queues.get(instanceId) ?? Promise.resolve();
    const own = earlier.then(task, task);
    this.queues.set(instanceId, own);
    return own;
  }
}
