import { InvalidArgumentError, Option, type Command } from 'commander';
import { type TickDigest } from '../../../shared/ports/tick-archive';
import { instantText } from '../../../shared/record/text';
import { askName } from '../ask-names';
import { askPool, onePool } from '../ask-pools';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { withCloudOptions, type CloudOptions } from '../common-options';
import { openFleet } from '../open-fleet';
import { parseTime } from '../parse-time';
import { runCommand } from '../run-command';
import { table } from '../table';

interface HistoryOptions extends CloudOptions {
  readonly pool?: string;
  readonly name?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
}

function limitArgument(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
    throw new InvalidArgumentError('use a whole number from 1 to 1000.');
  return limit;
}

/** `evenkeel history`: recorded ticks, newest first. */
export function addHistory(program: Command, context: CliContext): void {
  withCloudOptions(
    program
      .command('history')
      .description('list recorded ticks, newest first')
      .option('--pool <name>', 'pool; needed when the policy has several')
      .addOption(new Option('--name <name>', 'of this public name').conflicts('pool'))
      .option('--from <time>', 'not before: 10:42, 15m (ago) or an ISO time')
      .option('--to <time>', 'not after')
      .option('--limit <count>', 'at most this many, up to 1000', limitArgument, 20),
  ).action(async (options: HistoryOptions) => {
    context.finish(await runCommand(context.terminal, options, () => history(options, context)));
  });
}

async function history(options: HistoryOptions, context: CliContext): Promise<CommandResult> {
  const range = {
    limit: options.limit,
    ...(options.from === undefined ? {} : { from: parseTime(options.from, context.now()) }),
    ...(options.to === undefined ? {} : { to: parseTime(options.to, context.now()) }),
  };
  return options.name === undefined
    ? poolHistory(range, options, context)
    : nameHistory(options.name, range, options, context);
}

interface Range {
  readonly limit: number;
  readonly from?: number;
  readonly to?: number;
}

async function poolHistory(
  range: Range,
  options: HistoryOptions,
  context: CliContext,
): Promise<CommandResult> {
  const fleet = openFleet(options, context.variables);
  const pool = onePool(fleet, options.pool);
  const reply = await askPool(
    { verb: 'history', pool: pool.name, ...range },
    { fleet, pool, options, context },
  );
  const ticks = reply.kind === 'history' ? reply.ticks : [];
  return { exit: 'ok', json: { poolName: pool.name, ticks }, lines: () => lines(pool.name, ticks) };
}

async function nameHistory(
  name: string,
  range: Range,
  options: HistoryOptions,
  context: CliContext,
): Promise<CommandResult> {
  const fleet = openFleet(options, context.variables);
  const reply = await askName({ verb: 'name-history', name, ...range }, fleet, options, context);
  const ticks = reply.kind === 'name-history' ? reply.ticks : [];
  return { exit: 'ok', json: { name, ticks }, lines: () => lines(name, ticks) };
}

const lines = (of: string, ticks: readonly TickDigest[]): readonly string[] =>
  ticks.length === 0
    ? [`No ticks of ${of} on record.`]
    : table(['time', 'tick', 'woken by', 'healthy', 'done', 'withheld', 'summary'], ticks.map(row));

const row = (tick: TickDigest): readonly string[] => [
  instantText(tick.at),
  tick.tickId,
  tick.wake,
  `${tick.healthy}/${tick.members}`,
  String(tick.steps),
  String(tick.withheld),
  tick.summary,
];
