import { createInProcessRegion, type InProcessRegion } from '../../infra/local/in-process-region';
import { SimulatedProber } from '../../infra/local/ecs/simulated-prober';
import { seededRandom } from '../../infra/local/seeded-random';
import { createListenerSettings } from '../../infra/local/slb/listener-parameters';
import { productionPorts } from '../../shared/adapters/production';
import { MemoryStateStore } from '../../shared/adapters/memory/memory-state-store';
import { MemoryTickArchive } from '../../shared/adapters/memory/memory-tick-archive';
import { type Alert } from '../../shared/domain/proposal';
import { type Mode, type PoolPolicy } from '../../shared/domain/policy';
import { DEFAULT_GROUP, type Target } from '../../shared/domain/target';
import { type Tick, type Wake } from '../../shared/domain/tick';
import { type Instant, instant, millis } from '../../shared/domain/units';
import { type Ports } from '../../shared/ports/ports';
import { type StateStore } from '../../shared/ports/state-store';
import { type WatchSlots } from '../../shared/watch-slots';
import { workPool, type WorkResult } from '../../shared/work-pool';
import { aPolicy, type PolicyParts } from './builders';
import { VirtualClock } from './virtual-clock';

export interface WorldOptions {
  readonly count: number;
  readonly seed?: number;
  readonly policy?: PolicyParts & { readonly mode?: Mode; readonly watch?: PoolPolicy['watch'] };
  /** Groups that every instance stands in: the load balancers' default groups unless `vserver`. */
  readonly groups?: 'default' | 'vserver';
  /** Load balancers that every instance stands behind; a pool of more than 200 is spread over more of them. Default 1. */
  readonly copies?: number;
  readonly weightOf?: (index: number) => number;
  readonly tagsOf?: (index: number) => Readonly<Record<string, string>>;
  readonly store?: StateStore;
  /** Load of each instance that is up. */
  readonly usageOf?: NonNullable<Parameters<typeof createInProcessRegion>[0]>['usageOf'];
  /** What the region’s ECS has and how it behaves: stock, templates, boot times. */
  readonly ecsSettings?: NonNullable<Parameters<typeof createInProcessRegion>[0]>['ecsSettings'];
}

/** Writes to the cloud, as the region counted them. */
const WRITES = [
  'Slb.SetBackendServers',
  'Slb.SetVServerGroupAttribute',
  'Slb.AddBackendServers',
  'Slb.AddVServerGroupBackendServers',
  'Slb.RemoveBackendServers',
  'Slb.RemoveVServerGroupBackendServers',
  'Ecs.TagResources',
  'Ecs.UntagResources',
  'Ecs.RunCommand',
  'Ecs.RebootInstances',
  'Ecs.RunInstances',
  'Ecs.StartInstances',
  'Ecs.StopInstances',
  'Ecs.DeleteInstances',
];
const BACKENDS_PER_LOAD_BALANCER = 200;

/** A pool of simulated instances behind simulated load balancers, with the real adapters in between and time that is moved by hand. */
export interface World {
  readonly region: InProcessRegion;
  readonly clock: VirtualClock;
  readonly store: StateStore;
  readonly archive: MemoryTickArchive;
  readonly policy: PoolPolicy;
  readonly instanceIds: readonly string[];
  readonly ports: Ports;
  readonly alerts: readonly (Alert & { readonly at: Instant })[];
  readonly logged: readonly string[];
  /** Every tick so far. */
  readonly ticks: readonly Tick[];
  /** One wake-up; the worker takes one look unless `mayWatch`. */
  readonly work: (
    more?: Partial<{
      ports: Ports;
      mayWatch: boolean;
      spanMs: number;
      holder: string;
      source: Wake['source'];
      policy: PoolPolicy;
      watchSlots: WatchSlots;
    }>,
  ) => Promise<WorkResult>;
  /** One look, which must come about. */
  readonly tick: () => Promise<Tick>;
  readonly pass: (ms: number) => Promise<void>;
  readonly weights: () => Readonly<Record<string, number>>;
  readonly weightOf: (instanceId: string) => number;
  /** A person's change in the console. */
  readonly setWeight: (instanceId: string, weight: number) => Promise<void>;
  readonly tagsOf: (instanceId: string) => ReadonlyMap<string, string>;
  readonly setTag: (instanceId: string, key: string, value: string) => void;
  /** The store is gone with all that was in it, leases included; an empty one is there instead. */
  readonly loseStore: () => void;
  readonly writes: () => number;
  readonly calls: (api: string) => number;
  readonly stop: () => void;
}

interface Place {
  readonly target: Target;
  readonly members: readonly string[];
}

export async function createWorld(options: WorldOptions): Promise<World> {
  const { count, seed = 1 } = options;
  const region = createInProcessRegion({
    seed,
    regionId: 'cn-hangzhou',
    ...(options.ecsSettings && { ecsSettings: options.ecsSettings }),
    ...(options.usageOf && { usageOf: options.usageOf }),
  });
  const instanceIds: string[] = [];
  for (let index = 0; index < count; index += 1)
    instanceIds.push(
      await region.ecs.createInstance({
        instanceType: 'ecs.c7.large',
        isBooted: true,
        tags: options.tagsOf?.(index) ?? {},
      }),
    );
  const places = layOut(region, instanceIds, options);
  await region.clock.advance(30_000);
  const clock = new VirtualClock(region.clock);
  let present: StateStore = options.store ?? new MemoryStateStore(clock);
  const store = new Proxy({} as StateStore, {
    get: (_, method: keyof StateStore) =>
      (present[method] as (...parameters: unknown[]) => unknown).bind(present),
  });
  const archive = new MemoryTickArchive();
  const alerts: (Alert & { at: Instant })[] = [];
  const logged: string[] = [];
  const note = (message: string, fields: object = {}): void =>
    void logged.push(`${message} ${JSON.stringify(fields)}`);
  const random = seededRandom(seed + 7);
  const policy: PoolPolicy = {
    ...aPolicy({ ...options.policy, targets: places.map(({ target }) => target) }),
    ...(options.policy?.mode && { mode: options.policy.mode }),
    ...(options.policy?.watch && { watch: options.policy.watch }),
  };
  const ports: Ports = {
    ...productionPorts({
      regionId: region.regionId,
      mode: policy.mode,
      store: { kind: 'given', store },
      archive: { kind: 'given', archive },
      rpc: region.rpc,
      clock,
      random: { next: random },
      log: { info: note, warn: note, error: note },
      prober: new SimulatedProber({
        directory: region.ecs,
        clock,
        random: seededRandom(seed + 13),
      }),
    }),
    alerts: {
      raise: (_pool, alert) =>
        Promise.resolve(void alerts.push({ ...(alert as Alert), at: clock.now() })),
    },
  };
  const ticks: Tick[] = [];
  let ids = 0;
  const work: World['work'] = (more = {}) =>
    workPool({
      policy: more.policy ?? policy,
      policyHash: 'test-policy',
      wake: { source: more.source ?? 'timer', detail: 'test', at: clock.now() },
      deadline: instant(clock.now() + (more.spanMs ?? 55_000)),
      holder: more.holder ?? 'worker-1',
      newTickId: () => `tick-${String((ids += 1)).padStart(5, '0')}`,
      ports: more.ports ?? ports,
      mayWatch: more.mayWatch ?? false,
      watchSlots: more.watchSlots,
      onTick: (tick) => void ticks.push(tick),
    });
  const backends = (): readonly { readonly serverId: string; readonly weight: number }[] =>
    places.flatMap(({ target }) => region.slb.backends(reference(target)));
  return {
    ...{ region, clock, store, archive, policy, instanceIds, ports, alerts, logged, ticks, work },
    async tick() {
      const before = ticks.length;
      const result = await work();
      const tick = ticks.at(-1);
      if (ticks.length === before || tick === undefined)
        throw new Error(`No tick came about: ${JSON.stringify(result)}`);
      return tick;
    },
    pass: (ms) => clock.sleep(millis(ms)),
    weights: () =>
      Object.fromEntries(
        places.flatMap(({ target }, index) =>
          region.slb
            .backends(reference(target))
            .map(({ serverId, weight }) => [`${index}/${serverId}`, weight]),
        ),
      ),
    weightOf: (instanceId) => backends().find(({ serverId }) => serverId === instanceId)!.weight,
    setWeight: async (instanceId, weight) => {
      await clock.sleep(millis(400)); // whatever is being applied comes first
      for (const { target, members } of places)
        if (members.includes(instanceId))
          region.slb.setBackends(reference(target), [
            {
              serverId: instanceId,
              weight,
              ...(target.serverGroupId === DEFAULT_GROUP ? {} : { port: 8080 }),
            },
          ]);
      await clock.sleep(millis(400));
    },
    tagsOf: (instanceId) => region.ecs.demand(instanceId).tags,
    setTag: (instanceId, key, value) => void region.ecs.demand(instanceId).tags.set(key, value),
    loseStore: () => void (present = new MemoryStateStore(clock)),
    writes: () => WRITES.reduce((sum, api) => sum + (region.requestLog.counts()[api] ?? 0), 0),
    calls: (api) => region.requestLog.counts()[api] ?? 0,
    stop: () => region.stop(),
  };
}

const reference = ({
  loadBalancerId,
  serverGroupId,
}: Target): { kind: 'default'; loadBalancerId: string } | { kind: 'group'; groupId: string } =>
  serverGroupId === DEFAULT_GROUP
    ? { kind: 'default', loadBalancerId }
    : { kind: 'group', groupId: serverGroupId };

function layOut(
  { slb }: InProcessRegion,
  instanceIds: readonly string[],
  options: WorldOptions,
): readonly Place[] {
  const { copies = 1, groups = 'default', weightOf = () => 100 } = options;
  const chunks = Array.from(
    { length: Math.ceil(instanceIds.length / BACKENDS_PER_LOAD_BALANCER) },
    (_, index) =>
      instanceIds.slice(
        index * BACKENDS_PER_LOAD_BALANCER,
        (index + 1) * BACKENDS_PER_LOAD_BALANCER,
      ),
  );
  return slb.provision(() =>
    Array.from({ length: copies }, () => chunks)
      .flat()
      .map((members): Place => {
        const { loadBalancerId } = slb.createLoadBalancer();
        const inputs = members.map((serverId) => ({
          serverId,
          weight: weightOf(instanceIds.indexOf(serverId)),
          ...(groups === 'vserver' && { port: 8080 }),
        }));
        const groupId =
          groups === 'vserver' ? slb.createGroup(loadBalancerId, 'web', inputs).groupId : null;
        if (groupId === null) slb.addBackends({ kind: 'default', loadBalancerId }, inputs);
        const settings = createListenerSettings('http', {
          HealthCheck: 'on',
          HealthCheckInterval: '2',
          HealthyThreshold: '2',
          UnhealthyThreshold: '2',
          BackendServerPort: '8080',
          ...(groupId !== null && { VServerGroupId: groupId }),
        });
        const listener = slb.createListener(
          { loadBalancerId, protocol: 'http', port: 80 },
          settings,
        );
        slb.startListener(listener);
        return { target: { loadBalancerId, serverGroupId: groupId ?? DEFAULT_GROUP }, members };
      }),
  );
}
