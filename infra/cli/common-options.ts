import { InvalidArgumentError, Option, type Command } from 'commander';
import { parseDuration } from '../../shared/config/notation';
import { type OutputOptions } from './run-command';

export interface CloudOptions extends OutputOptions {
  readonly policy?: string;
  readonly local?: string;
  readonly timeout: number;
}

/** `--json` and `--debug`, on every command. */
export const withOutputOptions = (command: Command): Command =>
  command
    .option('--json', 'print one JSON document instead of text')
    .option(
      '--debug',
      'show log lines, and where a fault of Evenkeel came from, on standard error',
    );

/** `--policy`, on every command that reads one. */
export const withPolicyOption = (command: Command): Command =>
  withOutputOptions(command).option(
    '-p, --policy <file>',
    'policy file (default: EVENKEEL_POLICY, else evenkeel.yaml)',
  );

export function durationArgument(text: string): number {
  const span = parseDuration(text);
  if (span === undefined) throw new InvalidArgumentError('use a duration such as 30s or 5m.');
  return span;
}

/** Text with something in it. */
export function textArgument(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('must not be empty.');
  return text;
}

/** Where the cloud is and how long there is, on every command that talks to it. */
export const withCloudOptions = (command: Command): Command =>
  withPolicyOption(command)
    .option('--direct', 'work in this process against the policy’s endpoints (the default)')
    .addOption(
      new Option(
        '--local <file>',
        'work against the local region whose `local up --json` line is in this file; several lines, several regions',
      ).conflicts('direct'),
    )
    .addOption(
      new Option('--timeout <duration>', 'give up after this long')
        .argParser(durationArgument)
        .default(60_000, '60s'),
    );
