import { Option, type Command } from 'commander';
import { examine } from '../../doctor/doctor';
import { type Finding } from '../../doctor/finding';
import { FUNCTION_NAMES, type FunctionName } from '../../permissions/function-needs';
import { parseDuration } from '../../../shared/config/notation';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { durationArgument, withCloudOptions, type CloudOptions } from '../common-options';
import { openDoctor } from '../open-doctor';
import { openFleet } from '../open-fleet';
import { findingLines, summaryOf } from '../render/doctor-lines';
import { runCommand } from '../run-command';

interface DoctorCliOptions extends CloudOptions {
  readonly as?: FunctionName;
  readonly callback?: string;
  readonly alarmWait: number;
}

const ALARM_WAIT = '5m';

/** `evenkeel doctor`: whether everything that Evenkeel needs is there, with a remedy for what is not. */
export function addDoctor(program: Command, context: CliContext): void {
  withCloudOptions(
    program
      .command('doctor')
      .description(
        'look whether everything that is needed is there: credentials, each permission, endpoints, clock, quota, listeners and health checks, what functions reach, alarm rules, and a test alarm with its tick; each finding with a remedy. Exit 1 when something is wrong',
      )
      .addOption(
        new Option(
          '--as <function>',
          'only what the role of this function needs, with credentials of that role; default: what all of them need',
        ).choices(FUNCTION_NAMES),
      )
      .option('--callback <url>', 'where on-alarm listens (default: alarms.callback of the policy)')
      .addOption(
        new Option(
          '--alarm-wait <duration>',
          'longest wait for the test alarm’s tick; 0s fires none',
        )
          .argParser((text) => (/^0(s|ms|m)?$/.test(text) ? 0 : durationArgument(text)))
          .default(parseDuration(ALARM_WAIT), ALARM_WAIT),
      ),
  ).action(async (options: DoctorCliOptions) => {
    context.finish(await runCommand(context.terminal, options, () => doctor(options, context)));
  });
}

async function doctor(options: DoctorCliOptions, context: CliContext): Promise<CommandResult> {
  const { terminal } = context;
  const fleet = openFleet(options, context.variables);
  const isQuiet = options.json === true || !terminal.isInteractive;
  const tell = (text: string): void =>
    isQuiet ? undefined : terminal.err(terminal.colours.dim(`  … ${text}`));
  const report = (findings: readonly Finding[]): void => {
    if (options.json === true) return;
    for (const finding of findings) findingLines(finding, terminal.colours).forEach(terminal.out);
  };
  const findings = await examine(openDoctor(fleet, context.variables, options, tell), report);
  return {
    exit: findings.some(({ status }) => status === 'problem') ? 'problem' : 'ok',
    json: { findings, summary: summaryOf(findings) },
    lines: (colours) => [colours.bold(summaryOf(findings))],
  };
}
