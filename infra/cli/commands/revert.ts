import { Option, type Command } from 'commander';
import { type PoolPolicy } from '../../../shared/domain/policy';
import { instantText } from '../../../shared/record/text';
import { askPool, onePool, type Answer } from '../ask-pools';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { durationArgument, withCloudOptions, type CloudOptions } from '../common-options';
import { confirm, type ConfirmOptions } from '../confirm';
import { whoami } from '../open-context';
import { openFleet, type OpenFleet } from '../open-fleet';
import { planLines, planReport } from '../render/plan-report';
import { runCommand } from '../run-command';
import { UserError } from '../user-error';

interface RevertOptions extends CloudOptions, ConfirmOptions {
  readonly pool?: string;
  readonly by?: string;
  readonly reason?: string;
  readonly for: number;
  readonly end?: true;
}

interface Asked {
  readonly fleet: OpenFleet;
  readonly pool: PoolPolicy;
  readonly options: RevertOptions;
  readonly context: CliContext;
}

type Changed = Extract<Answer, { kind: 'reversal-changed' }>;

const HOUR_MS = 3_600_000;

/** `evenkeel revert`: what healing did to a pool is taken back, and its weights are left alone. */
export function addRevert(program: Command, context: CliContext): void {
  withCloudOptions(
    program
      .command('revert')
      .description(
        'take back what healing did to a pool: base weights return, and healing leaves it alone for a while; of a public name, `failback` does that',
      )
      .option('--pool <name>', 'pool; needed when the policy has several')
      .option('--reason <text>', 'why, for whoever asks later; needed but with --end')
      .option('--by <name>', 'who orders it (default: you, as the system knows you)')
      .addOption(
        new Option('--for <duration>', 'let the order end by itself after this long')
          .argParser(durationArgument)
          .default(HOUR_MS, '1h'),
      )
      .option('--yes', 'do not ask first')
      .option('--plan', 'say what the next tick would do, and order nothing')
      .addOption(
        new Option('--end', 'take the order back: healing goes on').conflicts(['plan', 'reason']),
      ),
  ).action(async (options: RevertOptions) => {
    context.finish(
      await runCommand(context.terminal, options, () => {
        const fleet = openFleet(options, context.variables);
        const asked = { fleet, pool: onePool(fleet, options.pool), options, context };
        return options.end === true ? end(asked) : order(asked);
      }),
    );
  });
}

async function order(asked: Asked): Promise<CommandResult> {
  const { pool, options, context } = asked;
  if (options.reason === undefined || options.reason.trim() === '')
    throw new UserError('usage', 'Say why with --reason: somebody will ask later.');
  const request = {
    ...{ verb: 'revert' as const, pool: pool.name, by: options.by ?? whoami() },
    ...{ reason: options.reason, until: context.now() + options.for },
  };
  const plan = async () => planned(await askPool({ ...request, isPlan: true }, asked), asked);
  if (options.plan === true) return plan();
  if (options.yes !== true && options.json !== true && context.terminal.ask !== undefined)
    (await plan()).lines(context.terminal.colours).forEach(context.terminal.err);
  await confirm(context.terminal, options, `Take back what healing did to ${pool.name}?`);
  return changed(await askPool({ ...request, isPlan: false }, asked), pool);
}

const end = async (asked: Asked): Promise<CommandResult> => {
  const { pool, options } = asked;
  const request = { verb: 'end-revert', pool: pool.name, by: options.by ?? whoami() } as const;
  return changed(await askPool(request, asked), pool);
};

function planned(reply: Answer, { fleet, pool }: Asked): CommandResult {
  if (reply.kind !== 'plans') throw new Error(`revert was answered with ${reply.kind}`);
  const reports = reply.plans.map((each) => planReport(each, pool, fleet));
  return {
    exit: 'ok',
    json: { plans: reply.plans },
    lines: (colours) => [
      ...reports.flatMap((report) => planLines(report, pool, colours)),
      'Nothing was changed.',
    ],
  };
}

function changed(reply: Answer, { mode }: PoolPolicy): CommandResult {
  if (reply.kind !== 'reversal-changed') throw new Error(`revert was answered with ${reply.kind}`);
  const isIdle = mode === 'observe' && reply.reversal !== null;
  return {
    exit: 'ok',
    json: reply,
    lines: (colours) => [
      textOf(reply),
      ...(isIdle
        ? [
            colours.yellow(
              'The pool is in mode observe: the tick will say what it would do and change nothing.',
            ),
          ]
        : []),
    ],
  };
}

function textOf({ poolName, reversal, before }: Changed): string {
  if (reversal !== null)
    return `With the next tick ${poolName} has its base weights back, as far as the guards allow; healing leaves it alone until ${instantText(reversal.until)}. \`evenkeel revert --end\` ends it sooner.`;
  return before === null
    ? `Nobody had reverted ${poolName}; nothing to take back.`
    : `Healing goes on in ${poolName}; ${before.by} had it reverted (${before.reason}).`;
}
