import { type Mode } from '../domain/policy';
import { type Clock } from '../ports/clock';
import { type Log } from '../ports/log';
import { type Ports } from '../ports/ports';
import { type Prober } from '../ports/prober';
import { type Random } from '../ports/random';
import { type RequestStatisticsSource } from '../ports/request-statistics';
import { type StateStore } from '../ports/state-store';
import { type TickArchive } from '../ports/tick-archive';
import { CloudMonitor } from './alicloud/cloud-monitor';
import { type LockWait } from './alicloud/configuration-lock';
import { type CredentialsProvider, defaultCredentials } from './alicloud/credentials';
import { Ecs } from './alicloud/ecs';
import { EcsFleet } from './alicloud/ecs-fleet';
import { type EndpointSettings } from './alicloud/endpoints';
import { RetryingRpc, type RetrySettings } from './alicloud/retrying-rpc';
import { type Rpc } from './alicloud/rpc';
import { SignedRpc } from './alicloud/signed-rpc';
import { Slb } from './alicloud/slb';
import { CachedMetrics } from './cached-metrics';
import { dryRun } from './dry-run';
import { FileStateStore } from './file/file-state-store';
import { FileTickArchive, type Retention } from './file/file-tick-archive';
import { HttpProber } from './http/prober';
import { LogAlerts } from './log-alerts';
import { MemoryStateStore } from './memory/memory-state-store';
import { MemoryTickArchive } from './memory/memory-tick-archive';
import { JsonLog } from './system/json-log';
import { SystemClock } from './system/system-clock';
import { SYSTEM_RANDOM } from './system/system-random';

type StoreChoice =
  | { readonly kind: 'memory' }
  | { readonly kind: 'file'; readonly folder: string }
  | { readonly kind: 'given'; readonly store: StateStore };

type ArchiveChoice =
  | { readonly kind: 'memory' }
  | { readonly kind: 'file'; readonly folder: string; readonly retention?: Partial<Retention> }
  | { readonly kind: 'given'; readonly archive: TickArchive };

export interface ProductionOptions extends EndpointSettings {
  readonly mode: Mode;
  readonly store: StoreChoice;
  readonly archive: ArchiveChoice;
  /** A function gives its own credentials of this invocation. Default: the vendor's chain. */
  readonly credentials?: CredentialsProvider | undefined;
  /** Instead of signed HTTP, such as the local region's models in this process. */
  readonly rpc?: Rpc | undefined;
  readonly attemptTimeoutMs?: number | undefined;
  readonly retry?: RetrySettings | undefined;
  readonly lockWait?: LockWait | undefined;
  /** How long one metric reading is shared through the store. Default 60 s. */
  readonly metricWindowMs?: number | undefined;
  readonly accountId?: string | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly log?: Log | undefined;
  readonly prober?: Prober | undefined;
  readonly requestStatistics?: RequestStatisticsSource | undefined;
}

function stateStore(choice: StoreChoice, clock: Clock): StateStore {
  switch (choice.kind) {
    case 'memory':
      return new MemoryStateStore(clock);
    case 'file':
      return new FileStateStore({ folder: choice.folder, clock });
    case 'given':
      return choice.store;
  }
}

function tickArchive(choice: ArchiveChoice, clock: Clock): TickArchive {
  switch (choice.kind) {
    case 'memory':
      return new MemoryTickArchive();
    case 'file':
      return new FileTickArchive({ ...choice, clock });
    case 'given':
      return choice.archive;
  }
}

/**
 * The composition root: adapters for one region, put together once per invocation, so that credentials are this
 * invocation's. In `observe` mode writes to the cloud are recorded instead of sent.
 */
export function productionPorts(options: ProductionOptions): Ports {
  const {
    regionId,
    clock = new SystemClock(),
    random = SYSTEM_RANDOM,
    log = new JsonLog({ clock }),
  } = options;
  const { credentials = defaultCredentials(), attemptTimeoutMs } = options;
  const single = options.rpc ?? new SignedRpc({ ...options, credentials, clock, attemptTimeoutMs });
  const rpc = new RetryingRpc({ ...options.retry, rpc: single, clock, random });
  const store = stateStore(options.store, clock);
  const ports: Ports = {
    loadBalancer: new Slb({ rpc, regionId, clock, random, lockWait: options.lockWait }),
    compute: new Ecs({ rpc, regionId }),
    fleet: new EcsFleet({ rpc, regionId }),
    metrics: new CachedMetrics({
      metrics: new CloudMonitor({ rpc, regionId, clock }),
      store,
      clock,
      regionId,
      accountId: options.accountId,
      windowMs: options.metricWindowMs,
    }),
    prober: options.prober ?? new HttpProber(clock),
    requestStatistics: options.requestStatistics ?? null,
    store,
    archive: tickArchive(options.archive, clock),
    alerts: new LogAlerts(log),
    clock,
    log,
    writes: 'real',
  };
  return options.mode === 'observe' ? dryRun(ports).ports : ports;
}
