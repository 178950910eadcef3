import {
  type InstanceDirectory,
  type InstanceFaults,
  type InstanceRuntime,
  type InstanceView,
  type LocalClock,
  NO_FAULTS,
  type TimeProfile,
  VendorError,
} from '../contracts';
import { randomId, seededRandom } from '../seeded-random';
import { type AddressPlan } from './address-plan';
import { ClientTokens } from './client-tokens';
import { CloudAssistant } from './cloud-assistant';
import { type EcsEvent } from './ecs-event';
import { EcsPublisher } from './ecs-publisher';
import { type FaultSurvival } from './fault-survival';
import { InstanceLifecycle } from './instance-lifecycle';
import { type LocalInstance, viewOf } from './local-instance';
import { type NewInstance, newInstance } from './new-instance';
import { type SystemEventRecord, SystemEvents, type SystemEventType } from './system-events';

export interface EcsOptions {
  readonly regionId: string;
  readonly clock: LocalClock;
  readonly times: TimeProfile;
  readonly runtime: InstanceRuntime;
  readonly addresses: AddressPlan;
  readonly seed?: number;
  /** Boots and reboots take their time ± this share, in permille (200 by default). */
  readonly bootSpread?: number;
  /** A fresh instance is missing from DescribeInstances for so long (0 by default). */
  readonly visibilityDelayMs?: number;
}

/** The notice that a spot instance gets. */
const SPOT_NOTICE_MS = 5 * 60_000;
const PENDING_SHARE = 0.1;

/** ECS: instances, their lifecycle, system events and Cloud Assistant. Rehearsals drive it directly, programs through its actions. */
export class EcsModel implements InstanceDirectory {
  readonly options: EcsOptions;
  readonly systemEvents: SystemEvents;
  readonly assistant: CloudAssistant;
  readonly clientTokens: ClientTokens;
  private readonly random: () => number;
  private readonly lifecycle: InstanceLifecycle;
  private readonly publisher: EcsPublisher;
  private readonly instances = new Map<string, LocalInstance>();
  private readonly byPlace = new Map<string, LocalInstance>();

  constructor(options: EcsOptions) {
    this.options = options;
    const { clock, times, runtime } = options;
    const random = seededRandom(options.seed ?? 1);
    this.random = random;
    this.publisher = new EcsPublisher(
      clock,
      (instanceId) => this.instances.get(instanceId)?.name ?? instanceId,
    );
    this.systemEvents = new SystemEvents({
      clock,
      random,
      onChange: (record) => this.publisher.systemEvent(record),
    });
    this.lifecycle = new InstanceLifecycle({
      ...{ clock, times, runtime, random, bootSpread: options.bootSpread ?? 200 },
      onStatus: (instance) => this.statusChanged(instance),
      onGuestUp: ({ instanceId }) => {
        this.publisher.firstHeartbeat(instanceId);
        this.endReboots(instanceId);
      },
    });
    this.assistant = new CloudAssistant({
      clock,
      random,
      execute: async (...command) => this.lifecycle.runCommand(...command),
    });
    this.clientTokens = new ClientTokens(clock);
  }

  /** Called for every event, in order, as it happens; returns a function that ends it. */
  onEvent(listener: (event: EcsEvent) => void): () => void {
    return this.publisher.subscribe(listener);
  }

  find(instanceId: string): InstanceView | undefined {
    const instance = this.instances.get(instanceId);
    return instance === undefined ? undefined : viewOf(instance);
  }

  findByAddress(address: string, port: number): InstanceView | undefined {
    const instance = this.byPlace.get(`${address}:${port}`);
    return instance === undefined ? undefined : viewOf(instance);
  }

  /** Instances that the API shows, in order of creation. */
  visible(): readonly LocalInstance[] {
    const youngest = this.options.clock.now() - (this.options.visibilityDelayMs ?? 0);
    return [...this.instances.values()].filter(({ createdAt }) => createdAt <= youngest);
  }

  /** The instance itself, for actions; 404 with `code` when there is none. */
  demand(instanceId: string, code = 'InvalidInstanceId.NotFound'): LocalInstance {
    const instance = this.instances.get(instanceId);
    if (instance === undefined)
      throw new VendorError(404, code, `The specified instance ${instanceId} does not exist.`);
    return instance;
  }

  /** Creates one instance and gives its id. It boots in the profile's time unless `isBooted`. Throws on an unknown type. */
  async createInstance(wanted: NewInstance): Promise<string> {
    const base = { regionId: this.options.regionId, createdAt: this.options.clock.now() };
    const instance = newInstance(wanted, {
      ...base,
      instanceId: randomId(this.random, 'i-bp1'),
      ...(await this.options.addresses.next()),
    });
    this.instances.set(instance.instanceId, instance);
    this.byPlace.set(`${instance.address}:${instance.servicePort}`, instance);
    if (wanted.isBooted === true) {
      await this.lifecycle.bootAtOnce(instance);
    } else {
      this.statusChanged(instance);
      this.plan(instance, this.options.times.instanceBootMs * PENDING_SHARE, () =>
        this.lifecycle.boot(instance),
      );
    }
    return instance.instanceId;
  }

  /** Changes the given faults, at once. `survives` says which repair does not help (none by default; see `faultsAfter`). */
  async injectFaults(
    instanceId: string,
    faults: Partial<InstanceFaults>,
    survives: FaultSurvival = 'nothing',
  ): Promise<void> {
    const instance = this.demand(instanceId);
    instance.faults = { ...instance.faults, ...faults };
    instance.faultSurvival = survives;
    if (instance.faults.isCrashed) instance.isServiceUp = false;
    await this.options.runtime.applyFaults(instanceId, instance.faults);
  }

  /** Ends all faults; a crashed service of a running guest comes up again. */
  async clearFaults(instanceId: string): Promise<void> {
    const instance = this.demand(instanceId);
    await this.injectFaults(instanceId, NO_FAULTS);
    if (instance.isGuestUp && !instance.isServiceUp) await this.lifecycle.bringServiceUp(instance);
  }

  /** Which agents run in the guest: without Cloud Assistant no command is taken, without the monitor its metrics are absent. */
  setAgents(
    instanceId: string,
    agents: { readonly hasCloudAssistant?: boolean; readonly hasMonitorAgent?: boolean },
  ): void {
    Object.assign(this.demand(instanceId), agents);
  }

  /** A shutdown from within: nobody called the API. */
  stopOperatingSystem(instanceId: string): void {
    this.stop(instanceId, { isForced: false, stoppedMode: 'KeepCharging' });
  }

  stop(
    instanceId: string,
    how: { readonly isForced: boolean; readonly stoppedMode: 'KeepCharging' | 'StopCharging' },
  ): void {
    const instance = this.demand(instanceId);
    instance.stoppedMode = how.stoppedMode;
    this.lifecycle.stop(instance, how.isForced);
  }

  start(instanceId: string): void {
    this.lifecycle.boot(this.demand(instanceId));
  }

  /** A reboot asked for through the API: reboots that were scheduled for later are avoided by it. */
  reboot(instanceId: string, isForced: boolean): void {
    for (const { eventId, type, cycle } of this.eventsOf(instanceId)) {
      if (cycle === 'Scheduled' && type.endsWith('.Reboot'))
        this.systemEvents.move(eventId, 'Avoided');
    }
    this.lifecycle.reboot(this.demand(instanceId), isForced);
  }

  /** Announces `SystemMaintenance.Reboot`; at `notBefore` the instance is rebooted unless someone rebooted it earlier. Gives the event's id. */
  scheduleReboot(instanceId: string, notBefore: number): string {
    const instance = this.demand(instanceId);
    const { eventId } = this.announce(instanceId, 'SystemMaintenance.Reboot', notBefore);
    this.options.clock.after(notBefore - this.options.clock.now(), () => {
      if (
        this.instances.get(instanceId) !== instance ||
        this.systemEvents.move(eventId, 'Executing') === undefined
      )
        return;
      this.lifecycle.reboot(instance, false, () => this.systemEvents.move(eventId, 'Executed'));
    });
    return eventId;
  }

  /** A drill: the event runs its course and the instance is left alone. Gives the event's id. */
  simulateSystemEvent(instanceId: string, type: SystemEventType, notBefore: number): string {
    this.demand(instanceId);
    const { eventId } = this.announce(instanceId, type, notBefore);
    this.options.clock.after(notBefore - this.options.clock.now(), () => {
      this.systemEvents.move(eventId, 'Executing');
      this.systemEvents.move(eventId, 'Executed');
    });
    return eventId;
  }

  /** The host fails: `SystemFailure.Reboot` runs at once and the instance comes back with the same id and address. */
  failHost(instanceId: string): void {
    const instance = this.demand(instanceId);
    const { eventId } = this.systemEvents.publish({
      instanceId,
      type: 'SystemFailure.Reboot',
      notBefore: this.options.clock.now(),
      reason: 'The host failed.',
    });
    this.systemEvents.move(eventId, 'Executing');
    this.lifecycle.reboot(instance, true, () => this.systemEvents.move(eventId, 'Executed'));
  }

  /** Announces that a spot instance is taken back after `inMs`: an event and the lock `Recycling`; then it is released, or stopped. */
  reclaimSpot(instanceId: string, inMs: number = SPOT_NOTICE_MS): void {
    const instance = this.demand(instanceId);
    if (!instance.isSpot) throw new Error(`${instanceId} is not a spot instance.`);
    instance.locks.push({
      reason: 'Recycling',
      message: 'The preemptible instance is about to be released.',
    });
    this.publisher.spotInterruption(
      instanceId,
      instance.interruptionBehavior === 'Stop' ? 'stop' : 'delete',
    );
    this.options.clock.after(inMs, () => {
      if (this.instances.get(instanceId) !== instance) return;
      if (instance.interruptionBehavior === 'Terminate') return void this.release(instanceId);
      instance.stoppedMode = 'StopCharging';
      this.lifecycle.stop(instance, true, () => instance.locks.splice(0));
    });
  }

  /** Gone from the region at once. Resolves when its software is gone, too. */
  async release(instanceId: string): Promise<void> {
    const instance = this.demand(instanceId);
    this.publisher.stateChange(instanceId, 'Deleted');
    this.instances.delete(instanceId);
    this.byPlace.delete(`${instance.address}:${instance.servicePort}`);
    this.assistant.interrupt(instanceId);
    await this.lifecycle.discard(instance);
  }

  eventsOf(instanceId: string): readonly SystemEventRecord[] {
    return this.systemEvents.all().filter((record) => record.instanceId === instanceId);
  }

  /** A reboot on the way of which another one was asked for ends with that one: its event does not stay open for ever. */
  private endReboots(instanceId: string): void {
    for (const { eventId, type, cycle } of this.eventsOf(instanceId))
      if (cycle === 'Executing' && type.endsWith('.Reboot'))
        this.systemEvents.move(eventId, 'Executed');
  }

  private announce(
    instanceId: string,
    type: SystemEventType,
    notBefore: number,
  ): SystemEventRecord {
    return this.systemEvents.publish({
      instanceId,
      type,
      notBefore,
      reason: 'Planned maintenance of the host.',
    });
  }

  private plan(instance: LocalInstance, ms: number, task: () => void): void {
    const { epoch } = instance;
    this.options.clock.after(ms, () => {
      if (instance.epoch === epoch) task();
    });
  }

  private statusChanged(instance: LocalInstance): void {
    if (instance.status !== 'Running') this.assistant.interrupt(instance.instanceId);
    this.publisher.stateChange(instance.instanceId, instance.status);
  }
}
