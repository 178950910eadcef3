import { CommanderError } from 'commander';
import { EXIT_CODES } from './exit-codes';
import { buildProgram } from './program';
import { processTerminal } from './terminal';

const CLEAR_LINE = '\r\u001B[2K';

/** Commander's own errors carry 1; here a wrong command line is 2, and help is no error. */
const exitOf = (error: CommanderError): number =>
  error.exitCode === 0 ? EXIT_CODES.ok.code : EXIT_CODES.usage.code;

async function main(): Promise<void> {
  const terminal = processTerminal();
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT_CODES.ok.code); // the reader, such as `head`, has enough
    process.stderr.write(`error: the output cannot be written: ${error.message}\n`);
    process.exit(EXIT_CODES.unreachable.code);
  });
  let onInterrupt = (): void => process.exit(EXIT_CODES.interrupted.code);
  process.on('SIGINT', () => {
    if (terminal.isInteractive) process.stderr.write(CLEAR_LINE);
    onInterrupt();
  });
  const program = buildProgram({
    terminal,
    variables: process.env,
    now: Date.now,
    onInterrupt: (stop) => (onInterrupt = stop),
    finish: (code) => (process.exitCode = code),
  });
  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap((one) => one.commands),
  ])
    command.exitOverride();
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = exitOf(error);
    const isFailure = process.exitCode !== EXIT_CODES.ok.code;
    if (isFailure && process.argv.includes('--json'))
      terminal.out(
        JSON.stringify({ error: { code: 'usage', message: error.message, details: [] } }, null, 2),
      );
  }
}

void main();
