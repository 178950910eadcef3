import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { FileTickArchive } from '../../shared/adapters/file/file-tick-archive';
import { SystemClock } from '../../shared/adapters/system/system-clock';
import { POOL_TAG } from '../../shared/domain/ownership-tags';
import { type Tick } from '../../shared/domain/tick';
import { REHEARSAL_TIMES, type TimeProfile } from '../local/contracts';
import { type EcsSettings } from '../local/ecs/ecs-settings';
import { type ServiceSettings } from '../local/ecs/instance-service';
import { type FunctionHost } from '../local/function-host/function-host';
import { type InvocationRecord } from '../local/function-host/invocation-runner';
import { startLocalRegion, type LocalRegion } from '../local/region';
import { installAlarms } from './install-alarms';
import { allNormal, layOutPool, type Pool, type PoolWish } from './lay-out-pool';
import { LAUNCH_TEMPLATE } from './scale-section';
import { startFunctions, type Functions, type FunctionsOptions } from './start-functions';

/** What wakes Evenkeel on this side; none: the load balancer's own health checks are alone. */
export type Wakes = 'nobody' | 'timer' | 'alarm' | 'timer-and-alarm';

export interface SideOptions {
  readonly name: string;
  /** Second number of its loopback addresses; sides that run at once take different ones, two apart. */
  readonly network: number;
  readonly times?: TimeProfile;
  readonly regionId?: string;
  readonly pool: PoolWish;
  /** The pool's section of `evenkeel.yaml`, without name and targets. */
  readonly policy: Readonly<Record<string, unknown>>;
  readonly wakes?: Wakes;
  readonly service?: Partial<ServiceSettings>;
  /** What launches meet: stock, launch templates, boot times. */
  readonly ecsSettings?: EcsSettings;
  readonly seed?: number;
  /** Average response time from which on an alarm goes off; default 200 ms. */
  readonly alarmResponseTimeMs?: number;
  /** Least time that any function has, whatever `s.yaml` says. */
  readonly timeoutMsMin?: number;
  /** The `deployment` section of `evenkeel.yaml`. */
  readonly deployment?: Readonly<Record<string, unknown>>;
  /** Other sections of `evenkeel.yaml`, such as notifications. */
  readonly sections?: Readonly<Record<string, unknown>>;
  /** Added to every function’s environment variables. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** One rehearsal: a region with a pool under it, and Evenkeel's functions on a local Function host. */
export interface Side {
  readonly name: string;
  readonly region: LocalRegion;
  readonly pool: Pool;
  readonly host: FunctionHost | null;
  readonly policyFile: string;
  readonly triggerUrl: string | null;
  /** Where its console is, open for reading, and with what people sign in. */
  readonly consoleUrl: string | null;
  readonly consoleSecret: string | null;
  /** What alarms must present to on-alarm. */
  readonly alarmSecret: string | null;
  /** Where this side's functions keep their state, and where their ticks. */
  readonly stateFolder: string;
  readonly archiveFolder: string;
  /** Every invocation that ended, with its log lines, oldest first. */
  readonly invocations: readonly InvocationRecord[];
  /** Every whole tick so far, oldest first. */
  ticks(): Promise<readonly Tick[]>;
  stop(): Promise<void>;
}

export const POOL_NAME = 'web';
const TICKS_KEPT = 10_000;

/** Starts a side and waits until every backend is normal. Leaves nothing behind when it cannot start. */
export async function startSide(options: SideOptions): Promise<Side> {
  const folder = mkdtempSync(join(tmpdir(), `evenkeel-${options.name.replace(/\W/g, '')}-`));
  const ending: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of ending.splice(0).reverse()) await end();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return { ...(await buildSide(options, folder, ending)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function buildSide(
  options: SideOptions,
  folder: string,
  ending: (() => Promise<void>)[],
): Promise<Omit<Side, 'stop'>> {
  let deliver: (event: unknown) => void = () => undefined;
  let invoke: (functionName: string, payload: object) => void = () => undefined;
  const region = await startRegion(
    options,
    (event) => deliver(event),
    (name, payload) => invoke(name, payload),
  );
  ending.push(async () => region.stop());
  const pool = await layOutPool(region, options.pool, ownership(options, region));
  const folders = foldersOf(folder);
  const policyFile = writePolicy(folder, options, { region, pool });
  const invocations: InvocationRecord[] = [];
  const wakes = options.wakes ?? 'timer-and-alarm';
  const functions = await functionsFor(region, {
    policyFile,
    wakes,
    onInvocation: (record) => invocations.push(record),
    ...(options.timeoutMsMin === undefined ? {} : { timeoutMsMin: options.timeoutMsMin }),
    ...(options.environment === undefined ? {} : { environment: options.environment }),
  });
  if (functions !== null) {
    ending.push(async () => functions.host.stop());
    deliver = (event) => functions.host.deliverCloudEvent('evenkeel-on-event', event);
    invoke = (name, payload) => functions.host.enqueue(name, payload);
  }
  await allNormal(region, pool, 60_000);
  if (functions !== null && wakes !== 'timer') {
    const responseTimeMs = options.alarmResponseTimeMs ?? 200;
    await installAlarms(region, pool, { callback: functions.alarmCallback, responseTimeMs });
  }
  const archive = new FileTickArchive({ folder: folders.archiveFolder, clock: new SystemClock() });
  return {
    name: options.name,
    region,
    pool,
    ...(functions ?? NO_FUNCTIONS),
    policyFile,
    ...folders,
    invocations,
    ticks: async () => readTicks(archive),
  };
}

async function startRegion(
  options: SideOptions,
  onCloudEvent: (event: unknown) => void,
  invoke: (functionName: string, payload: object) => void,
): Promise<LocalRegion> {
  const { network, seed = 1, times = REHEARSAL_TIMES, regionId, service, ecsSettings } = options;
  return startLocalRegion({
    times,
    network,
    seed,
    onCloudEvent,
    invokeFunction: ({ functionName }, payload) => {
      invoke(functionName, payload);
      return Promise.resolve();
    },
    ...(regionId === undefined ? {} : { regionId }),
    ...(service === undefined ? {} : { service }),
    ecsSettings: { launchTemplates: [LAUNCH_TEMPLATE], ...ecsSettings },
  });
}

/** Instances of a pool that is scaled carry its tag, as if it had launched them. */
function ownership(
  { policy }: SideOptions,
  { addressMode }: LocalRegion,
): Readonly<Record<string, string>> {
  if (!('scale' in policy)) return {};
  if (addressMode === 'port-per-instance')
    throw new Error(
      'Scaling is rehearsed where every instance has a loopback address of its own, 127.x.y.z, as on Linux: here all of them would share one port.',
    );
  return { [POOL_TAG]: POOL_NAME };
}

const functionsFor = async (
  region: LocalRegion,
  options: Omit<FunctionsOptions, 'hasTimers'> & { readonly wakes: Wakes },
): Promise<Functions | null> =>
  options.wakes === 'nobody'
    ? null
    : startFunctions(region, { ...options, hasTimers: options.wakes !== 'alarm' });

async function readTicks(archive: FileTickArchive): Promise<readonly Tick[]> {
  const digests = await archive.list(POOL_NAME, { limit: TICKS_KEPT });
  const whole = digests.filter((digest) => digest.isWhole).reverse();
  const ticks = await Promise.all(whole.map(async ({ tickId }) => archive.read(POOL_NAME, tickId)));
  return ticks.filter((tick) => tick !== null);
}

const NO_FUNCTIONS = {
  ...{ host: null, triggerUrl: null, alarmSecret: null },
  ...{ consoleUrl: null, consoleSecret: null },
} as const;

/** On this machine alone everybody may look; whoever has the secret may steer. */
export const LOCAL_CONSOLE = {
  secret: { current: 'env:EVENKEEL_CONSOLE_SECRET' },
  reading: 'open',
  writes: true,
} as const;

const foldersOf = (folder: string) => ({
  stateFolder: join(folder, 'state'),
  archiveFolder: join(folder, 'archive'),
});

function writePolicy(
  folder: string,
  options: SideOptions,
  { region, pool }: { readonly region: LocalRegion; readonly pool: Pool },
): string {
  const { stateFolder, archiveFolder } = foldersOf(folder);
  const policy = {
    version: 1,
    region: region.regionId,
    alarmSecret: { current: 'env:EVENKEEL_ALARM_SECRET' },
    console: LOCAL_CONSOLE,
    store: { kind: 'file', path: stateFolder },
    archive: { path: archiveFolder },
    ...(options.deployment === undefined ? {} : { deployment: options.deployment }),
    ...options.sections,
    pools: [
      {
        name: POOL_NAME,
        targets: [{ loadBalancer: pool.loadBalancerId, serverGroup: pool.serverGroupId }],
        ...options.policy,
      },
    ],
  };
  const file = join(folder, 'evenkeel.yaml');
  writeFileSync(file, stringify(policy));
  return file;
}
