import {
  type InstanceRuntime,
  type LocalClock,
  type LocalInstanceStatus,
  type TimeProfile,
} from '../contracts';
import { type BootMoments, type BootPlan } from './boot-times';
import { type CommandResult, restartsService } from './guest-shell';
import { faultsAfter } from './fault-survival';
import { type LocalInstance } from './local-instance';

export interface LifecycleSettings {
  readonly clock: LocalClock;
  readonly times: TimeProfile;
  readonly runtime: InstanceRuntime;
  readonly boots: BootPlan;
  readonly onStatus: (instance: LocalInstance) => void;
  readonly onGuestUp: (instance: LocalInstance) => void;
}

/** Share of a reboot or stop that an orderly shutdown takes; a forced one takes none. */
const SHUTDOWN_AT = 0.1;

/**
 * How instances come up and go down:
 * Pending → Starting → Running → (guest up, service up), Running → Stopping → Stopped, and reboot as both in turn.
 */
export class InstanceLifecycle {
  private readonly settings: LifecycleSettings;

  constructor(settings: LifecycleSettings) {
    this.settings = settings;
  }

  /** Pending or Stopped → Starting → Running → service. */
  boot(instance: LocalInstance): void {
    this.comeUp(
      instance,
      this.settings.boots.boot(instance.startedAt === undefined),
      ++instance.epoch,
    );
  }

  /** Up at once, as if it had been booted long ago. Rejects when the service cannot listen. */
  async bootAtOnce(instance: LocalInstance): Promise<void> {
    const epoch = ++instance.epoch;
    instance.startedAt = this.settings.clock.now();
    this.setStatus(instance, 'Running');
    await this.bringServiceUp(instance, epoch);
  }

  /** Running → Stopping → Stopped, then `next`. */
  stop(instance: LocalInstance, isForced: boolean, next: () => void = () => undefined): void {
    const epoch = ++instance.epoch;
    this.setStatus(instance, 'Stopping');
    this.shutDown(instance, isForced, () => {
      if (instance.epoch !== epoch) return;
      this.setStatus(instance, 'Stopped');
      instance.faults = faultsAfter('new-host', instance.faults, instance.faultSurvival);
      instance.faultSurvival = 'nothing';
      next();
    });
  }

  /** Running → Stopping → Starting → Running → service, with the same id and address. */
  reboot(instance: LocalInstance, isForced: boolean, next: () => void = () => undefined): void {
    const epoch = ++instance.epoch;
    this.setStatus(instance, 'Stopping');
    this.shutDown(instance, isForced, () => {
      if (instance.epoch !== epoch) return;
      instance.faults = faultsAfter('reboot', instance.faults, instance.faultSurvival);
      this.comeUp(instance, this.settings.boots.reboot(), epoch, next);
    });
  }

  /** Gone for good: nothing that was planned for it happens any more. */
  async discard(instance: LocalInstance): Promise<void> {
    await this.cutPower(instance);
  }

  /** Its software is gone and nothing that was planned for it happens any more; its status tells nothing of it. */
  async cutPower(instance: LocalInstance): Promise<void> {
    instance.epoch += 1;
    this.markDown(instance);
    await this.settings.runtime.stop(instance.instanceId);
  }

  /** Runs a command in the guest. A restart of the service clears what a restart clears. */
  async runCommand(
    instance: LocalInstance,
    command: string,
    timeoutMs: number,
  ): Promise<CommandResult> {
    const isRestart = restartsService(command);
    if (isRestart && instance.isBadImage)
      return {
        exitCode: 1,
        output: 'Job for app.service failed because the control process exited with error code.\n',
      };
    const { epoch } = instance;
    if (isRestart) instance.isServiceUp = false;
    const result = await this.settings.runtime.runCommand(instance.instanceId, command, timeoutMs);
    if (isRestart && result.exitCode === 0 && instance.epoch === epoch) {
      instance.faults = faultsAfter('restart', instance.faults, instance.faultSurvival);
      await this.settings.runtime.applyFaults(instance.instanceId, instance.faults);
      instance.isServiceUp = true;
    }
    return result;
  }

  /** Brings the service of a running guest up again, as a person on its console would. */
  async bringServiceUp(instance: LocalInstance, epoch: number = instance.epoch): Promise<void> {
    const { runtime } = this.settings;
    this.bringGuestUp(instance);
    if (instance.isBadImage) return;
    await runtime.applyFaults(instance.instanceId, { ...instance.faults, isCrashed: false });
    await runtime.start(
      {
        instanceId: instance.instanceId,
        address: instance.address,
        servicePort: instance.servicePort,
        cpuCount: instance.type.cpuCount,
      },
      () => {
        if (instance.epoch === epoch) instance.isServiceUp = false;
      },
    );
    if (instance.epoch === epoch) instance.isServiceUp = true;
    else if (instance.status !== 'Running') await runtime.stop(instance.instanceId);
  }

  /** Running, then the guest, then the service: Running does not mean that it answers. */
  private comeUp(
    instance: LocalInstance,
    { runningMs, guestMs, serviceMs }: BootMoments,
    epoch: number,
    next: () => void = () => undefined,
  ): void {
    const { clock } = this.settings;
    const at = (ms: number, task: () => void): void =>
      void clock.after(ms, () => {
        if (instance.epoch === epoch) task();
      });
    this.setStatus(instance, 'Starting');
    instance.stoppedMode = 'Not-applicable';
    at(runningMs, () => {
      instance.startedAt = clock.now();
      this.setStatus(instance, 'Running');
    });
    if (guestMs < serviceMs) at(guestMs, () => this.bringGuestUp(instance));
    at(serviceMs, () => {
      // A service that cannot start leaves the instance Running and not answering, as in the cloud.
      this.bringServiceUp(instance, epoch).catch(() => undefined);
      next();
    });
  }

  private bringGuestUp(instance: LocalInstance): void {
    if (instance.isGuestUp) return;
    instance.isGuestUp = true;
    this.settings.onGuestUp(instance);
  }

  private shutDown(instance: LocalInstance, isForced: boolean, next: () => void): void {
    const { clock, times, runtime } = this.settings;
    const { epoch } = instance;
    const pullThePlug = (): void => {
      if (instance.epoch !== epoch) return;
      this.markDown(instance);
      runtime.stop(instance.instanceId).then(next, next);
    };
    if (isForced) pullThePlug();
    else clock.after(times.instanceRebootMs * SHUTDOWN_AT, pullThePlug);
  }

  private markDown(instance: LocalInstance): void {
    instance.isGuestUp = false;
    instance.isServiceUp = false;
  }

  private setStatus(instance: LocalInstance, status: LocalInstanceStatus): void {
    instance.status = status;
    this.settings.onStatus(instance);
  }
}
