import { type Command, InvalidArgumentError, Option } from 'commander';
import { type PoolPolicy } from '../../../shared/domain/policy';
import { type Answer, askPool, onePool } from '../ask-pools';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { durationArgument, withCloudOptions, type CloudOptions } from '../common-options';
import { whoami } from '../open-context';
import { openFleet } from '../open-fleet';
import { runCommand } from '../run-command';
import { instantText } from '../../../shared/record/text';
import { UserError } from '../user-error';

interface ScaleOptions extends CloudOptions {
  readonly pool?: string;
  readonly by?: string;
  readonly reason?: string;
  readonly for: number;
  readonly atLeast?: true;
  readonly release?: true;
}

const HOUR_MS = 3_600_000;

function countArgument(text: string): number {
  if (!/^\d{1,4}$/u.test(text)) throw new InvalidArgumentError('use a whole number of instances.');
  return Number(text);
}

/** `evenkeel scale`: a person’s wish for capacity, for a while. */
export function addScale(program: Command, context: CliContext): void {
  withCloudOptions(
    program
      .command('scale')
      .description(
        'order a number of instances for a while; the next tick begins, under the guards',
      )
      .argument('[count]', 'instances wanted; left out with --release', countArgument)
      .option('--at-least', 'so many or more, whatever the metrics say (default: exactly so many)')
      .option('--reason <text>', 'why, for whoever asks later')
      .option('--pool <name>', 'pool; needed when the policy has several')
      .option('--by <name>', 'who orders it (default: you, as the system knows you)')
      .addOption(
        new Option('--for <duration>', 'let the order end by itself after this long')
          .argParser(durationArgument)
          .default(HOUR_MS, '1h'),
      )
      .addOption(
        new Option('--release', 'take the order back: the metrics decide again').conflicts([
          'atLeast',
          'reason',
        ]),
      ),
  ).action(async (count: number | undefined, options: ScaleOptions) => {
    context.finish(
      await runCommand(context.terminal, options, () => scale(count, options, context)),
    );
  });
}

async function scale(
  count: number | undefined,
  options: ScaleOptions,
  context: CliContext,
): Promise<CommandResult> {
  const fleet = openFleet(options, context.variables);
  const pool = onePool(fleet, options.pool);
  const order = orderOf(count, options, context.now());
  const reply = await askPool(
    { verb: 'scale', pool: pool.name, by: options.by ?? whoami(), ...(order && { order }) },
    { fleet, pool, options, context },
  );
  return reported(reply, pool);
}

function orderOf(count: number | undefined, options: ScaleOptions, now: number) {
  if (options.release === true) {
    if (count !== undefined)
      throw new UserError('usage', 'Give a number of instances or --release, not both.');
    return undefined;
  }
  if (count === undefined) throw new UserError('usage', 'Say how many instances, or --release.');
  if (options.reason === undefined || options.reason.trim() === '')
    throw new UserError('usage', 'Say why with --reason: somebody will ask later.');
  const kind = options.atLeast === true ? ('at-least' as const) : ('exactly' as const);
  return { kind, count, reason: options.reason, until: now + options.for };
}

function reported(reply: Answer, pool: PoolPolicy): CommandResult {
  if (reply.kind !== 'capacity-ordered') throw new Error(`scale was answered with ${reply.kind}`);
  const { order } = reply;
  const words = order?.kind === 'at-least' ? 'at least ' : '';
  return {
    exit: 'ok',
    json: reply,
    lines: (colours) => [
      order === null
        ? `Nobody orders capacity for ${pool.name} any more: the metrics decide with the next tick.`
        : `${pool.name} is to have ${words}${order.count} ${order.count === 1 ? 'instance' : 'instances'} until ${instantText(order.until)}. The next tick begins, if the guards allow it.`,
      ...(pool.mode === 'observe'
        ? [
            colours.yellow(
              'The pool is in mode observe: the tick will say what it would do and change nothing.',
            ),
          ]
        : []),
    ],
  };
}
