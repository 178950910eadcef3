import { join } from 'node:path';
import { BatchedCustomMetrics } from '../adapters/alicloud/batched-custom-metrics';
import { CallTally } from '../adapters/alicloud/call-tally';
import {
  type CredentialsProvider,
  defaultCredentials,
  givenCredentials,
} from '../adapters/alicloud/credentials';
import { FileTickArchive } from '../adapters/file/file-tick-archive';
import { CustomMetricHeartbeat } from '../adapters/alicloud/custom-metric-heartbeat';
import { RetryingRpc } from '../adapters/alicloud/retrying-rpc';
import { SignedRpc } from '../adapters/alicloud/signed-rpc';
import { NativeFunctionInvoker } from '../adapters/function-compute/native-function-invoker';
import { RetryingInvoker } from '../adapters/function-compute/retrying-invoker';
import { ServiceFunctionInvoker } from '../adapters/function-compute/service-function-invoker';
import { GatheredReads } from '../adapters/gathered-reads';
import { HttpSiteProber } from '../adapters/http/site-prober';
import { productionPorts, stateStore } from '../adapters/production';
import { productionNamePorts } from '../adapters/production-names';
import { HMAC_SIGNATURES } from '../adapters/system/signed-word';
import { SYSTEM_RANDOM } from '../adapters/system/system-random';
import { tickIds } from '../adapters/system/tick-ids';
import { type AcceptedSecrets, resolveSecrets, secretsReferredTo } from '../config/environment';
import { type FleetPolicy, type RotatingSecret } from '../config/fleet-policy';
import { type CallBudget, monthlyBudget } from '../domain/call-budget';
import { type PoolPolicy } from '../domain/policy';
import { type NameTick } from '../domain/failover/name-tick';
import { type NamePolicy } from '../domain/failover/name-policy';
import { type CustomMetrics } from '../ports/custom-metrics';
import { type FunctionInvoker } from '../ports/function-invoker';
import { type Heartbeat } from '../ports/heartbeat';
import { type NamePorts } from '../ports/name-ports';
import { type Ports } from '../ports/ports';
import { type Signatures } from '../ports/signatures';
import { type SiteProber } from '../ports/site-prober';
import { type StateStore } from '../ports/state-store';
import { type TickArchive } from '../ports/tick-archive';
import { StoredWatchSlots, type WatchSlots } from '../watch-slots';
import { type Clock } from '../ports/clock';
import { clock, wallClock } from './clock';
import { currentSettings, refreshSettings } from './current-settings';
import { followIfThere } from './follow-if-there';
import { type Invocation } from './invocation';
import { storeChoice } from './store-choice';
import { prepareTraces, traceOf } from './traces';

export { clock } from './clock';
export { currentSettings, isCurrent, openPolicyStore, refreshSettings } from './current-settings';
export { flushTraces } from './traces';

/** Calls that no tick has told yet, by pool or name, for as long as the process lives. */
const tallies = new Map<string, CallTally>();

function tallyOf(key: string): CallTally {
  const tally = tallies.get(key) ?? new CallTally();
  tallies.set(key, tally);
  return tally;
}

/** What every span of an invocation has. */
const aboutInvocation = ({ requestId, context }: Invocation) => ({
  'faas.invocation_id': requestId,
  'faas.name': context.function.name,
  'cloud.region': context.region,
});

/** At the beginning of every invocation that works: the policy, and traces where they are wanted. */
export async function prepareWork(): Promise<void> {
  await Promise.all([refreshSettings(), prepareTraces('evenkeel')]);
}

/** After it: from now on the clock goes by the store's. Gives by how many milliseconds that put it forward. */
export async function keepTime(): Promise<number> {
  const { store } = currentSettings().policy;
  return followIfThere(clock, stateStore(storeChoice(store), wallClock));
}

export const newTickId = tickIds(clock, SYSTEM_RANDOM);

/** Current and next alarm secret; none when the policy names none, and then nobody is let in. Throws when the variable is not set. */
export const alarmSecrets = (): readonly string[] => revealed(currentSettings().policy.alarmSecret);

/** Current and next approval secret; none when the policy names none, and then nothing can be approved. Throws as `alarmSecrets`. */
export const approvalSecrets = (): readonly string[] =>
  revealed(currentSettings().policy.failover?.approvalSecret ?? null);

/** Current and next secret of the console; none when the policy names none, and then nobody can sign in. Throws as `alarmSecrets`. */
export const consoleSecrets = (): readonly string[] =>
  revealed(currentSettings().policy.console.secret);

/** Bearer tokens of `/metrics`; null when the policy names none. Throws as `alarmSecrets`. */
export function metricsSecrets(): readonly string[] | null {
  const { metricsSecret } = currentSettings().policy.console;
  return metricsSecret === null ? null : revealed(metricsSecret);
}

/** Current and next secret of somebody outside; none for whom the policy does not know. Throws as `alarmSecrets`. */
export function outsideVoterSecrets(voter: string): readonly string[] {
  const voters = currentSettings().policy.failover?.outsideVoters ?? [];
  return revealed(voters.find(({ name }) => name === voter)?.secret ?? null);
}

/** Every secret that policy and environment refer to and this function has, to be kept out of its log. */
export function knownSecrets(): readonly string[] {
  const { policy, environment } = currentSettings();
  return secretsReferredTo([policy, environment.store]);
}

function revealed(references: RotatingSecret | null): readonly string[] {
  if (references === null) return [];
  const read = resolveSecrets(references);
  if (read.kind === 'ok') return textsOf(read.secrets);
  throw new Error(
    `This function needs a secret that it does not have: ${read.problems.join('; ')}`,
  );
}

const textsOf = ({ current, next }: AcceptedSecrets): readonly string[] =>
  [current, next].flatMap((secret) => (secret === null ? [] : [secret.reveal()]));

/** What a function needs that only rings: no cloud API but the worker's. */
export interface Doorbell {
  readonly fleet: FleetPolicy;
  readonly store: StateStore;
  readonly invoker: FunctionInvoker;
  readonly clock: Clock;
  readonly worker: string;
  /** Function that looks after names. */
  readonly failoverWorker: string;
  readonly signatures: Signatures;
}

export function openDoorbell(invocation: Invocation): Doorbell {
  const { policy: fleet, environment } = currentSettings();
  const { store } = openPorts({ mode: 'observe', regionId: fleet.regionId }, invocation);
  return {
    fleet,
    store,
    invoker: openInvoker(invocation),
    clock,
    worker: environment.functionCompute.worker,
    failoverWorker: environment.functionCompute.failoverWorker,
    signatures: HMAC_SIGNATURES,
  };
}

/** The ports of this invocation, with the credentials that the platform gave for it. */
export function openPorts(
  {
    mode,
    regionId,
    name,
  }: Pick<PoolPolicy, 'mode' | 'regionId'> & Partial<Pick<PoolPolicy, 'name'>>,
  invocation: Invocation,
  gathered?: GatheredReads,
): Ports {
  const { policy, environment } = currentSettings();
  const { store, archive, deployment } = policy;
  const retention = { days: archive.days, bytes: archive.megabytes * 1_000_000 };
  return productionPorts({
    ...environment.openApi,
    endpoint: environment.regions[regionId]?.openApi ?? environment.openApi.endpoint,
    regionId,
    mode,
    store: storeChoice(store),
    storeClock: wallClock,
    archive: { kind: 'file', folder: archive.path, retention },
    credentials: credentialsOf(invocation),
    attemptTimeoutMs: deployment.callDeadlineMs,
    callsPerMinute: deployment.callsPerMinute,
    metricBudget: metricBudgetOf(deployment),
    accountId: invocation.context.accountId,
    notified: policy,
    poolName: name,
    gathered,
    metricWindowMs: environment.metricPeriodMs,
    calls: tallyOf(`${regionId}/${name ?? ''}`),
    trace: traceOf(aboutInvocation(invocation)),
    clock,
    log: invocation.log,
  });
}

/** Where pools that are worked on at once ask together, by region. Alone, nobody waits for others. */
export function openGathering(pools: number): (regionId: string) => GatheredReads | undefined {
  const byRegion = new Map<string, GatheredReads>();
  return (regionId) => {
    const gathered = byRegion.get(regionId) ?? new GatheredReads(clock);
    byRegion.set(regionId, gathered);
    return pools > 1 ? gathered : undefined;
  };
}

/** The ports of this invocation for one public name: its store and archive are those of this region, its voters everywhere. */
export function openNamePorts(
  { mode, name }: Pick<NamePolicy, 'mode' | 'name'>,
  invocation: Invocation,
): NamePorts {
  const { policy, environment } = currentSettings();
  const { probe, operator } = environment.functionCompute;
  const regional = openPorts({ mode: 'enforce', regionId: policy.regionId }, invocation);
  const { archive, deployment } = policy;
  return productionNamePorts({
    ...environment.openApi,
    regionId: policy.regionId,
    mode,
    store: regional.store,
    archive: {
      folder: join(archive.path, 'names'),
      retention: { days: archive.days, bytes: archive.megabytes * 1_000_000 },
    },
    credentials: credentialsOf(invocation),
    attemptTimeoutMs: deployment.callDeadlineMs,
    callsPerMinute: deployment.callsPerMinute,
    accountId: invocation.context.accountId,
    notified: policy,
    invokerFor: (regionId) => openInvoker(invocation, regionId),
    functions: { probe, operator },
    calls: tallyOf(`name/${name}`),
    trace: traceOf(aboutInvocation(invocation)),
    clock,
    log: invocation.log,
  });
}

/** History of pools and of names, to be looked at. */
export function openArchives(): {
  readonly pools: TickArchive;
  readonly names: TickArchive<NameTick>;
} {
  const { path } = currentSettings().policy.archive;
  return {
    pools: new FileTickArchive({ folder: path, clock }),
    names: new FileTickArchive<NameTick>({ folder: join(path, 'names'), clock }),
  };
}

/** Looks from this region at the sites of names. */
export const openSiteProber = (): SiteProber =>
  new HttpSiteProber({ clock, voter: currentSettings().policy.regionId });

/** Calls our own functions, as this invocation's role; those of this region unless another is named. */
export function openInvoker(
  invocation: Invocation,
  regionId = currentSettings().policy.regionId,
): FunctionInvoker {
  const { policy, environment } = currentSettings();
  const { service } = environment.functionCompute;
  const named = environment.regions[regionId]?.functionCompute;
  const own = regionId === policy.regionId ? environment.functionCompute.endpoint : undefined;
  const options = {
    endpoint: named ?? own,
    protocol: environment.openApi.protocol,
    accountId: invocation.context.accountId,
    regionId,
    credentials: credentialsOf(invocation),
    clock,
  };
  const invoker =
    service === undefined
      ? new NativeFunctionInvoker(options)
      : new ServiceFunctionInvoker({ ...options, service });
  return new RetryingInvoker({ invoker, clock, random: SYSTEM_RANDOM });
}

/** Tells CloudMonitor of this region that the loop is alive. */
export const openHeartbeat = (invocation: Invocation): Heartbeat =>
  new CustomMetricHeartbeat(customMetricPlace(invocation));

/** Writes figures to CloudMonitor of this region, within the account’s month. */
export function openCustomMetrics(invocation: Invocation): CustomMetrics {
  const { regionId, deployment } = currentSettings().policy;
  const { store } = openPorts({ mode: 'observe', regionId }, invocation);
  return new BatchedCustomMetrics({
    ...customMetricPlace(invocation),
    store,
    budget: metricBudgetOf(deployment),
    accountId: invocation.context.accountId,
  });
}

function customMetricPlace(invocation: Invocation) {
  const { policy, environment } = currentSettings();
  const { regionId, deployment } = policy;
  const endpoint = environment.regions[regionId]?.openApi ?? environment.openApi.endpoint;
  const credentials = credentialsOf(invocation);
  const attemptTimeoutMs = deployment.callDeadlineMs;
  const place = { ...environment.openApi, endpoint, regionId };
  const signed = new SignedRpc({ ...place, credentials, clock, attemptTimeoutMs });
  return { rpc: new RetryingRpc({ rpc: signed, clock, random: SYSTEM_RANDOM }), regionId, clock };
}

const metricBudgetOf = (deployment: FleetPolicy['deployment']): CallBudget =>
  monthlyBudget(deployment.metricCallsPerMonth - deployment.otherMetricCallsPerMonth);

/** Places for the workers of this region that stay awake; one for this invocation, whatever it works on. */
export function openWatchSlots(kind: 'pools' | 'names', invocation: Invocation): WatchSlots {
  const { regionId, deployment } = currentSettings().policy;
  const { store } = openPorts({ mode: 'observe', regionId }, invocation);
  const max = kind === 'pools' ? deployment.watchersMax : deployment.nameWatchersMax;
  const { requestId: holder, deadline } = invocation;
  return new StoredWatchSlots({ store, clock, kind, holder, max, deadline });
}

/** A function's role gives credentials per invocation; without a role the vendor's chain is asked. */
const credentialsOf = ({ context }: Invocation): CredentialsProvider =>
  context.credentials === undefined || context.credentials.accessKeyId === ''
    ? defaultCredentials()
    : givenCredentials(context.credentials);
