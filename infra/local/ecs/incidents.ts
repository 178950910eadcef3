import { type LocalClock } from '../contracts';
import { type EcsPublisher } from './ecs-publisher';
import { type InstanceLifecycle } from './instance-lifecycle';
import { type LocalInstance } from './local-instance';
import { type SystemEventRecord, type SystemEvents, type SystemEventType } from './system-events';

export interface IncidentSettings {
  readonly clock: LocalClock;
  readonly systemEvents: SystemEvents;
  readonly lifecycle: InstanceLifecycle;
  readonly publisher: EcsPublisher;
  /** Whether this very instance is still there. */
  readonly isThere: (instance: LocalInstance) => boolean;
  /** Gone from the region at once. */
  readonly release: (instance: LocalInstance) => Promise<void>;
  /** The same without a word of its deletion. */
  readonly vanish: (instance: LocalInstance) => Promise<void>;
}

const HOUR_MS = 3_600_000;

/** What the cloud does to instances of its own accord. */
export class Incidents {
  private readonly settings: IncidentSettings;

  constructor(settings: IncidentSettings) {
    this.settings = settings;
  }

  /** Announces a reboot; at `notBefore` it happens unless someone rebooted the instance earlier, or it is off. Gives the event's id. */
  scheduleReboot(instance: LocalInstance, notBefore: number): string {
    const { clock, systemEvents, lifecycle } = this.settings;
    const { eventId } = this.announce(instance, 'SystemMaintenance.Reboot', notBefore);
    clock.after(notBefore - clock.now(), () => {
      if (!this.settings.isThere(instance)) return;
      const isOff = instance.status === 'Stopped' || instance.status === 'Stopping';
      const isDue = systemEvents.move(eventId, isOff ? 'Avoided' : 'Executing') !== undefined;
      if (isOff || !isDue) return;
      lifecycle.reboot(instance, false, () => systemEvents.move(eventId, 'Executed'));
    });
    return eventId;
  }

  /** A drill: the event runs its course and the instance is left alone. Gives the event's id. */
  simulate(instance: LocalInstance, type: SystemEventType, notBefore: number): string {
    const { clock, systemEvents } = this.settings;
    const { eventId } = this.announce(instance, type, notBefore);
    clock.after(notBefore - clock.now(), () => {
      systemEvents.move(eventId, 'Executing');
      systemEvents.move(eventId, 'Executed');
    });
    return eventId;
  }

  /** The host fails: the instance is rebooted elsewhere at once, with the same id and address. */
  failHost(instance: LocalInstance): void {
    const { clock, systemEvents, lifecycle } = this.settings;
    const { eventId } = systemEvents.publish({
      instanceId: instance.instanceId,
      type: 'SystemFailure.Reboot',
      notBefore: clock.now(),
      reason: 'The host failed.',
    });
    systemEvents.move(eventId, 'Executing');
    lifecycle.reboot(instance, true, () => systemEvents.move(eventId, 'Executed'));
  }

  /** A creation that was accepted comes to nothing: the id vanishes, and only a system event tells. */
  failCreation(instance: LocalInstance): void {
    if (!this.settings.isThere(instance)) return;
    const { clock, systemEvents } = this.settings;
    const { eventId } = systemEvents.publish({
      instanceId: instance.instanceId,
      type: 'SystemFailure.Delete',
      cycle: 'Executing',
      notBefore: clock.now(),
      reason: 'The instance could not be created.',
    });
    void this.settings.vanish(instance);
    systemEvents.move(eventId, 'Executed');
  }

  /** A spot instance is taken back after `noticeMs`: an event and the lock `Recycling`; then it is released, or stopped. */
  reclaimSpot(instance: LocalInstance, noticeMs: number): void {
    if (instance.locks.some(({ reason }) => reason === 'Recycling')) return;
    const { interruptionBehavior } = instance.spot;
    instance.locks.push({
      reason: 'Recycling',
      message: 'The preemptible instance is about to be released.',
    });
    this.settings.publisher.spotInterruption(
      instance.instanceId,
      interruptionBehavior === 'Stop' ? 'stop' : 'delete',
    );
    this.settings.clock.after(noticeMs, () => {
      if (!this.settings.isThere(instance)) return;
      if (interruptionBehavior === 'Terminate') return void this.settings.release(instance);
      instance.stoppedMode = 'StopCharging';
      this.settings.lifecycle.stop(instance, true, () => instance.locks.splice(0));
    });
  }

  /** Takes back an instance that pays less than the price now asked, but not in its protected hour. */
  reclaimWhenOutbid(instance: LocalInstance, isOutbid: () => boolean, noticeMs: number): void {
    const { clock } = this.settings;
    if (!this.settings.isThere(instance) || !isOutbid()) return;
    const protectedMs = instance.createdAt + instance.spot.protectedHours * HOUR_MS - clock.now();
    if (protectedMs <= 0) this.reclaimSpot(instance, noticeMs);
    else clock.after(protectedMs, () => this.reclaimWhenOutbid(instance, isOutbid, noticeMs));
  }

  /** Reboots that were announced for later are avoided by one that was asked for. */
  avoidReboots(instanceId: string): void {
    this.moveReboots(instanceId, 'Scheduled', 'Avoided');
  }

  /** A reboot on the way of which another one was asked for ends with that one: its event does not stay open for ever. */
  endReboots(instanceId: string): void {
    this.moveReboots(instanceId, 'Executing', 'Executed');
  }

  private moveReboots(
    instanceId: string,
    from: 'Scheduled' | 'Executing',
    to: 'Avoided' | 'Executed',
  ): void {
    for (const record of this.settings.systemEvents.all())
      if (
        record.instanceId === instanceId &&
        record.cycle === from &&
        record.type.endsWith('.Reboot')
      )
        this.settings.systemEvents.move(record.eventId, to);
  }

  private announce(
    { instanceId }: LocalInstance,
    type: SystemEventType,
    notBefore: number,
  ): SystemEventRecord {
    const reason = 'Planned maintenance of the host.';
    return this.settings.systemEvents.publish({ instanceId, type, notBefore, reason });
  }
}
