import { join } from 'node:path';
import { type FleetPolicy } from '../../shared/config/fleet-policy';
import { checkDeployment, type DeploymentCheck } from '../deploy/check-deployment';
import { repositoryRoot } from '../local/repository';
import { readText } from './read-file';

interface ReadOptions {
  /** Null where none is at hand. */
  readonly policy: FleetPolicy | null;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** An account is not needed to check a file; where `s` knows it, it fills in its own. */
const ANY_ACCOUNT = '1000000000000000';

/** Reads and checks an `s.yaml`, the project's own by default. Throws `UserError` when it cannot be read. */
export async function readDeployment(
  file: string | undefined,
  { variables, policy }: ReadOptions,
): Promise<DeploymentCheck> {
  const root = repositoryRoot();
  const path = file ?? join(root, 's.yaml');
  readText(path);
  const accountId = variables['ALIBABA_CLOUD_ACCOUNT_ID'] ?? ANY_ACCOUNT;
  return checkDeployment(path, { env: variables, accountId, root, ...(policy && { policy }) });
}
