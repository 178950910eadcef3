import { Option, type Command } from 'commander';
import { lintPolicy } from '../../../shared/config/lint';
import { askName, plansIn } from '../ask-names';
import { askPools } from '../ask-pools';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { withCloudOptions, type CloudOptions } from '../common-options';
import { openFleet } from '../open-fleet';
import { nameLines } from '../render/explanation-lines';
import { findingLines, hasChanges, planLines, planReport } from '../render/plan-report';
import { runCommand } from '../run-command';

interface PlanOptions extends CloudOptions {
  readonly pool?: string;
  readonly name?: string;
  readonly detailedExitCode?: boolean;
}

/** `evenkeel plan`: what a tick would do now, and why. */
export function addPlan(program: Command, context: CliContext): void {
  withCloudOptions(
    program
      .command('plan')
      .description(
        'show what would be done now and why, with costs and detection power; changes nothing',
      )
      .option('--pool <name>', 'only this pool')
      .addOption(
        new Option(
          '--name <name>',
          'this public name; its vantages are asked where ALIBABA_CLOUD_ACCOUNT_ID is set',
        ).conflicts('pool'),
      )
      .option('--detailed-exit-code', 'exit 10 when something would be done'),
  ).action(async (options: PlanOptions) => {
    context.finish(
      await runCommand(context.terminal, options, () =>
        options.name === undefined
          ? plan(options, context)
          : planName(options.name, options, context),
      ),
    );
  });
}

async function plan(options: PlanOptions, context: CliContext): Promise<CommandResult> {
  const { fleet, answers } = await askPools('plan', options, context);
  const reports = answers.flatMap(({ pool, reply }) =>
    reply.kind === 'plans'
      ? reply.plans.map((planned) => ({ pool, report: planReport(planned, pool, fleet) }))
      : [],
  );
  const isChange = reports.some(({ report }) => hasChanges(report));
  return {
    exit: isChange && options.detailedExitCode === true ? 'changes' : 'ok',
    json: {
      policyHash: fleet.hash,
      plans: reports.map(({ report: { planned, ...rest } }) => ({ ...planned, ...rest })),
    },
    lines: (colours) => reports.flatMap(({ pool, report }) => planLines(report, pool, colours)),
  };
}

async function planName(
  name: string,
  options: PlanOptions,
  context: CliContext,
): Promise<CommandResult> {
  const fleet = openFleet(options, context.variables);
  const plans = plansIn(await askName({ verb: 'plan-name', name }, fleet, options, context));
  const findings = lintPolicy(fleet.policy).filter(({ publicName }) => publicName === name);
  const isChange = plans.some(({ plan: { steps } }) => steps.length > 0);
  return {
    exit: isChange && options.detailedExitCode === true ? 'changes' : 'ok',
    json: { policyHash: fleet.hash, names: plans, findings },
    lines: (colours) => [
      ...plans.flatMap((each) => nameLines(each, null, colours)),
      ...findingLines(findings).map(colours.dim),
    ],
  };
}
