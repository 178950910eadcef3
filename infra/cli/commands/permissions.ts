import { Option, type Command } from 'commander';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  FUNCTION_NAMES,
  FUNCTION_NEEDS,
  type FunctionName,
} from '../../permissions/function-needs';
import { scopeOf } from '../../permissions/permission-scope';
import { policyOf } from '../../permissions/ram-policy';
import {
  type NamedPolicy,
  roleCommands,
  serviceAccess,
  type ServiceAccess,
} from '../../permissions/role-commands';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { withPolicyOption } from '../common-options';
import { openFleet, type FleetOptions } from '../open-fleet';
import { runCommand, type OutputOptions } from '../run-command';
import { type Colours } from '../terminal';

interface PermissionsOptions extends FleetOptions, OutputOptions {
  readonly function?: FunctionName;
  readonly commands?: true;
  readonly write?: string;
}

/** `evenkeel permissions`: the least that the role of each function needs, as policies of RAM. */
export function addPermissions(program: Command, context: CliContext): void {
  withPolicyOption(
    program
      .command('permissions')
      .description(
        'print the RAM policy that each function’s role needs, narrowed to the regions, load balancers, domains and pools of the policy file, and to ALIBABA_CLOUD_ACCOUNT_ID where it is set',
      )
      .addOption(new Option('--function <name>', 'only this function').choices(FUNCTION_NAMES))
      .addOption(
        new Option(
          '--commands',
          'print commands of the `aliyun` program instead, which create a role for each function; with EVENKEEL_FC_SERVICE one for all',
        ).conflicts('json'),
      )
      .option(
        '--write <folder>',
        'write each policy to <function>.json there, as Terraform takes them',
      ),
  ).action(async (options: PermissionsOptions) => {
    const run = () => Promise.resolve(permissions(options, context));
    context.finish(await runCommand(context.terminal, options, run));
  });
}

function permissions(options: PermissionsOptions, { variables }: CliContext): CommandResult {
  const { policy, environment } = openFleet(options, variables);
  const scope = scopeOf(policy, environment);
  const names = options.function === undefined ? FUNCTION_NAMES : [options.function];
  const functions = names.map((name) => ({ name, policy: policyOf(name, scope) }));
  const service = scope.service === null ? null : serviceAccess(scope);
  if (options.write !== undefined) return writePolicies(options.write, functions);
  return {
    exit: 'ok',
    json: { functions, service },
    lines: (colours) =>
      options.commands === true
        ? roleCommands(functions, service)
        : [
            ...functions.flatMap((one) => policyLines(one, colours)),
            ...(service === null ? [] : serviceLines(service, colours)),
          ],
  };
}

function writePolicies(folder: string, functions: readonly NamedPolicy[]): CommandResult {
  mkdirSync(folder, { recursive: true });
  const files = functions.map(({ name, policy }) => {
    const file = join(folder, `${name}.json`);
    writeFileSync(file, `${JSON.stringify(policy, null, 2)}\n`);
    return file;
  });
  return { exit: 'ok', json: { files }, lines: () => files };
}

const policyLines = ({ name, policy }: NamedPolicy, colours: Colours): readonly string[] => {
  const { apis, invokes } = FUNCTION_NEEDS[name];
  const count = apis.length + invokes.length;
  if (count === 0) return [colours.bold(`${name}: needs no permission`)];
  return [colours.bold(`${name}:`), ...JSON.stringify(policy, null, 2).split('\n')];
};

const serviceLines = (
  { role, systemPolicies, policy }: ServiceAccess,
  colours: Colours,
): readonly string[] => [
  colours.bold(`${role}, the one role of the service: ${systemPolicies.join(', ')}, and:`),
  ...JSON.stringify(policy, null, 2).split('\n'),
];
