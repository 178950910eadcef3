import { type HttpPoster } from './cms/deliver';
import { ManualClock } from './clock';
import { type InstanceUsage, REAL_TIMES, type TimeProfile } from './contracts';
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
  const clock = new ManualClock(options.startAt);
  const runtime = new SimulatedRuntime({
    clock,
    ...(options.usageOf && { usageOf: options.usageOf }),
  });
  const models = composeRegion({
    ...settings,
    ...{ clock, runtime },
    addresses: simulatedAddresses(),
    checkerFor: (directory) => new SimulatedHealthChecker({ directory, clock }),
  });
  models.health.start();
  const stopSampling = models.cms.start();
  const rpc = new InProcessRpc({
    controlPlane: models.controlPlane,
    caller: { accessKeyId: 'in-process', accountId: settings.accountId },
  });
  const { ecs, slb, health, counters } = models;
  const traffic = new SimulatedTraffic({ model: slb, health, directory: ecs, counters });
  const stop = (): void => {
    traffic.stop();
    stopSampling();
    health.stop();
  };
  return { ...models, clock, runtime, traffic, rpc, stop };
}
