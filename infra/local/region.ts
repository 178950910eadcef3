import { realClock } from './clock';
import { httpPoster } from './cms/http-poster';
import { closingRuntime } from './closing-runtime';
import { REAL_TIMES, type TimeProfile } from './contracts';
import { type AddressMode, detectAddressMode, loopbackAddresses } from './ecs/address-plan';
import { type ServiceSettings as SoftwareSettings } from './ecs/instance-service';
import { ProcessRuntime } from './ecs/process-runtime';
import { haltingClock } from './halting-clock';
import { AccessKeys, type AccessKey, randomAccessKey } from './openapi/access-keys';
import { openDoors } from './region-doors';
import { composeRegion, type RegionModels, type ServiceSettings } from './region-models';
import { seededRandom } from './seeded-random';
import { DataPlane } from './traffic/data-plane';
import { SocketHealthChecker } from './traffic/socket-health-checker';

export interface LocalRegionOptions extends ServiceSettings {
  readonly regionId?: string;
  /** Times that the cloud fixes: its own by default. */
  readonly times?: TimeProfile;
  /** Known besides the first, random one. */
  readonly accessKeys?: readonly AccessKey[];
  /** Keys of an account that several regions share; each region has its own otherwise. */
  readonly sharedKeys?: AccessKeys;
  readonly accountId?: string;
  /** Found by trying when left out. */
  readonly addressMode?: AddressMode;
  /** Second number of the instances' loopback addresses, 64 by default; the load balancers take the next. Regions that run at once take different ones. */
  readonly network?: number;
  /** Ids, boot times, service times and injected errors follow from it. */
  readonly seed?: number;
  /** Port of the OpenAPI gateway; a free one by default. */
  readonly port?: number;
  /** Port of the DNS server; a free one by default. */
  readonly dnsPort?: number;
  /** The software of the instances. */
  readonly service?: Partial<SoftwareSettings>;
}

/** A running region on the loopback: real sockets, real processes. */
export interface LocalRegion extends RegionModels {
  readonly endpoints: {
    readonly openapi: string;
    /** Authoritative name server over UDP and TCP for what the API has published. */
    readonly dns: string;
  };
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly accountId: string;
  readonly accessKeys: AccessKeys;
  readonly addressMode: AddressMode;
  readonly dataPlane: DataPlane;
  /**
   * The whole region is lost: OpenAPI, DNS server and load balancers answer nobody, connections are cut and instances have no power. What
   * its models know stays.
   */
  goDark(): Promise<void>;
  /** It answers again, in the same places; instances that ran boot anew, as after a power cut. Rejects when a place was taken meanwhile. */
  comeBack(): Promise<void>;
  /** Ends traffic, timers, sockets and instance processes. Nothing is left behind. */
  stop(): Promise<void>;
}

const DEFAULTS = {
  regionId: 'cn-local',
  seed: 1,
  network: 64,
  accountId: '1234567890123456',
  times: REAL_TIMES,
  port: 0,
  dnsPort: 0,
};

/** Starts an empty region. Rejects when the gateway or the DNS server cannot have its port; nothing runs then. */
export async function startLocalRegion(wanted: LocalRegionOptions = {}): Promise<LocalRegion> {
  const options = { ...DEFAULTS, ...wanted };
  const addressMode = options.addressMode ?? (await detectAddressMode());
  const runtime = closingRuntime(new ProcessRuntime(options));
  const halting = haltingClock(realClock());
  const models = composeRegion({
    ...options,
    clock: halting.clock,
    runtime: runtime.runtime,
    addresses: await loopbackAddresses({ mode: addressMode, network: options.network }),
    post: httpPoster,
    checkerFor: () => new SocketHealthChecker(),
    allocateAddress: (index) => balancerAddress(addressMode, options.network + 1, index),
  });
  const key = randomAccessKey(options.accountId);
  const accessKeys = options.sharedKeys ?? new AccessKeys();
  for (const known of [key, ...(options.accessKeys ?? [])]) accessKeys.register(known);
  const dataPlane = new DataPlane({
    model: models.slb,
    health: models.health,
    clock: halting.clock,
    counters: models.counters,
  });
  const { alidns, controlPlane } = models;
  const { port, dnsPort, seed } = options;
  const doors = await openDoors({
    ...{ alidns, controlPlane, accessKeys, port, dnsPort },
    random: seededRandom(seed),
  });
  models.health.start();
  models.cms.start();
  await dataPlane.start();
  return {
    ...models,
    endpoints: { openapi: doors.openapi, dns: doors.dns },
    accessKeyId: key.accessKeyId,
    accessKeySecret: key.accessKeySecret,
    accountId: options.accountId,
    accessKeys,
    addressMode,
    dataPlane,
    async goDark() {
      await Promise.all([doors.close(), dataPlane.stop(), models.ecs.powerCut.begin()]);
    },
    async comeBack() {
      models.ecs.powerCut.end();
      await Promise.all([doors.reopen(), dataPlane.start()]);
    },
    async stop() {
      await doors.close();
      halting.halt();
      models.health.stop();
      await dataPlane.stop();
      await runtime.close();
    },
  };
}

const balancerAddress = (mode: AddressMode, network: number, index: number): string =>
  mode === 'port-per-instance'
    ? '127.0.0.1'
    : `127.${network}.${Math.floor(index / 250)}.${(index % 250) + 1}`;
