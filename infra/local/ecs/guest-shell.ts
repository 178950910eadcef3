export interface CommandResult {
  readonly exitCode: number;
  readonly output: string;
}

/** What a command may do to the instance it runs in. */
export interface Guest {
  restartService(): Promise<boolean>;
  /** Resolves after `ms` of the region's time. */
  sleep(ms: number): Promise<void>;
}

/** Exit code of a command that ran out of time, as `timeout` gives it. */
export const TIMED_OUT = 124;

const RESTART = /^(sudo\s+)?(systemctl\s+restart|service)\s+app(\.service)?(\s+restart)?$/;

const statementsOf = (command: string): readonly string[] =>
  command
    .split(/&&|;|\n/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '' && !statement.startsWith('#'));

/** True when the command restarts the service of the local image. */
export const restartsService = (command: string): boolean =>
  statementsOf(command).some((statement) => RESTART.test(statement));

const restart = async (guest: Guest): Promise<CommandResult> => {
  if (await guest.restartService()) return { exitCode: 0, output: '' };
  return {
    exitCode: 1,
    output: 'Job for app.service failed because the control process exited with error code.\n',
  };
};

const runStatement = async (statement: string, guest: Guest): Promise<CommandResult> => {
  if (RESTART.test(statement)) return restart(guest);
  const [name = '', argument = ''] = statement.split(/\s+/, 2);
  if (name === 'sleep') await guest.sleep(Number(argument) * 1000);
  if (name === 'true' || name === 'sleep') return { exitCode: 0, output: '' };
  if (name === 'false') return { exitCode: 1, output: '' };
  if (name === 'echo') return { exitCode: 0, output: `${statement.slice('echo'.length).trim()}\n` };
  return { exitCode: 127, output: `sh: 1: ${name}: not found\n` };
};

/**
 * Runs a command as the local image's shell would: statements one after another until one fails. It knows `systemctl restart app`,
 * `echo`, `sleep N` (seconds), `true` and `false`; anything else is not found (127). After `timeoutMs` it gives 124.
 */
export async function runInGuest(
  command: string,
  timeoutMs: number,
  guest: Guest,
): Promise<CommandResult> {
  let isOver = false;
  const run = async (): Promise<CommandResult> => {
    let output = '';
    for (const statement of statementsOf(command)) {
      if (isOver) break;
      const result = await runStatement(statement, guest);
      output += result.output;
      if (result.exitCode !== 0) return { exitCode: result.exitCode, output };
    }
    return { exitCode: 0, output };
  };
  const timeOut = guest.sleep(timeoutMs).then(() => {
    isOver = true;
    return { exitCode: TIMED_OUT, output: '' };
  });
  return Promise.race([run(), timeOut]);
}
