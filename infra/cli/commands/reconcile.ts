import { type Command } from 'commander';
import { type ReconciledPool } from '../../../shared/operate/operator-reply';
import { askPools } from '../ask-pools';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { withCloudOptions, type CloudOptions } from '../common-options';
import { EXIT_CODES, type ExitName } from '../exit-codes';
import { runCommand } from '../run-command';

interface ReconcileOptions extends CloudOptions {
  readonly pool?: string;
}

/** `evenkeel reconcile`: one turn of the loop, now. */
export function addReconcile(program: Command, context: CliContext): void {
  withCloudOptions(
    program
      .command('reconcile')
      .description(
        'run the loop once, as a wake-up would: in mode observe nothing is written to the cloud',
      )
      .option('--pool <name>', 'only this pool'),
  ).action(async (options: ReconcileOptions) => {
    context.finish(await runCommand(context.terminal, options, () => reconcile(options, context)));
  });
}

async function reconcile(options: ReconcileOptions, context: CliContext): Promise<CommandResult> {
  const interrupts = { count: 0 };
  context.onInterrupt(() => {
    interrupts.count += 1;
    if (interrupts.count > 1) process.exit(EXIT_CODES.interrupted.code);
    context.terminal.err('Finishing the tick under way; Ctrl-C again stops at once.');
  });
  const { answers } = await askPools('reconcile', options, context);
  const pools = answers.flatMap(({ reply }) => (reply.kind === 'reconciled' ? reply.pools : []));
  return {
    exit: interrupts.count > 0 ? 'interrupted' : worstOf(pools),
    json: { pools },
    lines: () => pools.map(({ poolName, result }) => `${poolName}: ${outcomeText(result)}`),
  };
}

function worstOf(pools: readonly ReconciledPool[]): ExitName {
  if (pools.some(({ result }) => result.kind === 'blind')) return 'unreachable';
  return pools.some(({ result }) => result.kind === 'busy') ? 'problem' : 'ok';
}

function outcomeText(result: ReconciledPool['result']): string {
  switch (result.kind) {
    case 'worked':
      return `${result.ticks} ${result.ticks === 1 ? 'tick' : 'ticks'}, last ${result.lastTickId}${result.isUnsteady ? ', still unsteady' : ', steady'}. \`evenkeel explain\` tells more.`;
    case 'busy':
      return 'another worker holds the pool; nothing was done.';
    case 'blind':
      return `could not be observed (${result.code}); nothing was changed.`;
  }
}
