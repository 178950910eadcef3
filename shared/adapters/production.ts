import { type CallBudget, type CallQuotas } from '../domain/call-budget';
import { type Mode } from '../domain/policy';
import { type Clock } from '../ports/clock';
import { type Log } from '../ports/log';
import { type Metrics } from '../ports/metrics';
import { type Ports } from '../ports/ports';
import { type Prober } from '../ports/prober';
import { type Random } from '../ports/random';
import { type RequestStatisticsSource } from '../ports/request-statistics';
import { type StateStore } from '../ports/state-store';
import { type Retention, type TickArchive } from '../ports/tick-archive';
import { type Trace } from '../ports/trace';
import { BudgetedRpc } from './alicloud/budgeted-rpc';
import { CallTally } from './alicloud/call-tally';
import { CloudMonitor } from './alicloud/cloud-monitor';
import { type LockWait } from './alicloud/configuration-lock';
import { type CredentialsProvider, defaultCredentials } from './alicloud/credentials';
import { Ecs } from './alicloud/ecs';
import { EcsFleet } from './alicloud/ecs-fleet';
import { type EndpointSettings } from './alicloud/endpoints';
import { ObservedRpc } from './alicloud/observed-rpc';
import { RetryingRpc, type RetrySettings } from './alicloud/retrying-rpc';
import { type Rpc } from './alicloud/rpc';
import { SharedReadsRpc } from './alicloud/shared-reads-rpc';
import { SignedRpc } from './alicloud/signed-rpc';
import { Slb } from './alicloud/slb';
import { BudgetedMetrics } from './budgeted-metrics';
import { CachedMetrics } from './cached-metrics';
import { dryRun } from './dry-run';
import { FileStateStore } from './file/file-state-store';
import { FileTickArchive } from './file/file-tick-archive';
import { type GatheredReads } from './gathered-reads';
import { HttpProber } from './http/prober';
import { MemoryStateStore } from './memory/memory-state-store';
import { MemoryTickArchive } from './memory/memory-tick-archive';
import { type NotifiedFleet, openAlerts } from './notify/open-alerts';
import { ScopedLog } from './scoped-log';
import { JsonLog } from './system/json-log';
import { SystemClock } from './system/system-clock';
import { SYSTEM_RANDOM } from './system/system-random';

export type StoreChoice =
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
  /** Whose instances are asked about. */
  readonly poolName?: string | undefined;
  /** Asks together with the other pools of this worker; left out: each for itself. */
  readonly gathered?: GatheredReads | undefined;
  /** Calls that all who share the store may make together; left out: nobody counts them. */
  readonly callsPerMinute?: CallQuotas | undefined;
  /** CloudMonitor’s calls of the account; left out: nobody counts them. */
  readonly metricBudget?: CallBudget | undefined;
  /** Whose alerts people are told of, and how; left out: they stand in the log alone. */
  readonly notified?: NotifiedFleet | undefined;
  readonly clock?: Clock | undefined;
  /** What a store on this machine goes by. Default `clock`. */
  readonly storeClock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly log?: Log | undefined;
  readonly prober?: Prober | undefined;
  readonly requestStatistics?: RequestStatisticsSource | undefined;
  /** Outlives this invocation, so that what a look that saw nothing has counted is told by the next one. */
  readonly calls?: CallTally | undefined;
  /** Spans of its turns; left out: nobody collects them. */
  readonly trace?: Trace | undefined;
}

/** The store of that kind. */
export function stateStore(choice: StoreChoice, clock: Clock): StateStore {
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

const withinBudget = (
  rpc: Rpc,
  store: StateStore,
  { callsPerMinute: quotas, accountId = 'own', regionId }: ProductionOptions,
): Rpc =>
  quotas === undefined ? rpc : new BudgetedRpc({ rpc, store, quotas, accountId, regionId });

interface MetricsParts {
  readonly rpc: Rpc;
  readonly store: StateStore;
  readonly clock: Clock;
}

/** Read once a minute, together with other pools, while the account has calls left in its month. */
function metricsOf({ rpc, store, clock }: MetricsParts, options: ProductionOptions): Metrics {
  const { regionId, accountId, poolName, gathered, metricBudget: budget } = options;
  const plain = new CloudMonitor({ rpc, regionId, clock });
  const counted =
    budget === undefined
      ? plain
      : new BudgetedMetrics({ metrics: plain, store, budget, accountId: accountId ?? 'own' });
  const metrics = gathered?.overMetrics(counted) ?? counted;
  const windowMs = options.metricWindowMs;
  return new CachedMetrics({ metrics, store, clock, regionId, accountId, poolName, windowMs });
}

const tallyOf = ({ calls }: ProductionOptions): CallTally => calls ?? new CallTally();
const tracedBy = ({ trace }: ProductionOptions): Pick<Ports, 'trace'> =>
  trace === undefined ? {} : { trace };

/**
 * The composition root: adapters for one region, put together once per invocation, so that credentials are this
 * invocation's. In `observe` mode writes to the cloud are recorded instead of sent.
 */
export function productionPorts(options: ProductionOptions): Ports {
  const { regionId, clock = new SystemClock(), random = SYSTEM_RANDOM, trace } = options;
  const log = new ScopedLog(options.log ?? new JsonLog({ clock }));
  const { credentials = defaultCredentials(), attemptTimeoutMs } = options;
  const single = options.rpc ?? new SignedRpc({ ...options, credentials, clock, attemptTimeoutMs });
  const store = stateStore(options.store, options.storeClock ?? clock);
  const budgeted = withinBudget(single, store, options);
  const calls = tallyOf(options);
  const observed = new ObservedRpc({ rpc: budgeted, tally: calls, trace, regionId });
  const rpc = new SharedReadsRpc(
    new RetryingRpc({ ...options.retry, rpc: observed, clock, random }),
  );
  const compute = new Ecs({ rpc, regionId });
  const ports: Ports = {
    loadBalancer: new Slb({ rpc, regionId, clock, random, lockWait: options.lockWait }),
    compute: options.gathered?.overCompute(compute) ?? compute,
    fleet: new EcsFleet({ rpc, regionId }),
    metrics: metricsOf({ rpc, store, clock }, options),
    prober: options.prober ?? new HttpProber(clock),
    requestStatistics: options.requestStatistics ?? null,
    store,
    archive: tickArchive(options.archive, clock),
    alerts: openAlerts(options.notified, { store, clock, log }),
    clock,
    log,
    calls,
    ...tracedBy(options),
    writes: 'real',
  };
  return options.mode === 'observe' ? dryRun(ports).ports : ports;
}
