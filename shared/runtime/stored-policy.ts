import { type FleetPolicy } from '../config/fleet-policy';
import { loadPolicy } from '../config/load-policy';
import { problemText } from '../config/problem';
import { type PolicyVersion } from '../domain/policy-version';
import { type Alert } from '../domain/proposal';
import { observePolicies, observePolicyText, type StoredPolicies } from '../observe/observe-policy';
import { type Alerts } from '../ports/alerts';
import { type Ports } from '../ports/ports';
import { StoreUnavailable } from '../ports/state-store';
import { raiseOnce } from '../record/raise-once';

/** A policy that was read from the store. */
export interface StoredPolicy {
  readonly policy: FleetPolicy;
  readonly hash: string;
  readonly version: number;
  /** Its own text, and the newest one there was: they differ while the newest cannot be used. */
  readonly textKey: string;
  readonly newestTextKey: string;
  /** Why the newest cannot be used; null when it is this one. */
  readonly problem: string | null;
}

interface PolicyPorts extends Pick<Ports, 'store' | 'clock'> {
  /** Tells people as that policy wants it. */
  readonly alertsFor: (policy: FleetPolicy) => Alerts;
}

/**
 * The newest policy in the store that this program can use for its region. `known` is what it went by until now, and goes by when
 * the store cannot be reached, has no policy any more, or has one that it cannot use; a cold program then takes the newest that it
 * can. People are called about all but the first, which every worker tells of anyway. Throws `StoreUnavailable`, or an `Error` that
 * says what to do, when there is nothing to go by.
 */
export async function takeStoredPolicy(
  known: StoredPolicy | null,
  regionId: string,
  ports: PolicyPorts,
): Promise<StoredPolicy> {
  const found = await look(known, regionId, ports);
  if (found.problem === null) return found;
  const { store, clock, alertsFor } = ports;
  const alerts = alertsFor(found.policy);
  await raiseOnce('policy', unusableAlert(found), { store, clock, alerts });
  return found;
}

async function look(
  known: StoredPolicy | null,
  regionId: string,
  { store }: PolicyPorts,
): Promise<StoredPolicy> {
  try {
    const policies = await observePolicies(store);
    if (policies.kind !== 'versions') return withoutVersions(known, policies);
    if (known?.newestTextKey === policies.newest.textKey) return known;
    return await newestUsable(known, policies.versions, regionId, store);
  } catch (error) {
    if (known === null || !(error instanceof StoreUnavailable)) throw error;
    return known;
  }
}

function withoutVersions(known: StoredPolicy | null, { kind }: StoredPolicies): StoredPolicy {
  const problem =
    kind === 'empty'
      ? 'the store has no policy: push one with `evenkeel policy push`'
      : 'the store’s list of policies is of a form that this program does not know: deploy the version of Evenkeel that wrote it';
  if (known === null)
    throw new Error(`EVENKEEL_POLICY_FROM is store, and ${problem}. Nothing is done until then.`);
  return { ...known, newestTextKey: '', problem };
}

/** From the newest down to the one that is known, or to the first that can be used. */
async function newestUsable(
  known: StoredPolicy | null,
  versions: readonly PolicyVersion[],
  regionId: string,
  store: PolicyPorts['store'],
): Promise<StoredPolicy> {
  const newestTextKey = versions[0]?.textKey ?? '';
  let problem: string | null = null;
  for (const version of versions) {
    if (version.textKey === known?.textKey) return { ...known, newestTextKey, problem };
    const read = await readVersion(version, regionId, store);
    if (read.kind === 'ok') return { ...read.found, newestTextKey, problem };
    problem ??= read.problem;
  }
  if (known !== null) return { ...known, newestTextKey, problem };
  throw new Error(
    `EVENKEEL_POLICY_FROM is store, and none of its ${versions.length} policies can be used: ${problem ?? ''}. Nothing is done until one is pushed.`,
  );
}

type VersionReading =
  | {
      readonly kind: 'ok';
      readonly found: Omit<StoredPolicy, 'newestTextKey' | 'problem'>;
    }
  | { readonly kind: 'unusable'; readonly problem: string };

/** Problems that are told of one version; `policy diff` and `validate` tell all. */
const PROBLEMS_TOLD = 3;

async function readVersion(
  one: PolicyVersion,
  regionId: string,
  store: PolicyPorts['store'],
): Promise<VersionReading> {
  const { version, textKey } = one;
  const text = await observePolicyText(one, store);
  if (text === null)
    return { kind: 'unusable', problem: `version ${version} has lost its text in the store` };
  const loaded = loadPolicy(text, `version ${version}`);
  if (loaded.kind === 'invalid') {
    const told = loaded.problems.slice(0, PROBLEMS_TOLD).map(problemText).join('; ');
    return { kind: 'unusable', problem: `this program does not understand ${told}` };
  }
  const { policy, hash } = loaded;
  return policy.regionId === regionId
    ? { kind: 'ok', found: { policy, hash, version, textKey } }
    : {
        kind: 'unusable',
        problem: `version ${version} is for ${policy.regionId}, and this deployment is in ${regionId}`,
      };
}

const unusableAlert = ({ version, problem }: StoredPolicy): Alert => ({
  key: 'policy-unusable',
  severity: 'critical',
  reason: 'policy-unusable',
  instanceId: null,
  message: `The newest policy in the store is not used: ${problem ?? ''}. Version ${version} stays in force: roll back, push again or deploy the program that knows it.`,
});
