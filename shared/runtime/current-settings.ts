import { stateStore } from '../adapters/production';
import { openAlerts } from '../adapters/notify/open-alerts';
import { JsonLog } from '../adapters/system/json-log';
import { type Environment, readEnvironment } from '../config/environment';
import { type PolicyPlace } from '../config/policy-place';
import {
  loadPlace,
  loadSettings,
  policyText,
  type Settings,
  withFolders,
} from '../config/settings';
import { type StateStore } from '../ports/state-store';
import { clock, wallClock } from './clock';
import { storeChoice } from './store-choice';
import { type StoredPolicy, takeStoredPolicy } from './stored-policy';

let loaded: { readonly text: string | null; readonly settings: Settings } | undefined;
let taken: { readonly stored: StoredPolicy; readonly settings: Settings } | undefined;
/** Looks into the store that were begun, and the latest of those that counted: pools of one worker look at the same time. */
let looks = 0;
let counted = 0;

const isInStore = (): boolean => {
  const read = readEnvironment();
  return read.kind === 'ok' && read.environment.policyFrom === 'store';
};

/**
 * Environment and policy. A policy file is read again whenever it was changed, so that two warm instances never go by different
 * policies; a policy in the store is the one that `refreshSettings` found last. Throws an `Error` that names every problem, also
 * when a good file became a bad one.
 */
export function currentSettings(): Settings {
  if (isInStore()) {
    if (taken === undefined) throw new Error('The policy has not been read from the store.');
    return taken.settings;
  }
  const text = policyText();
  if (loaded?.text === text) return loaded.settings;
  const reading = loadSettings();
  if (reading.kind === 'invalid') throw invalid(reading.problems);
  loaded = { text, settings: reading.settings };
  return reading.settings;
}

interface OpenPlace {
  readonly environment: Environment;
  readonly place: PolicyPlace;
  readonly store: StateStore;
}

function openPlace(): OpenPlace {
  const reading = loadPlace();
  if (reading.kind === 'invalid') throw invalid(reading.problems);
  const { environment, place } = reading;
  if (place.store.kind === 'memory')
    throw new Error('A store in memory holds no policy: give the policy file another one.');
  return { environment, place, store: stateStore(storeChoice(place.store), wallClock) };
}

/** The store that holds the policy, wherever functions read it. Throws an `Error` when the file does not say where it is. */
export const openPolicyStore = (): StateStore => openPlace().store;

/**
 * Looks into the store for a newer policy, where the deployment has it there; at the beginning of every invocation. Throws as
 * `takeStoredPolicy`, and an `Error` when the file does not say where the store is.
 */
export async function refreshSettings(): Promise<void> {
  if (!isInStore()) return;
  const { environment, place, store } = openPlace();
  const look = (looks += 1);
  const log = new JsonLog({ clock });
  const stored = await takeStoredPolicy(taken?.stored ?? null, place.regionId, {
    ...{ store, clock },
    alertsFor: (policy) => openAlerts(policy, { store, clock, log }),
  });
  if (look < counted) return; // a later look has ended already
  counted = look;
  if (taken?.stored.textKey === stored.textKey) {
    taken = { stored, settings: taken.settings };
    return;
  }
  const { policy: found, hash: policyHash, version: policyVersion } = stored;
  const placed = withFolders(found, environment, environment.policyFile);
  const settings = {
    ...{ environment, policyHash, policyVersion },
    policy: { ...placed, store: place.store },
  };
  taken = { stored, settings };
}

/** False once there is another policy, or a file that cannot be understood: then whoever started with these settings ends. */
export async function isCurrent(settings: Settings): Promise<boolean> {
  try {
    await refreshSettings();
    return currentSettings() === settings;
  } catch {
    return false;
  }
}

const invalid = (problems: readonly string[]): Error =>
  new Error(`The configuration is invalid: ${problems.join('; ')}`);
