import { existsSync } from 'node:fs';
import { type FleetPolicy } from '../../shared/config/fleet-policy';
import { openFleet, policyFileOf, type FleetOptions } from './open-fleet';

/** What `--policy` of the commands that deploy says of itself. */
export const POLICY_OPTION =
  'the policy that the functions will read: the two must agree, and costs are reckoned from it (default: EVENKEEL_POLICY or evenkeel.yaml, where it is to be seen)';

/**
 * The policy that an option names, or that lies where commands look for it: on the machine that deploys it may be elsewhere. Null where
 * there is none. Throws `UserError` for one that is not valid.
 */
export function policyAtHand(
  options: FleetOptions,
  variables: Readonly<Record<string, string | undefined>>,
): FleetPolicy | null {
  const policy = policyFileOf(options, variables);
  if (options.policy === undefined && !existsSync(policy)) return null;
  return openFleet({ policy }, variables).policy;
}
