import { availableParallelism } from 'node:os';
import { InvalidArgumentError, type Command } from 'commander';
import { FAULT_KINDS, type FaultKind } from '../../simulation/fault-kinds';
import { runSeeds } from '../../simulation/farm';
import { type SimulationResult } from '../../simulation/simulate';
import { totalsOf } from '../../simulation/totals';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { withOutputOptions } from '../common-options';
import { explainBroken, explainedLines, type ExplainedSeed } from '../explain-broken-seed';
import { simulationLines } from '../render/simulation-lines';
import { runCommand, type OutputOptions } from '../run-command';
import { withProgress } from '../terminal';
import { UserError } from '../user-error';

interface SimulateOptions extends OutputOptions {
  readonly seed: number;
  readonly count: number;
  readonly seeds?: readonly [number, number];
  readonly hours: number;
  readonly faults: readonly FaultKind[];
  readonly processes: number;
}

const SEED_MAX = 2 ** 32 - 1;
const SEEDS_MAX = 100_000;
const HOURS_MAX = 24 * 31;

function whole(min: number, max: number) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < min || value > max)
      throw new InvalidArgumentError(`use a whole number from ${min} to ${max}.`);
    return value;
  };
}

function hoursArgument(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0.1 && value <= HOURS_MAX))
    throw new InvalidArgumentError(`use a number of hours from 0.1 to ${HOURS_MAX}.`);
  return value;
}

function seedsArgument(text: string): readonly [number, number] {
  const [, from = '', to = ''] = /^(\d{1,10})\.\.(\d{1,10})$/.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  if (from === '' || first > last || last > SEED_MAX || last - first >= SEEDS_MAX)
    throw new InvalidArgumentError(`use a range such as 1..1000, of at most ${SEEDS_MAX} seeds.`);
  return [first, last];
}

function faultsArgument(text: string): readonly FaultKind[] {
  if (text === 'all') return FAULT_KINDS;
  if (text === 'none') return [];
  const names = text.split(',');
  const unknown = names.find((name) => !(FAULT_KINDS as readonly string[]).includes(name));
  if (unknown === undefined) return FAULT_KINDS.filter((kind) => names.includes(kind));
  throw new InvalidArgumentError(
    `there is no fault ${JSON.stringify(unknown)}; use all, none, or some of ${FAULT_KINDS.join(', ')}.`,
  );
}

/** `evenkeel simulate`: the whole product on virtual time, with everything going wrong that a seed can think of. */
export function addSimulate(program: Command, context: CliContext): void {
  withOutputOptions(
    program
      .command('simulate')
      .description(
        'run the whole product against simulated regions on virtual time, with faults from a seed, and check its promises; ends with 1 when one broke',
      )
      .option('--seed <number>', 'what the universe follows from', whole(0, SEED_MAX), 1)
      .option('--count <number>', 'run so many seeds, from --seed on', whole(1, SEEDS_MAX), 1)
      .option('--seeds <range>', 'run these seeds instead, such as 1..1000', seedsArgument)
      .option('--hours <number>', 'virtual hours of each; faults end before', hoursArgument, 2)
      .option(
        '--faults <list>',
        'kinds of faults that may happen: all, none, or names with commas',
        faultsArgument,
        FAULT_KINDS,
      )
      .option(
        '--processes <number>',
        'seeds at once; default: one for each core',
        whole(1, 256),
        availableParallelism(),
      ),
  ).action(async (options: SimulateOptions) => {
    context.finish(
      await runCommand(context.terminal, options, async () => runSimulation(options, context)),
    );
  });
}

function seedsOf({ seed, count, seeds }: SimulateOptions): readonly number[] {
  const [first, last] = seeds ?? [seed, seed + count - 1];
  if (last > SEED_MAX) throw new UserError('usage', `There is no seed above ${SEED_MAX}.`);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

async function runSimulation(
  options: SimulateOptions,
  { terminal, onInterrupt }: CliContext,
): Promise<CommandResult> {
  const { hours, faults, processes } = options;
  const orders = seedsOf(options).map((seed) => ({ seed, hours, faults }));
  const stop = new AbortController();
  onInterrupt(() => stop.abort());
  const startedAt = performance.now();
  let done = 0;
  const work = runSeeds({
    ...{ orders, processes, signal: stop.signal },
    onResult: ({ seed, breaches }) => {
      done += 1;
      if (breaches.length > 0 && orders.length > 1)
        terminal.err(`seed ${seed} broke a promise (${done} of ${orders.length} done)`);
    },
  });
  const what = orders.length === 1 ? `seed ${orders[0]?.seed ?? 0}` : `${orders.length} seeds`;
  const results = await withProgress(terminal, `simulating ${what}`, work);
  const seconds = (performance.now() - startedAt) / 1000;
  const isStopped = stop.signal.aborted;
  const minimal = isStopped
    ? null
    : await withProgress(
        terminal,
        'making the first broken seed smaller',
        explainBroken(results, options, () => stop.signal.aborted),
      );
  return resultOf(results, minimal, { seconds, isStopped });
}

function resultOf(
  results: readonly SimulationResult[],
  minimal: ExplainedSeed | null,
  { seconds, isStopped }: { readonly seconds: number; readonly isStopped: boolean },
): CommandResult {
  const totals = totalsOf(results);
  const hoursPerSecond = Math.round((totals.hours / seconds) * 100) / 100;
  const report = { totals, isStopped, hoursPerSecond, results, minimal };
  return {
    exit: totals.broken.length > 0 ? 'problem' : isStopped ? 'interrupted' : 'ok',
    json: report,
    lines: (colours) => [...simulationLines(report, colours), ...explainedLines(minimal, colours)],
  };
}
