import { ManualClock } from '../../local/clock';
import { createInProcessRegion, type InProcessRegion } from '../../local/in-process-region';
import { SimulatedProber } from '../../local/ecs/simulated-prober';
import { seededRandom } from '../../local/seeded-random';
import { createListenerSettings } from '../../local/slb/listener-parameters';
import { MemoryStateStore } from '../../../shared/adapters/memory/memory-state-store';
import { MemoryTickArchive } from '../../../shared/adapters/memory/memory-tick-archive';
import { type GatheredReads } from '../../../shared/adapters/gathered-reads';
import { productionPorts } from '../../../shared/adapters/production';
import { loadPolicy } from '../../../shared/config/load-policy';
import { type CallQuotas } from '../../../shared/domain/call-budget';
import { type PoolPolicy } from '../../../shared/domain/policy';
import { DEFAULT_GROUP, type Target } from '../../../shared/domain/target';
import { type Tick } from '../../../shared/domain/tick';
import { instant, type Millis } from '../../../shared/domain/units';
import { type Clock } from '../../../shared/ports/clock';
import { type Ports } from '../../../shared/ports/ports';
import { type StateStore } from '../../../shared/ports/state-store';

/** Backends that a load balancer may have. */
const PER_LOAD_BALANCER = 200;
const SEED = 7;
const PLENTY = 1_000_000_000;
const QUOTAS: CallQuotas = {
  ...{ loadBalancerReads: PLENTY, loadBalancerWrites: PLENTY, instanceReads: PLENTY },
  ...{ instanceWrites: PLENTY, metricReads: PLENTY, dnsReads: PLENTY, dnsWrites: PLENTY },
};
const quota = { count: PLENTY, periodMs: 60_000 };
const perProduct = { Slb: quota, Ecs: quota, Cms: quota, Alidns: quota };

export interface FleetSize {
  readonly pools: number;
  /** Backends of each pool. */
  readonly backends: number;
}

/**
 * Pools behind load balancers of their own with the real adapters and loop, and one store, in between. The models look through all that
 * they hold now and then, so that they stand in parts of some pools each: it is not they who are measured.
 */
export interface FleetWorld {
  readonly clock: Clock;
  readonly store: StateStore;
  readonly policies: readonly PoolPolicy[];
  /** Ports of a pool; those of one worker ask about their instances together. */
  readonly portsOf: (policy: PoolPolicy, gathered?: GatheredReads) => Ports;
  /** Lets time pass until the work is done. */
  readonly during: <T>(work: Promise<T>) => Promise<T>;
  /** By API, so far. */
  readonly calls: () => Readonly<Record<string, number>>;
  /** The models keep what they were asked; that is not the product’s. */
  readonly forgetCalls: () => void;
}

const POOLS_PER_PART = 60;

/** The loop's clock: whoever sleeps wakes when somebody lets the time pass. */
const clockOf = (manual: ManualClock): Clock => ({
  now: () => instant(manual.now()),
  sleep: (span: Millis) =>
    span <= 0 ? Promise.resolve() : new Promise((resolve) => void manual.after(span, resolve)),
});

export async function createFleetWorld({ pools, backends }: FleetSize): Promise<FleetWorld> {
  const parts: Part[] = [];
  for (let first = 0; first < pools; first += POOLS_PER_PART)
    parts.push(await createPart(first, Math.min(pools, first + POOLS_PER_PART), backends));
  const partOf = new Map(
    parts.flatMap((part) => part.policies.map(({ name }) => [name, part] as const)),
  );
  const manual = new ManualClock(parts[0]?.region.clock.now());
  const clock = clockOf(manual);
  const store = new MemoryStateStore(clock);
  const archive = new MemoryTickArchive<Tick>({ ticksMax: 1 });
  const portsOf: FleetWorld['portsOf'] = ({ mode, name: poolName }, gathered) => {
    const part = partOf.get(poolName);
    if (part === undefined) throw new Error(`There is no pool ${poolName}.`);
    const { rpc, ecs: directory, regionId } = part.region;
    const random = seededRandom(SEED);
    return productionPorts({
      ...{ regionId, mode, poolName, gathered, accountId: '1', callsPerMinute: QUOTAS },
      store: { kind: 'given', store },
      archive: { kind: 'given', archive },
      ...{ rpc, clock, random: { next: random } },
      prober: new SimulatedProber({ directory, clock, random }),
      log: { info: silent, warn: silent, error: silent },
    });
  };
  return {
    ...{ clock, store, portsOf },
    policies: parts.flatMap(({ policies }) => policies),
    during: (work) => passWhile(work, manual),
    calls: () => sumOfAll(parts.map(({ region }) => region.requestLog.counts())),
    forgetCalls: () => parts.forEach(({ region }) => region.requestLog.clear()),
  };
}

const silent = (): void => undefined;

interface Part {
  readonly region: InProcessRegion;
  readonly policies: readonly PoolPolicy[];
}

/** Pools `first` up to `end`, their health as it is after a while. */
async function createPart(first: number, end: number, backends: number): Promise<Part> {
  const region = createInProcessRegion({
    ...{ seed: SEED + first, regionId: 'cn-hangzhou', idPrefix: `p${first}` },
    throttle: { reads: perProduct, writes: perProduct, exceptions: {}, saysRetryAfter: false },
    cmsSettings: { freeCallsPerMonth: PLENTY },
  });
  const ordinary = ordinaryPolicy();
  const policies: PoolPolicy[] = [];
  for (let index = first; index < end; index += 1)
    policies.push({
      ...ordinary,
      name: `pool-${index}`,
      targets: await layOut(region, backends),
    });
  await region.clock.advance(SETTLED_MS);
  region.stop();
  return { region, policies };
}

/** The first checks are through, and the first metrics are to be read. */
const SETTLED_MS = 130_000;

const sumOfAll = (
  counts: readonly Readonly<Record<string, number>>[],
): Readonly<Record<string, number>> => {
  const sums: Record<string, number> = {};
  for (const one of counts)
    for (const [api, count] of Object.entries(one)) sums[api] = (sums[api] ?? 0) + count;
  return sums;
};

const STEP_MS = 250;

async function passWhile<T>(work: Promise<T>, manual: ManualClock): Promise<T> {
  const state: { isOver: boolean } = { isOver: false };
  const end = (): void => void (state.isOver = true);
  work.then(end, end);
  while (!state.isOver) await manual.advance(STEP_MS);
  return work;
}

/** An ordinary pool of the defaults, probed and in `enforce`. */
function ordinaryPolicy(): PoolPolicy {
  const pool = {
    ...{ name: 'pool', mode: 'enforce', targets: [{ loadBalancer: 'lb-unset' }] },
    heal: { probe: { path: '/' } },
  };
  const text = JSON.stringify({ version: 1, region: 'cn-hangzhou', pools: [pool] });
  const loaded = loadPolicy(text, 'bench.json');
  const [policy] = loaded.kind === 'ok' ? loaded.policy.pools : [];
  if (policy === undefined) throw new Error(`The policy is invalid: ${JSON.stringify(loaded)}`);
  return policy;
}

/** The pool's instances behind as many load balancers as they need. */
async function layOut({ ecs, slb }: InProcessRegion, count: number): Promise<readonly Target[]> {
  const targets: Target[] = [];
  for (let first = 0; first < count; first += PER_LOAD_BALANCER) {
    const inputs: { readonly serverId: string; readonly weight: number }[] = [];
    for (let index = first; index < Math.min(count, first + PER_LOAD_BALANCER); index += 1)
      inputs.push({
        serverId: await ecs.createInstance({ instanceType: 'ecs.c7.large', isBooted: true }),
        weight: 100,
      });
    targets.push(
      slb.provision(() => {
        const { loadBalancerId } = slb.createLoadBalancer();
        slb.addBackends({ kind: 'default', loadBalancerId }, inputs);
        const listener = slb.createListener(
          { loadBalancerId, protocol: 'http', port: 80 },
          createListenerSettings('http', { HealthCheck: 'on', BackendServerPort: '8080' }),
        );
        slb.startListener(listener);
        return { loadBalancerId, serverGroupId: DEFAULT_GROUP };
      }),
    );
  }
  return targets;
}
