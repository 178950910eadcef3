import { type HttpPoster } from './cms/deliver';
import { ManualClock } from './clock';
import {
  type InstanceDirectory,
  type InstanceUsage,
  type InstanceView,
  REAL_TIMES,
  type TimeProfile,
} from './contracts';
import { simulatedAddresses } from './ecs/address-plan';
import { SimulatedRuntime } from './ecs/simulated-runtime';
import { InProcessRpc } from './in-process-rpc';
import { composeRegion, type RegionModels, type ServiceSettings } from './region-models';
import { SimulatedHealthChecker } from './slb/simulated-health-checker';
import { SimulatedTraffic } from './slb/simulated-traffic';

export interface InProcessRegionOptions extends ServiceSettings {
  readonly regionId?: string;
  readonly times?: TimeProfile;
  readonly seed?: number;
  /** Where virtual time starts, in milliseconds since the epoch. */
  readonly startAt?: number;
  /** Time that several regions share; each has its own otherwise. */
  readonly clock?: ManualClock;
  /** How an instance behaves towards whoever asks it, over what its own faults say: a network that fails, a load too high. */
  readonly asSeen?: (view: InstanceView) => InstanceView;
  readonly accountId?: string;
  /** Takes the callbacks of alarms and event rules; nobody does by default. */
  readonly post?: HttpPoster;
  /** Load of an instance that is up; none by default. */
  readonly usageOf?: (instanceId: string) => InstanceUsage;
}

/** The same services without sockets, processes or waiting: time moves when `clock.advance` is called. */
export interface InProcessRegion extends RegionModels {
  readonly clock: ManualClock;
  readonly runtime: SimulatedRuntime;
  readonly traffic: SimulatedTraffic;
  readonly rpc: InProcessRpc;
  /** Instances as health checks, probes and traffic meet them. */
  readonly directory: InstanceDirectory;
  readonly stop: () => void;
}

const DEFAULTS = {
  regionId: 'cn-local',
  seed: 1,
  accountId: '1234567890123456',
  times: REAL_TIMES,
  post: (): Promise<number> => Promise.reject(new Error('Nobody takes callbacks in process.')),
};

/** A region on virtual time with simulated instances. The same options and calls give the same run. */
export function createInProcessRegion(options: InProcessRegionOptions = {}): InProcessRegion {
  const settings = { ...DEFAULTS, ...options };
  const clock = options.clock ?? new ManualClock(options.startAt);
  const seen = (directory: InstanceDirectory): InstanceDirectory =>
    options.asSeen === undefined ? directory : seenThrough(directory, options.asSeen);
  const runtime = new SimulatedRuntime({
    clock,
    ...(options.usageOf && { usageOf: options.usageOf }),
  });
  const models = composeRegion({
    ...settings,
    ...{ clock, runtime },
    addresses: simulatedAddresses(),
    checkerFor: (directory) => new SimulatedHealthChecker({ directory: seen(directory), clock }),
  });
  models.health.start();
  const stopSampling = models.cms.start();
  const rpc = new InProcessRpc({
    controlPlane: models.controlPlane,
    caller: { accessKeyId: 'in-process', accountId: settings.accountId },
  });
  const { ecs, slb, health, counters } = models;
  const directory = seen(ecs);
  const traffic = new SimulatedTraffic({ model: slb, health, directory, counters });
  const stop = (): void => {
    traffic.stop();
    stopSampling();
    health.stop();
  };
  return { ...models, clock, runtime, traffic, rpc, directory, stop };
}

function seenThrough(
  directory: InstanceDirectory,
  asSeen: (view: InstanceView) => InstanceView,
): InstanceDirectory {
  const through = (view: InstanceView | undefined): InstanceView | undefined =>
    view === undefined ? undefined : asSeen(view);
  return {
    find: (instanceId) => through(directory.find(instanceId)),
    findByAddress: (address, port) => through(directory.findByAddress(address, port)),
  };
}
