import { type CallQuotas } from '../domain/call-budget';
import { type NameTick } from '../domain/failover/name-tick';
import { type Mode } from '../domain/policy';
import { type Clock } from '../ports/clock';
import { type FunctionInvoker } from '../ports/function-invoker';
import { type Log } from '../ports/log';
import { type NamePorts } from '../ports/name-ports';
import { type StateStore } from '../ports/state-store';
import { type Retention } from '../ports/tick-archive';
import { type Trace } from '../ports/trace';
import { Alidns } from './alicloud/alidns';
import { BudgetedRpc } from './alicloud/budgeted-rpc';
import { CallTally } from './alicloud/call-tally';
import { type LockWait } from './alicloud/configuration-lock';
import { type CredentialsProvider } from './alicloud/credentials';
import { type EndpointSettings } from './alicloud/endpoints';
import { ObservedRpc } from './alicloud/observed-rpc';
import { RetryingRpc } from './alicloud/retrying-rpc';
import { SignedRpc } from './alicloud/signed-rpc';
import { dryRunName } from './dry-run-name';
import { FileTickArchive } from './file/file-tick-archive';
import { FunctionRegionPools } from './function-compute/region-pools';
import { FunctionVantages } from './function-compute/vantages';
import { type NotifiedFleet, openAlerts } from './notify/open-alerts';
import { ScopedLog } from './scoped-log';
import { SYSTEM_RANDOM } from './system/system-random';

export interface ProductionNameOptions extends EndpointSettings {
  readonly mode: Mode;
  readonly store: StateStore;
  readonly archive: { readonly folder: string; readonly retention?: Partial<Retention> };
  readonly credentials: CredentialsProvider;
  readonly attemptTimeoutMs?: number | undefined;
  readonly accountId?: string | undefined;
  /** Calls that all who share the store may make together; left out: nobody counts them. */
  readonly callsPerMinute?: CallQuotas | undefined;
  /** Rests between two changes of a domain; default: what suits the vendor’s. */
  readonly lockWait?: LockWait | undefined;
  /** Whose alerts people are told of, and how; left out: they stand in the log alone. */
  readonly notified?: NotifiedFleet | undefined;
  /** Calls our functions in a region. */
  readonly invokerFor: (regionId: string) => FunctionInvoker;
  readonly functions: { readonly probe: string; readonly operator: string };
  readonly clock: Clock;
  readonly log: Log;
  /** Outlives this invocation, so that what a look that saw nothing has counted is told by the next one. */
  readonly calls?: CallTally | undefined;
  /** Spans of its turns; left out: nobody collects them. */
  readonly trace?: Trace | undefined;
}

/** Adapters for one public name, put together once per invocation. In `observe` mode records and other pools are left alone. */
export function productionNamePorts(options: ProductionNameOptions): NamePorts {
  const { clock, store, invokerFor, functions, trace } = options;
  const log = new ScopedLog(options.log);
  const random = SYSTEM_RANDOM;
  const { callsPerMinute: quotas, accountId = 'own', regionId } = options;
  const signed = new SignedRpc(options);
  const counted =
    quotas === undefined
      ? signed
      : new BudgetedRpc({ rpc: signed, store, quotas, accountId, regionId });
  const { calls = new CallTally() } = options;
  const observed = new ObservedRpc({ rpc: counted, tally: calls, trace, regionId });
  const rpc = new RetryingRpc({ rpc: observed, clock, random });
  const regions = { clock, invokerFor };
  const ports: NamePorts = {
    dns: new Alidns({ rpc, clock, random, lockWait: options.lockWait }),
    vantages: new FunctionVantages({ ...regions, functionName: functions.probe }),
    regionPools: new FunctionRegionPools({ ...regions, functionName: functions.operator }),
    store,
    archive: new FileTickArchive<NameTick>({ ...options.archive, clock }),
    alerts: openAlerts(options.notified, { store, clock, log }),
    clock,
    log,
    calls,
    ...(trace !== undefined && { trace }),
    writes: 'real',
  };
  return options.mode === 'observe' ? dryRunName(ports) : ports;
}
