import { join } from 'node:path';
import { FileTickArchive } from '../../shared/adapters/file/file-tick-archive';
import { SystemClock } from '../../shared/adapters/system/system-clock';
import { FileStateStore } from '../../shared/adapters/file/file-state-store';
import { type NameMemory } from '../../shared/domain/failover/name-memory';
import { type NameTick } from '../../shared/domain/failover/name-tick';
import { POOL_TAG } from '../../shared/domain/ownership-tags';
import { nameMemoryKey } from '../../shared/domain/store-keys';
import { realClock } from '../local/clock';
import { AlidnsModel } from '../local/alidns/model';
import { type AlidnsRecord } from '../local/alidns/record';
import { REHEARSAL_TIMES, type TimeProfile } from '../local/contracts';
import { type ServiceSettings } from '../local/ecs/instance-service';
import { AccessKeys } from '../local/openapi/access-keys';
import { freePortOn } from './free-port';
import { allNormal, layOutPool, type Pool } from './lay-out-pool';
import { failoverSection, type NameWish, PUBLIC_NAME } from './name-section';
import { RehearsedRegion } from './rehearsed-region';
import { startLoad, type Load } from '../local/traffic/load-generator';
import { type LoadOptions } from '../local/traffic/load-options';

export interface TwoSitesOptions {
  /** First of eight second numbers of loopback addresses; worlds that run at once take different ones. */
  readonly network: number;
  readonly times?: TimeProfile;
  readonly seed?: number;
  /** The instances of each site, as `ecs.c7.large`. */
  readonly instanceTypes: readonly string[];
  /** Each pool’s section of `evenkeel.yaml` in a region, without name, region and targets. */
  readonly pool: (regionId: string) => Readonly<Record<string, unknown>>;
  /** How the name fails over; null: nobody looks after it, and the regions have no functions but for their pools. */
  readonly name: NameWish;
  /** Whether Evenkeel looks after the name. Default true; else all of it is there but the home region’s functions. */
  readonly hasHome?: boolean;
  readonly service?: Partial<ServiceSettings>;
}

/** A region that serves the name. */
export interface Site {
  readonly name: 'a' | 'b';
  readonly region: RehearsedRegion;
  readonly pool: Pool;
}

/**
 * One public name on two sites, looked after from a third region and looked at from a fourth as well. The regions share an account and the
 * DNS service, and nothing else.
 */
export interface TwoSites {
  readonly a: Site;
  readonly b: Site;
  /** Where the name is looked after; serves nothing. */
  readonly home: RehearsedRegion;
  /** Only looks. */
  readonly vantage: RehearsedRegion;
  readonly regions: readonly RehearsedRegion[];
  readonly alidns: AlidnsModel;
  /** `127.0.0.1:PORT` of the name servers. */
  readonly dnsServer: string;
  /** Full name that clients ask for, and the port on which both sites answer. */
  readonly host: string;
  readonly port: number;
  /** Records of the name as the API tells them, in the order of the sites. */
  records(): readonly AlidnsRecord[];
  /** Whole ticks of the name, oldest first. */
  ticks(): Promise<readonly NameTick[]>;
  /** What is remembered of the name; null before the first look. */
  memory(): Promise<NameMemory | null>;
  /** Load of clients behind resolvers that cache, from a process of its own. */
  load(options: Partial<LoadOptions> & Pick<LoadOptions, 'requestsPerSecond'>): Promise<Load>;
  /** Ends everything, whatever is lost at present, and leaves nothing behind. */
  stop(): Promise<void>;
}

export const REGION_IDS = {
  a: 'cn-site-a',
  b: 'cn-site-b',
  home: 'cn-home',
  vantage: 'cn-vantage',
} as const;

const BASE_WEIGHT = 100;
const TICKS_KEPT = 10_000;
/** Resolvers between the clients and the name servers; 8.7 % keep answers for too long (PAM 2023). */
const RESOLVERS = { count: 46, stretchedShare: 87 };

/** Starts four regions, two of them with a pool, and waits until all backends are normal. Leaves nothing behind when it cannot. */
export async function startTwoSites(options: TwoSitesOptions): Promise<TwoSites> {
  const alidns = new AlidnsModel({ clock: realClock() });
  const accessKeys = new AccessKeys();
  const { network, times = REHEARSAL_TIMES, seed = 1, service } = options;
  const started: RehearsedRegion[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.splice(0).map(async (region) => region.stop()));
  };
  try {
    const begin = async (regionId: string, index: number): Promise<RehearsedRegion> => {
      const region = await RehearsedRegion.start({
        ...{ regionId, times, accessKeys, alidns },
        network: network + 2 * index,
        seed: seed + 100 * index,
        ...(service === undefined ? {} : { service }),
      });
      started.push(region);
      return region;
    };
    const regions: Regions = {
      a: await begin(REGION_IDS.a, 0),
      b: await begin(REGION_IDS.b, 1),
      home: await begin(REGION_IDS.home, 2),
      vantage: await begin(REGION_IDS.vantage, 3),
    };
    return { ...(await furnish(regions, alidns, { ...options, times })), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Regions = Readonly<Record<keyof typeof REGION_IDS, RehearsedRegion>>;
type Options = TwoSitesOptions & { readonly times: TimeProfile };

async function furnish(
  regions: Regions,
  alidns: AlidnsModel,
  options: Options,
): Promise<Omit<TwoSites, 'stop'>> {
  const port = await freePortOn(
    [regions.a, regions.b].map((_, index) => `127.${options.network + 2 * index + 1}.0.1`),
  );
  const a = await layOutSite('a', regions.a, port, options);
  const b = await layOutSite('b', regions.b, port, options);
  layOutName(alidns, [a, b], options.name.ttlSeconds);
  await Promise.all([a, b].map(async ({ region, pool }) => allNormal(region.region, pool, 60_000)));
  await deploy(regions, [a, b], options);
  const { home, vantage } = regions;
  const dnsServer = home.region.endpoints.dns;
  const host = `${PUBLIC_NAME.host}.${PUBLIC_NAME.domain}`;
  const archive = new FileTickArchive<NameTick>({
    folder: join(home.archiveFolder, 'names'),
    clock: new SystemClock(),
  });
  return {
    ...{ a, b, home, vantage, alidns, dnsServer, host, port },
    regions: Object.values(regions),
    records: () => recordsOf(alidns, [a, b]),
    ticks: async () => readTicks(archive),
    memory: async () => readMemory(home),
    load: async (wanted) =>
      startLoad({
        ...{ kind: 'http', host, port, keepAlive: false, timeoutMs: 3000, durationMs: 3_600_000 },
        resolvers: { servers: [dnsServer], ...RESOLVERS },
        ...wanted,
      }),
  };
}

async function layOutSite(
  name: Site['name'],
  region: RehearsedRegion,
  port: number,
  { instanceTypes }: Options,
): Promise<Site> {
  const tags = { [POOL_TAG]: poolNameOf(name) };
  const pool = await layOutPool(region.region, { instanceTypes, listenerPort: port }, tags);
  if (pool.port === port) return { name, region, pool };
  throw new Error(
    'Failing over is rehearsed where every load balancer has a loopback address of its own, 127.x.y.z, as on Linux.',
  );
}

const poolNameOf = (site: Site['name']): string => `shop-${site}`;

/** As if the records had been there for long: one for each site on the line of everybody, drawn evenly by weight. */
function layOutName(alidns: AlidnsModel, sites: readonly Site[], ttlSeconds: number): void {
  const { domain: domainName, host: rr } = PUBLIC_NAME;
  alidns.provision(() => {
    alidns.addDomain({ domainName, edition: 'ultimate' });
    const records = sites.map(({ pool }) =>
      alidns.addRecord(domainName, { rr, type: 'A', value: pool.host, ttlSeconds }),
    );
    alidns.setWeighting({ domainName, rr, type: 'A' }, true);
    for (const { recordId } of records) alidns.setWeight(recordId, BASE_WEIGHT);
  });
}

const recordsOf = (alidns: AlidnsModel, sites: readonly Site[]): readonly AlidnsRecord[] =>
  sites.flatMap(({ pool }) =>
    alidns
      .domain(PUBLIC_NAME.domain)
      .zone.records.filter(({ rr, value }) => rr === PUBLIC_NAME.host && value === pool.host),
  );

/** The same policy everywhere, but for the region that reads it: whose pools and names it works on follows from that. */
async function deploy(regions: Regions, sites: readonly Site[], options: Options): Promise<void> {
  const { home } = REGION_IDS;
  const policy = {
    alarmSecret: { current: 'env:EVENKEEL_ALARM_SECRET' },
    pools: sites.map(({ name, region: { regionId }, pool }) => ({
      name: poolNameOf(name),
      region: regionId,
      targets: [{ loadBalancer: pool.loadBalancerId, serverGroup: pool.serverGroupId }],
      ...options.pool(regionId),
    })),
    failover: failoverSection(
      options.name,
      sites.map(({ name, region: { regionId }, pool: { host, port } }) => ({
        ...{ name, regionId, host, port },
        poolName: poolNameOf(name),
      })),
      { home, vantages: Object.values(REGION_IDS) },
      options.times,
    ),
  };
  const endpoints = Object.values(regions).map((one) => [one.regionId, one.endpoints] as const);
  const environment = { EVENKEEL_REGIONS: JSON.stringify(Object.fromEntries(endpoints)) };
  const isAwake = ({ regionId }: RehearsedRegion): boolean =>
    regionId !== home || options.hasHome !== false;
  await Promise.all(
    Object.values(regions)
      .filter(isAwake)
      .map(async (region) => {
        const hasTimers = region !== regions.vantage;
        await region.deploy({ policy, hasTimers, environment });
      }),
  );
}

async function readMemory({ stateFolder: folder }: RehearsedRegion): Promise<NameMemory | null> {
  const store = new FileStateStore({ folder, clock: new SystemClock() });
  const document = await store.read(nameMemoryKey(PUBLIC_NAME.name));
  return (document?.value ?? null) as NameMemory | null;
}

async function readTicks(archive: FileTickArchive<NameTick>): Promise<readonly NameTick[]> {
  const digests = await archive.list(PUBLIC_NAME.name, { limit: TICKS_KEPT });
  const whole = digests.filter((digest) => digest.isWhole).reverse();
  const ticks = await Promise.all(
    whole.map(async ({ tickId }) => archive.read(PUBLIC_NAME.name, tickId)),
  );
  return ticks.filter((tick) => tick !== null);
}
