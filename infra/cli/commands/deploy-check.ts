import { type Command } from 'commander';
import { type Finding } from '../../deploy/finding';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { withOutputOptions } from '../common-options';
import { monthlyCosts } from '../../install/monthly-costs';
import { POLICY_OPTION, policyAtHand } from '../policy-at-hand';
import { costLines } from '../render/cost-lines';
import { runCommand, type OutputOptions } from '../run-command';
import { type Colours } from '../terminal';
import { readDeployment } from '../read-deployment';

interface CheckCommandOptions extends OutputOptions {
  readonly file?: string;
  readonly policy?: string;
}

/** `evenkeel deploy check`: everything that can be known to be wrong with `s.yaml` without asking the cloud. */
export function addDeployCheck(deploy: Command, context: CliContext): void {
  withOutputOptions(
    deploy
      .command('check')
      .description(
        'hold s.yaml against the schema of fc3, against our own that knows no key it does not know, and against what the functions need; says what a month costs; changes nothing',
      )
      .option('--file <file>', 'the file to check (default: s.yaml of this project)')
      .option('-p, --policy <file>', POLICY_OPTION),
  ).action(async (options: CheckCommandOptions) => {
    const run = () => check(options, context);
    context.finish(await runCommand(context.terminal, options, run));
  });
}

async function check(
  options: CheckCommandOptions,
  { variables }: CliContext,
): Promise<CommandResult> {
  const policy = policyAtHand(options, variables);
  const { findings, blocks } = await readDeployment(options.file, { policy, variables });
  const costs = policy && monthlyCosts(policy);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  return {
    exit: errors === 0 ? 'ok' : 'problem',
    json: { findings, costs },
    lines: (colours) => [
      ...costLines(costs, colours),
      ...findings.flatMap((one) => findingLines(one, colours)),
      errors === 0
        ? `s.yaml can be deployed: ${Object.keys(blocks ?? {}).length} functions.`
        : `s.yaml must not be deployed: ${errors} ${errors === 1 ? 'error' : 'errors'}.`,
    ],
  };
}

const findingLines = (
  { severity, place, problem, remedy }: Finding,
  colours: Colours,
): readonly string[] => [
  `${severity === 'error' ? colours.red('error') : colours.yellow('warning')} ${colours.bold(place)}: ${problem}`,
  `  ${remedy}`,
];
