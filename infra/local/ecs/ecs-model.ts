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
import { BootPlan } from './boot-times';
import { ClientTokens } from './client-tokens';
import { CloudAssistant } from './cloud-assistant';
import { type EcsEvent } from './ecs-event';
import { EcsPublisher } from './ecs-publisher';
import { type EcsSettings } from './ecs-settings';
import { type FaultSurvival } from './fault-survival';
import { Incidents } from './incidents';
import { InstanceLifecycle } from './instance-lifecycle';
import { Launches } from './launches';
import { type LocalInstance, viewOf } from './local-instance';
import { type NewInstance, newInstance } from './new-instance';
import { PowerCut } from './power-cut';
import { Supply } from './supply';
import { type SystemEventRecord, SystemEvents, type SystemEventType } from './system-events';

export interface EcsOptions extends EcsSettings {
  readonly regionId: string;
  readonly clock: LocalClock;
  readonly times: TimeProfile;
  readonly runtime: InstanceRuntime;
  readonly addresses: AddressPlan;
  readonly seed?: number;
}

type Place = Awaited<ReturnType<AddressPlan['next']>>;

/** The notice that a spot instance gets. */
const SPOT_NOTICE_MS = 5 * 60_000;

/** ECS: instances, their lifecycle, what launches draw on, system events and Cloud Assistant. Rehearsals drive it directly, programs through its actions. */
export class EcsModel implements InstanceDirectory {
  readonly options: EcsOptions;
  readonly systemEvents: SystemEvents;
  readonly assistant: CloudAssistant;
  readonly clientTokens: ClientTokens;
  /** Stock, prices, quota, money, network, images and launch templates. */
  readonly supply: Supply;
  readonly launches: Launches;
  /** All instances at once lose their power, and get it back. */
  readonly powerCut: PowerCut;
  /** How long boots take; to be changed at any time. */
  readonly boots: BootPlan;
  /** A fresh instance is missing from DescribeInstances for so long; to be changed at any time. */
  visibilityDelayMs: number;
  /** Whether a load balancer has an instance as a backend, or is still being told that it has it no longer. */
  isUsedByBalancer: (instanceId: string) => boolean = () => false;
  private readonly random: () => number;
  private readonly lifecycle: InstanceLifecycle;
  private readonly incidents: Incidents;
  private readonly publisher: EcsPublisher;
  private readonly instances = new Map<string, LocalInstance>();
  private readonly byPlace = new Map<string, LocalInstance>();

  constructor(options: EcsOptions) {
    this.options = options;
    const { clock, times, runtime, addresses, seed = 1 } = options;
    const random = seededRandom(seed);
    this.random = random;
    this.visibilityDelayMs = options.visibilityDelayMs ?? 0;
    this.publisher = new EcsPublisher(
      clock,
      (instanceId) => this.instances.get(instanceId)?.name ?? instanceId,
    );
    this.systemEvents = new SystemEvents({
      clock,
      random,
      onChange: (record) => this.publisher.systemEvent(record),
    });
    this.boots = new BootPlan(
      { times, random, bootSpread: options.bootSpread ?? 200 },
      options.bootTimes,
    );
    this.lifecycle = new InstanceLifecycle({
      ...{ clock, times, runtime, boots: this.boots },
      onStatus: (instance) => this.statusChanged(instance),
      onGuestUp: ({ instanceId }) => {
        this.publisher.firstHeartbeat(instanceId);
        this.incidents.endReboots(instanceId);
      },
    });
    this.incidents = new Incidents({
      ...{ clock, systemEvents: this.systemEvents },
      ...{ lifecycle: this.lifecycle, publisher: this.publisher },
      isThere: (instance) => this.isThere(instance),
      release: async ({ instanceId }) => this.release(instanceId),
      vanish: async (instance) => this.remove(instance),
    });
    this.powerCut = new PowerCut({
      lifecycle: this.lifecycle,
      all: () => this.all(),
      rebootElsewhere: (instance) => this.incidents.failHost(instance),
    });
    this.assistant = new CloudAssistant({
      clock,
      random,
      execute: async (...command) => this.lifecycle.runCommand(...command),
    });
    this.clientTokens = new ClientTokens(clock, options.clientTokenMs);
    this.supply = new Supply({ ...options, seed }, () => this.all());
    const { admission, spotMarket } = this.supply;
    this.launches = new Launches({
      ...{ clock, addresses, admission },
      failureMs: () => this.boots.leastPendingMs() / 2,
      create: (wanted, place) => this.createPending(wanted, place),
      fail: (instance) => this.incidents.failCreation(instance),
    });
    spotMarket.onChange(() => this.reclaimOutbid());
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

  /** Every instance, shown or not, in order of creation. */
  all(): readonly LocalInstance[] {
    return [...this.instances.values()];
  }

  /** Instances that the API shows, in order of creation. */
  visible(): readonly LocalInstance[] {
    const youngest = this.options.clock.now() - this.visibilityDelayMs;
    return this.all().filter(({ createdAt }) => createdAt <= youngest);
  }

  /** The instance itself, for actions; 404 with `code` when there is none. */
  demand(instanceId: string, code = 'InvalidInstanceId.NotFound'): LocalInstance {
    const instance = this.instances.get(instanceId);
    if (instance === undefined)
      throw new VendorError(404, code, `The specified instance ${instanceId} does not exist.`);
    return instance;
  }

  /**
   * Lays out one instance and gives its id, whatever stock and quota say. It boots like a launched one unless `isBooted`. Throws on an
   * unknown type.
   */
  async createInstance(wanted: NewInstance): Promise<string> {
    const place = await this.options.addresses.next();
    if (wanted.isBooted !== true) return this.createPending(wanted, place).instanceId;
    const instance = this.enter(wanted, place);
    await this.lifecycle.bootAtOnce(instance);
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

  /** Starts it, whatever stock and quota say; takes its machine where it gave it back. */
  start(instanceId: string): void {
    const instance = this.demand(instanceId);
    this.supply.admission.takeRestart(instance);
    this.lifecycle.boot(instance);
  }

  /** A reboot asked for through the API: reboots that were scheduled for later are avoided by it. */
  reboot(instanceId: string, isForced: boolean): void {
    this.incidents.avoidReboots(instanceId);
    this.lifecycle.reboot(this.demand(instanceId), isForced);
  }

  /** Announces `SystemMaintenance.Reboot`; at `notBefore` the instance is rebooted unless someone rebooted it earlier. Gives the event's id. */
  scheduleReboot(instanceId: string, notBefore: number): string {
    return this.incidents.scheduleReboot(this.demand(instanceId), notBefore);
  }

  /** A drill: the event runs its course and the instance is left alone. Gives the event's id. */
  simulateSystemEvent(instanceId: string, type: SystemEventType, notBefore: number): string {
    return this.incidents.simulate(this.demand(instanceId), type, notBefore);
  }

  /** The host fails: `SystemFailure.Reboot` runs at once and the instance comes back with the same id and address. */
  failHost(instanceId: string): void {
    this.incidents.failHost(this.demand(instanceId));
  }

  /** Announces that a spot instance is taken back after `inMs`: an event and the lock `Recycling`; then it is released, or stopped. */
  reclaimSpot(instanceId: string, inMs: number = this.spotNoticeMs): void {
    const instance = this.demand(instanceId);
    if (!instance.isSpot) throw new Error(`${instanceId} is not a spot instance.`);
    this.incidents.reclaimSpot(instance, inMs);
  }

  /** The instance releases itself at `at`, deletion protection or not; undefined takes that back. */
  setAutoRelease(instanceId: string, at: number | undefined): void {
    const instance = this.demand(instanceId);
    instance.autoReleaseAt = at;
    if (at === undefined) return;
    this.options.clock.after(at - this.options.clock.now(), () => {
      if (this.isThere(instance) && instance.autoReleaseAt === at) void this.release(instanceId);
    });
  }

  /** Gone from the region at once. Resolves when its software is gone, too. */
  async release(instanceId: string): Promise<void> {
    const instance = this.demand(instanceId);
    this.publisher.stateChange(instanceId, 'Deleted');
    await this.remove(instance);
  }

  /** Shuts the instance down in order and then releases it, as a deletion without power cut does. */
  stopAndRelease(instanceId: string): void {
    this.lifecycle.stop(this.demand(instanceId), false, () => void this.release(instanceId));
  }

  eventsOf(instanceId: string): readonly SystemEventRecord[] {
    return this.systemEvents.all().filter((record) => record.instanceId === instanceId);
  }

  private get spotNoticeMs(): number {
    return this.options.spotNoticeMs ?? SPOT_NOTICE_MS;
  }

  private isThere(instance: LocalInstance): boolean {
    return this.instances.get(instance.instanceId) === instance;
  }

  private enter(wanted: NewInstance, place: Place): LocalInstance {
    const { regionId, clock } = this.options;
    const zoneId = wanted.zoneId ?? `${regionId}-a`;
    const vpcId = wanted.vpcId ?? 'vpc-local';
    const vSwitchId = wanted.vSwitchId ?? this.supply.network.vSwitchIn(vpcId, zoneId).vSwitchId;
    const instanceId = randomId(this.random, 'i-bp1');
    const createdAt = clock.now();
    const base = { instanceId, zoneId, vpcId, vSwitchId, createdAt, ...place };
    const instance = newInstance(wanted, base);
    this.instances.set(instance.instanceId, instance);
    this.byPlace.set(`${instance.address}:${instance.servicePort}`, instance);
    this.setAutoRelease(instanceId, instance.autoReleaseAt);
    return instance;
  }

  private createPending(wanted: NewInstance, place: Place): LocalInstance {
    const instance = this.enter(wanted, place);
    const { epoch } = instance;
    this.statusChanged(instance);
    this.options.clock.after(this.boots.pendingMs(), () => {
      if (instance.epoch !== epoch) return;
      this.publisher.stateChange(instance.instanceId, 'Created');
      this.lifecycle.boot(instance);
    });
    return instance;
  }

  private async remove(instance: LocalInstance): Promise<void> {
    this.instances.delete(instance.instanceId);
    this.byPlace.delete(`${instance.address}:${instance.servicePort}`);
    this.assistant.interrupt(instance.instanceId);
    await this.lifecycle.discard(instance);
  }

  private reclaimOutbid(): void {
    for (const instance of this.all()) {
      const { zoneId, type, spot } = instance;
      const isOutbid = (): boolean =>
        this.supply.admission.isOutbid(zoneId, type, spot.priceLimitThousandths);
      this.incidents.reclaimWhenOutbid(instance, isOutbid, this.spotNoticeMs);
    }
  }

  private statusChanged(instance: LocalInstance): void {
    if (instance.status !== 'Running') this.assistant.interrupt(instance.instanceId);
    this.publisher.stateChange(instance.instanceId, instance.status);
  }
}
