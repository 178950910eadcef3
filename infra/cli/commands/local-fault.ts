import { Argument, type Command } from 'commander';
import { FAULT_MEANINGS, FAULT_NAMES, type FaultName } from '../../local/admin/fault-names';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { withOutputOptions } from '../common-options';
import { orderRegion } from '../order-region';
import { runCommand, type OutputOptions } from '../run-command';

interface LocalFaultOptions extends OutputOptions {
  readonly local: string;
}

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
  await orderRegion(file, '/faults', { instanceId, fault });
  return {
    exit: 'ok',
    json: { instanceId, fault },
    lines: () => [`${instanceId}: ${FAULT_MEANINGS[fault]}.`],
  };
}
