import { CloudError } from '../../shared/domain/cloud-error';
import { StoreUnavailable } from '../../shared/ports/state-store';
import { type CommandResult } from './command-result';
import { EXIT_CODES, type ExitName } from './exit-codes';
import { type Terminal } from './terminal';
import { UserError } from './user-error';

export interface OutputOptions {
  readonly json?: boolean;
  readonly debug?: boolean;
}

interface Failure {
  readonly exit: ExitName;
  readonly code: string;
  readonly message: string;
  readonly details: readonly string[];
}

/** Runs a command and prints what it found; never throws. Returns the exit code. */
export async function runCommand(
  terminal: Terminal,
  options: OutputOptions,
  action: () => Promise<CommandResult>,
): Promise<number> {
  try {
    const result = await action();
    if (options.json === true) {
      if (result.json !== undefined) terminal.out(JSON.stringify(result.json, null, 2));
    } else for (const line of result.lines(terminal.colours)) terminal.out(line);
    return EXIT_CODES[result.exit].code;
  } catch (error) {
    const failure = failureOf(error);
    report(terminal, options, failure);
    if (options.debug === true && error instanceof Error)
      terminal.err(error.stack ?? error.message);
    return EXIT_CODES[failure.exit].code;
  }
}

function report(
  terminal: Terminal,
  options: OutputOptions,
  { code, message, details }: Failure,
): void {
  if (options.json === true) {
    terminal.out(JSON.stringify({ error: { code, message, details } }, null, 2));
    return;
  }
  terminal.err(`${terminal.colours.red('error')}: ${message}`);
  for (const detail of details) terminal.err(`  ${detail}`);
}

function failureOf(error: unknown): Failure {
  if (error instanceof UserError)
    return { exit: error.exit, code: error.exit, message: error.message, details: error.details };
  if (error instanceof CloudError) return cloudFailure(error);
  if (error instanceof StoreUnavailable)
    return {
      exit: 'unreachable',
      code: 'StoreUnavailable',
      message: `The state store cannot be reached: ${error.message}`,
      details: [],
    };
  const message = error instanceof Error ? error.message : String(error);
  if (isRefusedByFileSystem(error))
    return { exit: 'unreachable', code: error.code, message, details: [] };
  return {
    exit: 'internal',
    code: 'internal',
    message: `${message} (a fault of Evenkeel; --debug shows where)`,
    details: [],
  };
}

const FILE_SYSTEM_CODES = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'ENOTDIR', 'EDQUOT', 'EIO'];

/** A folder, such as the archive’s, that may not be read or written: no fault of the program. */
const isRefusedByFileSystem = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Error &&
  'syscall' in error &&
  'code' in error &&
  FILE_SYSTEM_CODES.includes(String(error.code));

/** What a person can do about each reaction. */
const ADVICE: Readonly<Record<CloudError['details']['reaction'], string>> = {
  retry: 'Try again in a minute.',
  'wait-for-lock': 'The load balancer is applying another change; try again in a minute.',
  'fall-back': 'This option cannot be had at the moment.',
  stop: 'Repeating it cannot help: check permission, quota and the ids in the policy.',
  'already-so': 'The world is already as wanted.',
};

function cloudFailure({ details }: CloudError): Failure {
  const request = details.requestId === undefined ? [] : [`request id ${details.requestId}`];
  return {
    exit: 'unreachable',
    code: details.code,
    message: `${details.action}: ${details.message} (${details.code})`,
    details: [ADVICE[details.reaction], ...request],
  };
}
