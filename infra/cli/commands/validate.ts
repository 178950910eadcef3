import { type Command } from 'commander';
import { editorJsonSchema } from '../../../shared/config/json-schema';
import { loadPolicy } from '../../../shared/config/load-policy';
import { problemText } from '../../../shared/config/problem';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { withOutputOptions, withPolicyOption } from '../common-options';
import { policyFileOf, type FleetOptions } from '../open-fleet';
import { readText } from '../read-file';
import { runCommand, type OutputOptions } from '../run-command';

/** `evenkeel validate [FILE]`: every problem of a policy file at once. */
export function addValidate(program: Command, context: CliContext): void {
  withPolicyOption(
    program
      .command('validate')
      .description(
        'check a policy file: syntax, fields, values and what lint knows of the load balancer',
      )
      .argument('[file]', 'policy file'),
  ).action(async (file: string | undefined, options: FleetOptions & OutputOptions) => {
    const run = () => Promise.resolve(validate(file ?? policyFileOf(options, context.variables)));
    context.finish(await runCommand(context.terminal, options, run));
  });
}

function validate(file: string): CommandResult {
  const loaded = loadPolicy(readText(file), file);
  if (loaded.kind === 'invalid') {
    const { problems } = loaded;
    return {
      exit: 'problem',
      json: { file, isValid: false, problems, warnings: [] },
      lines: (colours) => [
        ...problems.map((problem) => `${colours.red('error')}    ${problemText(problem)}`),
        `${file}: ${count(problems.length, 'problem')}.`,
      ],
    };
  }
  const { policy, hash, warnings } = loaded;
  return {
    exit: 'ok',
    json: {
      file,
      isValid: true,
      policyHash: hash,
      pools: policy.pools.map((pool) => pool.name),
      names: policy.names.map((one) => one.name),
      problems: [],
      warnings,
    },
    lines: (colours) => [
      ...warnings.map(
        (found) =>
          `${found.severity === 'warning' ? colours.yellow('warning') : colours.dim('info   ')}  ${problemText(found)} [${found.code}]`,
      ),
      `${file}: ${colours.green('valid')}, ${count(policy.pools.length, 'pool')}${policy.names.length === 0 ? '' : `, ${count(policy.names.length, 'name')}`}, policy ${hash.slice(0, 12)}.`,
    ],
  };
}

const count = (number: number, noun: string): string =>
  `${number} ${noun}${number === 1 ? '' : 's'}`;

/** `evenkeel schema`: JSON Schema of the policy file. */
export function addSchema(program: Command, context: CliContext): void {
  withOutputOptions(
    program
      .command('schema')
      .description('print the JSON Schema of the policy file, for editors and other tools'),
  ).action(async (options: OutputOptions) => {
    const schema = editorJsonSchema();
    const run = () =>
      Promise.resolve<CommandResult>({
        exit: 'ok',
        json: schema,
        lines: () => [JSON.stringify(schema, null, 2)],
      });
    context.finish(await runCommand(context.terminal, options, run));
  });
}
