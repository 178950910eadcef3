import {
  type CredentialsProvider,
  defaultCredentials,
  givenCredentials,
} from '../adapters/alicloud/credentials';
import { NativeFunctionInvoker } from '../adapters/function-compute/native-function-invoker';
import { ServiceFunctionInvoker } from '../adapters/function-compute/service-function-invoker';
import { productionPorts } from '../adapters/production';
import { SystemClock } from '../adapters/system/system-clock';
import { SYSTEM_RANDOM } from '../adapters/system/system-random';
import { tickIds } from '../adapters/system/tick-ids';
import { loadSettings, policyText, type Settings } from '../config/environment';
import { type FleetPolicy } from '../config/fleet-policy';
import { type PoolPolicy } from '../domain/policy';
import { type FunctionInvoker } from '../ports/function-invoker';
import { type Ports } from '../ports/ports';
import { type StateStore } from '../ports/state-store';
import { type Invocation } from './invocation';

export const clock = new SystemClock();
export const newTickId = tickIds(clock, SYSTEM_RANDOM);

let loaded: { readonly text: string | null; readonly settings: Settings } | undefined;

/**
 * Environment, policy and secrets. They are read again whenever the policy file was changed, so that two warm instances never go by
 * different policies. Throws an `Error` that names every problem, also when a good file became a bad one.
 */
export function currentSettings(): Settings {
  const text = policyText();
  if (loaded?.text === text) return loaded.settings;
  const reading = loadSettings();
  if (reading.kind === 'invalid')
    throw new Error(`The configuration is invalid: ${reading.problems.join('; ')}`);
  loaded = { text, settings: reading.settings };
  return reading.settings;
}

/** False once the policy file says something else, or nothing that can be understood: then whoever started with these settings ends. */
export function isCurrent(settings: Settings): boolean {
  try {
    return currentSettings() === settings;
  } catch {
    return false;
  }
}

/** Current and next alarm secret; none when the policy names none, and then nobody is let in. */
export function alarmSecrets(): readonly string[] {
  const secrets = currentSettings().alarmSecrets;
  if (secrets === null) return [];
  return [secrets.current, secrets.next].flatMap((secret) =>
    secret === null ? [] : [secret.reveal()],
  );
}

/** What a function needs that only rings: no cloud API but the worker's. */
export interface Doorbell {
  readonly fleet: FleetPolicy;
  readonly store: StateStore;
  readonly invoker: FunctionInvoker;
  readonly clock: SystemClock;
  readonly worker: string;
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
  };
}

/** The ports of this invocation, with the credentials that the platform gave for it. */
export function openPorts(
  { mode, regionId }: Pick<PoolPolicy, 'mode' | 'regionId'>,
  invocation: Invocation,
): Ports {
  const { policy, environment } = currentSettings();
  const { store, archive, deployment } = policy;
  const retention = { days: archive.days, bytes: archive.megabytes * 1_000_000 };
  return productionPorts({
    ...environment.openApi,
    regionId,
    mode,
    store: store.kind === 'file' ? { kind: 'file', folder: store.path } : { kind: 'memory' },
    archive: { kind: 'file', folder: archive.path, retention },
    credentials: credentialsOf(invocation),
    attemptTimeoutMs: deployment.callDeadlineMs,
    accountId: invocation.context.accountId,
    metricWindowMs: environment.metricPeriodMs,
    clock,
    log: invocation.log,
  });
}

/** Calls our own functions, as this invocation's role. */
export function openInvoker(invocation: Invocation): FunctionInvoker {
  const { policy, environment } = currentSettings();
  const { endpoint, service } = environment.functionCompute;
  const options = {
    endpoint,
    protocol: environment.openApi.protocol,
    accountId: invocation.context.accountId,
    regionId: policy.regionId,
    credentials: credentialsOf(invocation),
    clock,
  };
  return service === undefined
    ? new NativeFunctionInvoker(options)
    : new ServiceFunctionInvoker({ ...options, service });
}

/** A function's role gives credentials per invocation; without a role the vendor's chain is asked. */
const credentialsOf = ({ context }: Invocation): CredentialsProvider =>
  context.credentials === undefined || context.credentials.accessKeyId === ''
    ? defaultCredentials()
    : givenCredentials(context.credentials);
