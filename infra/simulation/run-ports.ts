import { Alidns } from '../../shared/adapters/alicloud/alidns';
import { RetryingRpc } from '../../shared/adapters/alicloud/retrying-rpc';
import { type Rpc } from '../../shared/adapters/alicloud/rpc';
import { FunctionRegionPools } from '../../shared/adapters/function-compute/region-pools';
import { FunctionVantages } from '../../shared/adapters/function-compute/vantages';
import { productionPorts } from '../../shared/adapters/production';
import { StoreClock } from '../../shared/adapters/system/store-clock';
import { type NamePolicy } from '../../shared/domain/failover/name-policy';
import { type NameTick } from '../../shared/domain/failover/name-tick';
import { type PoolPolicy } from '../../shared/domain/policy';
import { type Tick } from '../../shared/domain/tick';
import { instant } from '../../shared/domain/units';
import { type Alerts } from '../../shared/ports/alerts';
import { type Clock } from '../../shared/ports/clock';
import { type FunctionInvoker } from '../../shared/ports/function-invoker';
import { type Log } from '../../shared/ports/log';
import { type NamePorts } from '../../shared/ports/name-ports';
import { type Ports } from '../../shared/ports/ports';
import { type TickArchive, type TickDigest } from '../../shared/ports/tick-archive';
import { SimulatedProber } from '../local/ecs/simulated-prober';
import { type Deployment } from './deployment';
import { type FunctionRun } from './function-run';
import { type RegionWorld } from './region-world';
import { ToldRpc } from './told-rpc';
import { UnreliableRpc } from './unreliable-rpc';

const clocks = new WeakMap<FunctionRun, StoreClock>();

/** The clock of one process: wrong by as much as its deployment’s is, unless it asks, and never heard of again once it is dead. */
export function clockOf(deployment: Deployment, run: FunctionRun): StoreClock {
  const known = clocks.get(run);
  if (known !== undefined) return known;
  const { trueClock } = deployment;
  const wall: Clock = {
    now: () => instant(trueClock.now() + deployment.skewMs),
    sleep: async (span) => run.life.step(async () => trueClock.sleep(span)),
  };
  const clock = new StoreClock({ wall, elapsed: () => trueClock.now() });
  clocks.set(run, clock);
  return clock;
}

/** The real adapters over the simulated cloud, for one run of a worker on one pool. */
export function poolPorts(
  deployment: Deployment,
  run: FunctionRun,
  { regionId, mode }: Pick<PoolPolicy, 'regionId' | 'mode'>,
  log: Log,
): Ports {
  const { cosmos } = deployment;
  const world = worldOf(deployment, regionId);
  const clock = clockOf(deployment, run);
  const random = { next: () => run.dice.next() };
  const prober = new SimulatedProber({
    ...{ clock, random: random.next },
    directory: {
      find: (instanceId) => world.region.directory.find(instanceId),
      findByAddress: (address, port) =>
        world.isProbingCut ? undefined : world.region.directory.findByAddress(address, port),
    },
  });
  const ports = productionPorts({
    ...{ regionId, mode, clock, random, log, prober, rpc: rpcOf(deployment, run, world) },
    store: { kind: 'given', store: deployment.store.facade(run.runId, run.life, clock) },
    archive: { kind: 'given', archive: archiveOf<Tick>(deployment, run) },
    metricWindowMs: 60_000,
  });
  const told = { ...ports, alerts: alertsOf(deployment, run) };
  return cosmos.disguise.ports?.(told) ?? told;
}

/** The same for a public name. */
export function namePorts(
  deployment: Deployment,
  run: FunctionRun,
  _policy: NamePolicy,
  log: Log,
): NamePorts {
  const { cosmos } = deployment;
  const clock = clockOf(deployment, run);
  const random = { next: () => run.dice.next() };
  const rpc = rpcOf(deployment, run, worldOf(deployment, deployment.regionId));
  const invokerFor = (regionId: string): FunctionInvoker => ({
    enqueue: async () => Promise.reject(new Error('Nobody enqueues in another region.')),
    call: async (functionName, payload) =>
      run.life.step(async () => cosmos.invoke(regionId, functionName, payload)),
  });
  const ports: NamePorts = {
    dns: new Alidns({ rpc: new RetryingRpc({ rpc, clock, random }), clock, random }),
    vantages: new FunctionVantages({ clock, invokerFor, functionName: 'probe' }),
    regionPools: new FunctionRegionPools({ clock, invokerFor, functionName: 'operator' }),
    store: deployment.store.facade(run.runId, run.life, clock),
    archive: archiveOf<NameTick>(deployment, run),
    alerts: alertsOf(deployment, run),
    ...{ clock, log, writes: 'real' },
  };
  return cosmos.disguise.namePorts?.(ports) ?? ports;
}

function worldOf({ cosmos }: Deployment, regionId: string): RegionWorld {
  const world = cosmos.regions.get(regionId);
  if (world === undefined) throw new Error(`There is no region ${regionId}.`);
  return world;
}

function rpcOf(deployment: Deployment, run: FunctionRun, world: RegionWorld): Rpc {
  const { cosmos } = deployment;
  const { chronicle, clock, view, setting, troubles } = cosmos;
  const own = clockOf(deployment, run);
  const rpc = new UnreliableRpc({
    rpc: new ToldRpc(cosmos, world, { who: 'ours', runId: run.runId }),
    clock: {
      now: () => own.now(),
      sleep: async (span) => deployment.trueClock.sleep(span),
    },
    now: () => clock.now(),
    troubles: () => troubles.get(world.regionId) ?? [],
    isDark: () => world.isDark,
    onStrike: (fault, action) =>
      chronicle.tell({
        ...{ kind: 'fault', at: clock.now(), fault, regionId: world.regionId },
        ...{ subject: action, world: view },
      }),
    callMs: setting.callMs,
    dice: run.dice.split('calls'),
  });
  return {
    call: async (request, options) => run.life.step(async () => rpc.call(request, options)),
  };
}

const alertsOf = ({ cosmos, regionId }: Deployment, { life, runId }: FunctionRun): Alerts => ({
  raise: async (subject, alert) =>
    life.step(async () => {
      const { chronicle, clock } = cosmos;
      chronicle.tell({ kind: 'alert', at: clock.now(), regionId, runId, subject, alert });
      return Promise.resolve();
    }),
});

/** Nobody asks it later: what reaches it is told. */
const archiveOf = <T extends Tick | NameTick>(
  { cosmos, regionId }: Deployment,
  { life, runId }: FunctionRun,
): TickArchive<T> => ({
  append: async (digest, tick) =>
    life.step(async () => {
      const { chronicle, clock, view } = cosmos;
      const place = { at: clock.now(), regionId, runId };
      chronicle.ticks += 1;
      if (tick !== null) {
        countDone(tick, (kind) => chronicle.actions.add(kind));
        if (isNameTick(tick)) chronicle.tell({ kind: 'name-tick', ...place, tick, world: view });
        else chronicle.tell({ kind: 'tick', ...place, tick, world: view });
      }
      const { tickId, isWhole } = digest;
      chronicle.tell({ kind: 'archived', ...place, tickId, isWhole });
      return Promise.resolve();
    }),
  list: async () => Promise.resolve<readonly TickDigest[]>([]),
  read: async () => Promise.resolve(null),
});

const isNameTick = (tick: Tick | NameTick): tick is NameTick => 'kind' in tick;

function countDone({ plan, outcome }: Tick | NameTick, count: (kind: string) => void): void {
  const done = new Set(
    outcome.steps.filter(({ result }) => result.kind === 'done').map(({ stepId }) => stepId),
  );
  for (const step of plan.steps) if (done.has(step.stepId)) count(step.kind);
}
