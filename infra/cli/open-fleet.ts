import { readEnvironment, type Environment } from '../../shared/config/environment';
import { type FleetPolicy } from '../../shared/config/fleet-policy';
import { type LintFinding } from '../../shared/config/lint';
import { loadPolicy } from '../../shared/config/load-policy';
import { problemText, type PolicyProblem } from '../../shared/config/problem';
import { withFolders } from '../../shared/config/settings';
import { readLocalCloud, type LocalCloud } from './local-endpoints';
import { readText } from './read-file';
import { UserError } from './user-error';

export interface FleetOptions {
  readonly policy?: string;
  readonly local?: string;
}

/** A checked policy and where its cloud is. */
export interface OpenFleet {
  readonly file: string;
  readonly policy: FleetPolicy;
  readonly hash: string;
  readonly warnings: readonly (LintFinding & PolicyProblem)[];
  readonly environment: Environment;
  readonly local: LocalCloud | null;
}

type Variables = Readonly<Record<string, string | undefined>>;

function environmentOf(variables: Variables): Environment {
  const read = readEnvironment(variables);
  if (read.kind === 'ok') return read.environment;
  throw new UserError('usage', 'The environment is wrong:', read.problems);
}

/** The policy file that options or environment name. */
export const policyFileOf = (options: FleetOptions, variables: Variables): string =>
  options.policy ?? environmentOf(variables).policyFile;

/** Reads environment, policy and, where given, the local regions’ endpoints. Throws `UserError` with every problem. */
export function openFleet(options: FleetOptions, variables: Variables): OpenFleet {
  const environment = environmentOf(variables);
  const file = options.policy ?? environment.policyFile;
  const loaded = loadPolicy(readText(file), file);
  if (loaded.kind === 'invalid')
    throw new UserError('problem', `${file} is not valid:`, loaded.problems.map(problemText));
  const local = options.local === undefined ? null : readLocalCloud(options.local);
  const policy = withFolders(loaded.policy, environment, file);
  return {
    file,
    policy: local === null ? policy : inRegions(policy, local),
    hash: loaded.hash,
    warnings: loaded.warnings,
    environment,
    local,
  };
}

/** Every pool in the only local region, whatever region the file says; of several, in its own. */
function inRegions(policy: FleetPolicy, { regions }: LocalCloud): FleetPolicy {
  const [only, ...others] = regions;
  if (only === undefined || others.length > 0) return policy;
  const { regionId } = only;
  return { ...policy, regionId, pools: policy.pools.map((pool) => ({ ...pool, regionId })) };
}
