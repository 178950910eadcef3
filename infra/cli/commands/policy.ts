import { type Command } from 'commander';
import { type CliContext } from '../cli-context';
import { addPolicyPush, addPolicyRollback } from './policy-changes';
import { addPolicyDiff, addPolicyHistory, addPolicyShow } from './policy-looks';

/** `evenkeel policy`: the policy in the store, which functions read where `EVENKEEL_POLICY_FROM` is `store`. */
export function addPolicy(program: Command, context: CliContext): void {
  const policy = program
    .command('policy')
    .description('the policy in the store: push, compare, roll back');
  addPolicyPush(policy, context);
  addPolicyDiff(policy, context);
  addPolicyRollback(policy, context);
  addPolicyHistory(policy, context);
  addPolicyShow(policy, context);
}
