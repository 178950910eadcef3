import { type NamePolicy } from '../../shared/domain/failover/name-policy';
import { AlidnsModel } from '../local/alidns/model';
import { ManualClock } from '../local/clock';
import { type CloudEvent } from '../local/cms/system-event';
import { Chronicle } from './chronicle';
import { type Cosmos, type Disguise } from './cosmos';
import { Deployment } from './deployment';
import { Dice } from './dice';
import { planFaults } from './faults/all-faults';
import { Field } from './faults/field';
import { httpCall, ring } from './faults/forgeries';
import { fleetOf } from './fleet-of';
import { ALARM_SECRET, handlerOf } from './handlers';
import { type Checker, type WorldView } from './history';
import { installAlarms } from './install-alarms';
import { layOutName, trafficShares } from './name-world';
import { RegionWorld } from './region-world';
import { type Setting } from './setting';
import { deadSitesOf } from './site-looks';
import { Traffic } from './traffic';
import { ModelView } from './world-view';

const MINUTE_MS = 60_000;

/** A view of what is laid out only later. */
const laterView = (view: () => ModelView): WorldView => ({
  now: () => view().now(),
  get pools() {
    return view().pools;
  },
  pool: (name) => view().pool(name),
  instances: (regionId) => view().instances(regionId),
  instance: (regionId, instanceId) => view().instance(regionId, instanceId),
  get names() {
    return view().names;
  },
  name: (name) => view().name(name),
  isDark: (regionId) => view().isDark(regionId),
});
/** Traffic is laid on the instances right before CloudMonitor looks at them. */
const BEFORE_SAMPLE_MS = 1_000;
const SETTLE_MS = 90_000;

/**
 * A whole world from one seed: regions with pools under load, our functions over them, and everything that may go wrong. Time is moved by
 * whoever holds it; nothing in it looks at the machine’s clock or rolls the machine’s dice.
 */
export class Universe {
  readonly chronicle: Chronicle;
  readonly cosmos: Cosmos;
  private readonly setting: Setting;
  private readonly regions = new Map<string, RegionWorld>();
  private deployments: readonly Deployment[] = [];
  private field: Field | null = null;
  private names: readonly NamePolicy[] = [];

  constructor(setting: Setting, checkers: readonly Checker[], disguise: Disguise = {}) {
    this.setting = setting;
    this.chronicle = new Chronicle(checkers);
    const clock = new ManualClock(setting.startAt);
    const dice = new Dice(setting.seed);
    const { regions, chronicle } = this;
    const view = laterView(() => this.view());
    this.cosmos = {
      ...{ setting, clock, dice, chronicle, view, regions, disguise },
      traffic: new Traffic(dice.split('traffic')),
      alidns: new AlidnsModel({ clock }),
      troubles: new Map(),
      cutVantages: new Set(),
      phase: 'faults',
      invoke: async (regionId, functionName, payload) =>
        this.deploymentIn(regionId).run(functionName, payload),
    };
  }

  private known: ModelView | null = null;

  private view(): ModelView {
    const policies = this.deployments[0]?.fleet.pools ?? [];
    const { clock, traffic, alidns } = this.cosmos;
    this.known ??= new ModelView({
      ...{ regions: this.regions, policies, names: this.names, alidns, traffic },
      now: () => clock.now(),
      deadSites: (policy) => deadSitesOf(this.cosmos, policy),
    });
    return this.known;
  }

  private deploymentIn(regionId: string): Deployment {
    const found = this.deployments.find((one) => one.regionId === regionId);
    if (found === undefined) throw new Error(`Nothing of ours is deployed in ${regionId}.`);
    return found;
  }

  /** Lays everything out; nothing has happened yet. */
  async begin(): Promise<void> {
    await this.layOutRegions();
    const worlds = [...this.regions.values()];
    this.deploy(worlds);
    if (this.setting.hasAlarms) for (const world of worlds) await installAlarms(world);
    for (const deployment of this.deployments) this.startTimer(deployment);
    this.startMinutes();
    for (const world of worlds) this.watchStates(world);
    await this.start();
  }

  private async layOutRegions(): Promise<void> {
    const { setting, cosmos } = this;
    const { clock, dice, alidns } = cosmos;
    const others = setting.name === null ? [] : ['cn-hongkong', 'cn-chengdu'];
    for (const [index, regionId] of [...setting.regionIds, ...others].entries())
      this.regions.set(
        regionId,
        new RegionWorld({
          ...{ regionId, index, clock, alidns, bootMs: setting.bootMs },
          dice: dice.split(`region ${regionId}`),
          onCloudEvent: (event) => this.receive(regionId, event),
          post: async (request) => this.answer(regionId, request.body),
        }),
      );
    for (const wish of setting.pools) await this.regions.get(wish.regionId)?.layOut(wish);
  }

  private deploy(worlds: readonly RegionWorld[]): void {
    const { setting, cosmos } = this;
    const { alidns } = cosmos;
    const places = setting.name === null ? setting.regionIds.slice(0, 1) : [...this.regions.keys()];
    this.deployments = places.map((regionId) => {
      const { fleet, hash: policyHash } = fleetOf(regionId, worlds, setting);
      return new Deployment({ cosmos, regionId, fleet, policyHash, handlerOf });
    });
    this.names = this.deployments[0]?.fleet.names ?? [];
    for (const policy of this.names) layOutName(alidns, policy, setting.name?.lines ?? []);
    cosmos.traffic.shareOf = (poolName) => trafficShares(cosmos.view, poolName);
  }

  private async start(): Promise<void> {
    const { setting, cosmos } = this;
    const { clock } = cosmos;
    this.chronicle.tell({
      ...{ kind: 'began', at: clock.now(), seed: setting.seed, secrets: [ALARM_SECRET] },
      ...{ calmAt: setting.calmAt, endsAt: setting.endsAt, timerMs: setting.timerMs },
    });
    this.chronicle.tell({ kind: 'phase', at: clock.now(), phase: 'faults' });
    this.flow();
    await clock.advance(SETTLE_MS);
    this.field = new Field(cosmos, this.deployments);
    planFaults(this.field);
  }

  /** Moves time. */
  async advance(ms: number): Promise<void> {
    const { clock, phase } = this.cosmos;
    const untilCalm = this.setting.calmAt - clock.now();
    if (phase === 'faults' && untilCalm <= ms) {
      await clock.advance(Math.max(0, untilCalm));
      this.calm();
      await clock.advance(ms - Math.max(0, untilCalm));
      return;
    }
    await clock.advance(ms);
  }

  /** Whatever was wrong is put right, and stays so; what our own functions have begun goes on. */
  private calm(): void {
    const { cosmos, chronicle } = this;
    cosmos.phase = 'calm';
    cosmos.troubles.clear();
    cosmos.traffic.peaks = [];
    cosmos.traffic.isEasy = true;
    this.field?.endAll();
    for (const { region, liars } of this.regions.values()) {
      liars.clear();
      for (const { instanceId, status } of region.ecs.all())
        if (status === 'Running') void region.ecs.clearFaults(instanceId);
    }
    chronicle.tell({ kind: 'phase', at: cosmos.clock.now(), phase: 'calm' });
  }

  /** Nothing goes on any more. Only of a run that was whole it can be said what did not come. */
  end(isWhole: boolean): void {
    this.chronicle.finish(isWhole);
    for (const deployment of this.deployments) deployment.cut();
    for (const { region } of this.regions.values()) region.stop();
  }

  private startTimer(deployment: Deployment): void {
    const { clock, dice } = this.cosmos;
    const offsetMs = dice.split(`timer ${deployment.regionId}`).between(0, 50_000);
    const tick = (): void => {
      clock.after(this.setting.timerMs, tick);
      const payload = { triggerTime: new Date(clock.now()).toISOString(), triggerName: 'minute' };
      deployment.deliver(() => {
        if (!deployment.isDark) void ring(deployment, 'on-timer', payload, false);
      });
    };
    clock.after(offsetMs, tick);
  }

  private startMinutes(): void {
    const { clock } = this.cosmos;
    const sinceMinute = clock.now() % MINUTE_MS;
    const tick = (): void => {
      clock.after(MINUTE_MS, tick);
      this.flow();
    };
    clock.after(MINUTE_MS - sinceMinute - BEFORE_SAMPLE_MS, tick);
  }

  /** A reboot may begin and end within one minute: who judges sees every state, once the call that led to it has been told. */
  private watchStates({ region }: RegionWorld): void {
    let isDue = false;
    region.ecs.onEvent(({ name }) => {
      if (name !== 'Instance:StateChange' || isDue) return;
      isDue = true;
      this.cosmos.clock.after(0, () => {
        isDue = false;
        this.tellWorld();
      });
    });
  }

  private flow(): void {
    const { clock, traffic } = this.cosmos;
    for (const world of this.regions.values()) traffic.flow(world, clock.now(), MINUTE_MS);
    this.tellWorld();
  }

  private tellWorld(): void {
    const { clock, view, chronicle } = this.cosmos;
    chronicle.tell({ kind: 'world', at: clock.now(), world: view });
  }

  /** The deployment that hears of what happens in a region. */
  private earOf(regionId: string): Deployment | undefined {
    return (
      this.deployments.find((one) => one.regionId === regionId) ??
      (this.setting.name === null ? this.deployments[0] : undefined)
    );
  }

  private receive(regionId: string, event: CloudEvent): void {
    const deployment = this.earOf(regionId);
    if (deployment === undefined || deployment.isDark) return;
    deployment.deliver(() => {
      if (!deployment.isDark) void ring(deployment, 'on-event', event, false);
    });
  }

  private async answer(regionId: string, body: string): Promise<number> {
    const deployment = this.earOf(regionId);
    if (deployment === undefined || deployment.isDark) throw new Error('nobody answers');
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return ring(deployment, 'on-alarm', httpCall(`/${ALARM_SECRET}`, body, headers), false);
  }
}
