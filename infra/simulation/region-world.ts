import { POOL_TAG } from '../../shared/domain/ownership-tags';
import { DEFAULT_GROUP, type Target, targetKey } from '../../shared/domain/target';
import { type ManualClock } from '../local/clock';
import { type InstanceView } from '../local/contracts';
import { createInProcessRegion, type InProcessRegion } from '../local/in-process-region';
import { type LocalInstance } from '../local/ecs/local-instance';
import { type GroupReference } from '../local/slb/load-balancer';
import { listenerDefaults } from '../local/slb/listener';
import { type AlidnsModel } from '../local/alidns/model';
import { type InProcessRegionOptions } from '../local/in-process-region';
import { type Dice } from './dice';
import { type GroupTruth, type Ill, type InstanceTruth, type MemberTruth } from './history';
import { type PoolWish } from './setting';

/** A pool as it stands in its region. */
export interface LaidOutPool {
  readonly wish: PoolWish;
  readonly targets: readonly Target[];
  /** Of its first load balancer. */
  readonly address: string;
}

export interface RegionOptions extends Pick<InProcessRegionOptions, 'onCloudEvent' | 'post'> {
  readonly regionId: string;
  /** Position among the regions: ids of load balancers begin with it. */
  readonly index: number;
  readonly clock: ManualClock;
  readonly dice: Dice;
  readonly alidns: AlidnsModel;
  readonly bootMs: number;
}

const LISTENER_PORT = 80;
const SERVICE_PORT = 8080;
/** Use, in permille, up to which an instance answers as fast as ever. */
const BUSY_FROM = 850;

type Sign = (instance: LocalInstance, world: RegionWorld) => boolean;

/** What shows each ill. */
const SIGNS: readonly (readonly [Ill, Sign])[] = [
  [
    'not-running',
    ({ status, zoneId }, world) =>
      status !== 'Running' || world.isDark || world.lostZones.has(zoneId),
  ],
  ['service-down', ({ isServiceUp, faults }) => !isServiceUp || faults.isCrashed],
  ['hung', ({ faults }) => faults.isHung],
  ['errors', ({ faults }) => faults.errorShare > 0],
  ['slow', ({ faults }) => faults.latencyFactor > 1300],
  ['overloaded', ({ instanceId }, { loads }) => (loads.get(instanceId) ?? 0) > BUSY_FROM],
  ['reclaimed', ({ locks }) => locks.length > 0],
  ['maintenance', ({ instanceId }, world) => world.hasMaintenance(instanceId)],
  ['lying', ({ instanceId }, { liars }) => liars.has(instanceId)],
];

/** One region: the local models on virtual time, and what ails the place as a whole. */
export class RegionWorld {
  readonly regionId: string;
  readonly region: InProcessRegion;
  readonly pools: LaidOutPool[] = [];
  /** Use of instances that take traffic, in permille of what they can do. */
  readonly loads = new Map<string, number>();
  readonly lostZones = new Set<string>();
  /** Instances that tell health checks one thing and clients another. */
  readonly liars = new Set<string>();
  readonly flapping = new Set<string>();
  /** The whole region answers nobody. */
  isDark = false;
  /** Nothing here can be probed from inside the VPC, while all is well. */
  isProbingCut = false;
  private readonly index: number;
  private maintained: { readonly at: number; readonly ids: ReadonlySet<string> } | null = null;

  constructor(options: RegionOptions) {
    const { regionId, clock, dice, bootMs, index } = options;
    this.regionId = regionId;
    this.index = index;
    this.region = createInProcessRegion({
      ...{ regionId, clock, alidns: options.alidns },
      seed: dice.between(1, 0x7fffffff),
      idPrefix: `bp${index + 1}`,
      logCapacity: 1, // nobody reads it
      asSeen: (view) => this.asSeen(view),
      usageOf: (instanceId) => this.usageOf(instanceId),
      cmsSettings: { retentionMs: 10 * 60_000 },
      ecsSettings: {
        launchTemplates: [
          {
            name: 'web',
            id: 'lt-web',
            parameters: { ImageId: 'local_image', SecurityGroupId: 'sg-vpc-local' },
          },
        ],
        bootTimes: bootTimes(bootMs),
      },
      ...(options.onCloudEvent && { onCloudEvent: options.onCloudEvent }),
      ...(options.post && { post: options.post }),
    });
  }

  /** Instances, load balancers and listeners as if they had been there for long. */
  async layOut(wish: PoolWish): Promise<void> {
    const { ecs } = this.region;
    const instanceIds: string[] = [];
    for (let index = 0; index < wish.count; index += 1)
      instanceIds.push(
        await ecs.createInstance({
          instanceType: wish.instanceTypes[index % wish.instanceTypes.length] ?? 'ecs.c7.large',
          zoneId: `${this.regionId}-${'ab'[index % 2] ?? 'a'}`,
          isBooted: true,
          isSpot: index % 10 < wish.spotShare / 100,
          tags: wish.isScaled ? { [POOL_TAG]: wish.name } : {},
        }),
      );
    const laid = Array.from({ length: wish.copies }, () => this.balance(instanceIds, wish));
    const targets = laid.map(({ target }) => target);
    this.pools.push({ wish, targets, address: laid[0]?.address ?? '' });
  }

  private balance(
    instanceIds: readonly string[],
    { weights, hasGroups, checkIntervalS }: PoolWish,
  ): { readonly target: Target; readonly address: string } {
    const { slb } = this.region;
    const members = instanceIds.map((serverId, index) => ({
      serverId,
      weight: weights[index % weights.length] ?? 100,
      ...(hasGroups && { port: SERVICE_PORT }),
    }));
    return slb.provision(() => {
      const count = slb.loadBalancers().length;
      const address = `10.${this.index}.0.${count + 1}`;
      const { loadBalancerId } = slb.createLoadBalancer({ address });
      const groupId = hasGroups ? slb.createGroup(loadBalancerId, 'web', members).groupId : null;
      if (groupId === null) slb.addBackends({ kind: 'default', loadBalancerId }, members);
      const defaults = listenerDefaults('http');
      const healthCheck = {
        ...defaults.healthCheck,
        intervalS: checkIntervalS,
        healthyThreshold: 2,
        unhealthyThreshold: 2,
      };
      const backendServerPort = hasGroups ? null : SERVICE_PORT;
      const key = { loadBalancerId, protocol: 'http', port: LISTENER_PORT } as const;
      const settings = { ...defaults, healthCheck, vServerGroupId: groupId, backendServerPort };
      slb.startListener(slb.createListener(key, settings));
      return { target: { loadBalancerId, serverGroupId: groupId ?? DEFAULT_GROUP }, address };
    });
  }

  /** What clients, probes and health checks meet. */
  private asSeen(view: InstanceView): InstanceView {
    if (this.isDark || this.isInLostZone(view.instanceId))
      return { ...view, status: 'Stopped', isServiceUp: false };
    const load = this.loads.get(view.instanceId) ?? 0;
    if (load <= BUSY_FROM) return view;
    const { faults } = view;
    const queueing = 1000 / (1000 - Math.min(load, 950));
    return {
      ...view,
      faults: {
        ...faults,
        latencyFactor: Math.round(faults.latencyFactor * queueing),
        errorShare: Math.max(faults.errorShare, load > 1000 ? 1000 - Math.floor(1e6 / load) : 0),
      },
    };
  }

  private isInLostZone(instanceId: string): boolean {
    return this.lostZones.size > 0 && this.lostZones.has(this.region.ecs.demand(instanceId).zoneId);
  }

  private usageOf(instanceId: string): { cpuPercent: number; connections: number } {
    const load = this.loads.get(instanceId) ?? 0;
    return { cpuPercent: Math.min(100, load / 10), connections: Math.round(load / 20) };
  }

  /** Everything that ails an instance at this instant. */
  illsOf(instance: LocalInstance): readonly Ill[] {
    const ills: Ill[] = [];
    for (const [ill, isSo] of SIGNS) if (isSo(instance, this)) ills.push(ill);
    return ills;
  }

  /** Who has a system event that is not over; looked up once for each instant, as it is asked for everybody at once. */
  hasMaintenance(instanceId: string): boolean {
    const at = this.region.clock.now();
    if (this.maintained?.at !== at) {
      const open = this.region.ecs.systemEvents
        .all()
        .filter(({ cycle }) => cycle === 'Scheduled' || cycle === 'Executing');
      this.maintained = { at, ids: new Set(open.map((event) => event.instanceId)) };
    }
    return this.maintained.ids.has(instanceId);
  }

  truthOf(instance: LocalInstance): InstanceTruth {
    const { instanceId, zoneId, status, isSpot, isServiceUp, createdAt } = instance;
    return {
      ...{ instanceId, regionId: this.regionId, zoneId, status, isSpot, isServiceUp, createdAt },
      ills: this.illsOf(instance),
      tags: new Map(instance.tags),
      load: this.loads.get(instanceId) ?? 0,
    };
  }

  groupTruth(target: Target): GroupTruth {
    const { slb, health } = this.region;
    const { loadBalancerId, serverGroupId } = target;
    const listeners = slb
      .listenersOf(loadBalancerId)
      .filter(({ settings }) => (settings.vServerGroupId ?? DEFAULT_GROUP) === serverGroupId);
    const shown = listeners.map((listener) =>
      slb.route(listener).map(health.shownBehind(listener)),
    );
    const members = slb.backends(referenceOf(target)).map(({ serverId, weight }, index) => ({
      instanceId: serverId,
      weight,
      health: healthOf(
        listeners,
        shown.map((each) => each[index] ?? null),
      ),
    }));
    const listenerPorts = listeners.map(({ port }) => port);
    return { targetKey: targetKey(target), ...target, listenerPorts, members };
  }
}

type Shown = MemberTruth['health'][number];

/** By what was shown at which ports: an object whose names are ports is a large one, and nearly all members are alike. */
const healthByText = new Map<string, MemberTruth['health']>();

function healthOf(
  listeners: readonly { readonly port: number }[],
  shown: readonly (Shown | null)[],
): MemberTruth['health'] {
  const key = listeners.map(({ port }, index) => `${port} ${shown[index] ?? ''}`).join();
  const health =
    healthByText.get(key) ??
    Object.fromEntries(
      listeners.flatMap(({ port }, index) => {
        const one = shown[index] ?? null;
        return one === null ? [] : [[port, one]];
      }),
    );
  healthByText.set(key, health);
  return health;
}

export const referenceOf = ({ loadBalancerId, serverGroupId }: Target): GroupReference =>
  serverGroupId === DEFAULT_GROUP
    ? { kind: 'default', loadBalancerId }
    : { kind: 'group', groupId: serverGroupId };

const bootTimes = (bootMs: number) => {
  const range = (share: number) => ({
    minMs: Math.round(bootMs * share * 0.6),
    maxMs: Math.round(bootMs * share),
  });
  return { pending: range(0.05), running: range(0.35), guest: range(0.2), service: range(0.4) };
};
