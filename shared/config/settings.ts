import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Environment, readEnvironment, type Variables } from './environment';
import { type FleetPolicy } from './fleet-policy';
import { loadPolicy } from './load-policy';
import { type PolicyPlace, readPolicyPlace } from './policy-place';
import { problemText } from './problem';

/** The policy file as it stands now, to be compared with what it said before; null when it cannot be read. */
export function policyText(variables: Variables = process.env): string | null {
  const read = readEnvironment(variables);
  const text = read.kind === 'ok' ? readText(read.environment.policyFile) : null;
  return typeof text === 'string' ? text : null;
}

/** What every function needs to know before its first request. */
export interface Settings {
  readonly environment: Environment;
  readonly policy: FleetPolicy;
  readonly policyHash: string;
  /** Version of the policy in the store; null when it was read from a file. */
  readonly policyVersion: number | null;
}

type SettingsReading =
  | { readonly kind: 'ok'; readonly settings: Settings }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

function readText(file: string): string | Error {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/**
 * The policy with the folders that the environment names instead, all of them absolute: relative ones are meant from the
 * policy file, not from wherever the program was started.
 */
export function withFolders(
  policy: FleetPolicy,
  environment: Pick<Environment, 'store' | 'statePath' | 'archivePath'>,
  policyFile: string,
): FleetPolicy {
  const from = dirname(resolve(policyFile));
  const { store, archive } = policy;
  return {
    ...policy,
    store: storeIn(store, environment, policyFile),
    archive: { ...archive, path: resolve(from, environment.archivePath ?? archive.path) },
  };
}

/** The environment's store, else the policy's, with an absolute folder. */
function storeIn(
  written: FleetPolicy['store'],
  { store: named, statePath }: Pick<Environment, 'store' | 'statePath'>,
  policyFile: string,
): FleetPolicy['store'] {
  const store = named ?? written;
  if (store.kind !== 'file') return store;
  const folder = named === null ? (statePath ?? store.path) : store.path;
  return { kind: 'file', path: resolve(dirname(resolve(policyFile)), folder) };
}

type PlaceReading =
  | { readonly kind: 'ok'; readonly environment: Environment; readonly place: PolicyPlace }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

/** Environment, and of the policy file no more than where the store is. */
export function loadPlace(variables: Variables = process.env): PlaceReading {
  const read = readEnvironment(variables);
  if (read.kind === 'invalid') return read;
  const { environment } = read;
  const text = readText(environment.policyFile);
  if (text instanceof Error) return unreadable(environment, text);
  const reading = readPolicyPlace(text, environment.policyFile);
  if (reading.kind === 'invalid') return reading;
  const store = storeIn(reading.place.store, environment, environment.policyFile);
  return { kind: 'ok', environment, place: { ...reading.place, store } };
}

const unreadable = ({ policyFile }: Environment, { message }: Error) =>
  ({
    kind: 'invalid',
    problems: [`EVENKEEL_POLICY: ${policyFile} cannot be read: ${message}`],
  }) as const;

/**
 * Environment and policy in one reading. Secrets are looked up by whoever needs one, so that no other function has to have it:
 * see `resolveSecrets`.
 */
export function loadSettings(variables: Variables = process.env): SettingsReading {
  const read = readEnvironment(variables);
  if (read.kind === 'invalid') return read;
  const text = readText(read.environment.policyFile);
  if (text instanceof Error) return unreadable(read.environment, text);
  const loaded = loadPolicy(text, read.environment.policyFile);
  if (loaded.kind === 'invalid')
    return { kind: 'invalid', problems: loaded.problems.map(problemText) };
  return {
    kind: 'ok',
    settings: {
      environment: read.environment,
      policy: withFolders(loaded.policy, read.environment, read.environment.policyFile),
      policyHash: loaded.hash,
      policyVersion: null,
    },
  };
}
