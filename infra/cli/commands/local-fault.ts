import { Argument, type Command } from 'commander';
import { FAULT_MEANINGS, FAULT_NAMES, type FaultName } from '../../local/admin/fault-names';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { withOutputOptions } from '../common-options';
import { readLocalAdmin } from '../local-endpoints';
import { runCommand, type OutputOptions } from '../run-command';
import { UserError } from '../user-error';

interface LocalFaultOptions extends OutputOptions {
  readonly local: string;
}

const PATIENCE_MS = 10_000;

const meanings = FAULT_NAMES.map((name) => `${name} (${FAULT_MEANINGS[name]})`).join(', ');

/** `evenkeel local fault`: breaks an instance of the local region, or mends it. */
export function addLocalFault(local: Command, context: CliContext): void {
  withOutputOptions(
    local
      .command('fault')
      .description('break an instance of a running local region on purpose, or mend it')
      .argument('<instance>', 'instance id')
      .addArgument(new Argument('<fault>', meanings).choices(FAULT_NAMES))
      .requiredOption('--local <file>', 'the file that `local up --endpoints-file` wrote'),
  ).action(async (instanceId: string, fault: FaultName, options: LocalFaultOptions) => {
    const run = () => localFault(instanceId, fault, options.local);
    context.finish(await runCommand(context.terminal, options, run));
  });
}

async function localFault(
  instanceId: string,
  fault: FaultName,
  file: string,
): Promise<CommandResult> {
  const { admin, accessKeySecret } = readLocalAdmin(file);
  const response = await fetch(`${admin}/faults`, {
    method: 'POST',
    headers: { authorization: `Bearer ${accessKeySecret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ instanceId, fault }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch((error: unknown) => {
    throw new UserError('unreachable', `The local region of ${file} does not answer at ${admin}.`, [
      error instanceof Error ? error.message : String(error),
    ]);
  });
  if (!response.ok) throw new UserError('problem', await refusalOf(response));
  return {
    exit: 'ok',
    json: { instanceId, fault },
    lines: () => [`${instanceId}: ${FAULT_MEANINGS[fault]}.`],
  };
}

async function refusalOf(response: Response): Promise<string> {
  const text = await response.text();
  const message = /"ErrorMessage":"([^"]*)"/.exec(text)?.[1];
  return message ?? `The local region answered ${response.status}.`;
}
