import { Option, type Command } from 'commander';
import {
  FUNCTION_NAMES,
  FUNCTION_NEEDS,
  type FunctionName,
} from '../../permissions/function-needs';
import { scopeOf } from '../../permissions/permission-scope';
import { policyOf, type RamPolicy } from '../../permissions/ram-policy';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { withPolicyOption } from '../common-options';
import { openFleet, type FleetOptions } from '../open-fleet';
import { runCommand, type OutputOptions } from '../run-command';
import { type Colours } from '../terminal';

interface PermissionsOptions extends FleetOptions, OutputOptions {
  readonly function?: FunctionName;
}

/** `evenkeel permissions`: the least that the role of each function needs, as policies of RAM. */
export function addPermissions(program: Command, context: CliContext): void {
  withPolicyOption(
    program
      .command('permissions')
      .description(
        'print the RAM policy that each function’s role needs, narrowed to the regions, load balancers, domains and pools of the policy file, and to ALIBABA_CLOUD_ACCOUNT_ID where it is set',
      )
      .addOption(new Option('--function <name>', 'only this function').choices(FUNCTION_NAMES)),
  ).action(async (options: PermissionsOptions) => {
    const run = () => Promise.resolve(permissions(options, context));
    context.finish(await runCommand(context.terminal, options, run));
  });
}

interface FunctionPermissions {
  readonly name: FunctionName;
  readonly policy: RamPolicy;
}

function permissions(options: PermissionsOptions, { variables }: CliContext): CommandResult {
  const { policy, environment } = openFleet(options, variables);
  const scope = scopeOf(policy, environment);
  const names = options.function === undefined ? FUNCTION_NAMES : [options.function];
  const functions = names.map((name) => ({ name, policy: policyOf(name, scope) }));
  return {
    exit: 'ok',
    json: { functions },
    lines: (colours) => functions.flatMap((one) => policyLines(one, colours)),
  };
}

const policyLines = (
  { name, policy }: FunctionPermissions,
  colours: Colours,
): readonly string[] => {
  const { apis, invokes } = FUNCTION_NEEDS[name];
  const count = apis.length + invokes.length;
  if (count === 0) return [colours.bold(`${name}: needs no permission`)];
  return [colours.bold(`${name}:`), ...JSON.stringify(policy, null, 2).split('\n')];
};
