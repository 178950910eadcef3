import { availableParallelism, cpus, totalmem } from 'node:os';
import { runSeeds } from '../simulation/farm';
import { type SimulationResult } from '../simulation/simulate';
import { type Totals, totalsOf } from '../simulation/totals';
import { benchArguments, positive } from './arguments';
import { type Bench } from './bench';
import { untilInterrupted } from './heal/heal';
import { table } from './table';

interface SimulatorResult {
  readonly machine: {
    readonly processor: string;
    readonly cores: number;
    readonly memoryGib: number;
    readonly node: string;
  };
  readonly processes: number;
  readonly seconds: number;
  readonly hoursPerSecond: number;
  readonly ticksPerSecond: number;
  readonly totals: Totals;
  readonly breaches: readonly string[];
}

const PROGRESS_MS = 30_000;

/** How fast universes go by, and what was done to them; in its full form a thousand days. */
export const simulatorBench: Bench = {
  summary:
    'the whole product on virtual time with every fault: simulated hours a second, and what was done and broken; 1,000 seeds of 24 h [--seeds N] [--hours H] [--first SEED] [--processes N]',
  run: async (args) => {
    const { values } = benchArguments(args, {
      json: { type: 'boolean', default: false },
      seeds: { type: 'string', default: '1000' },
      hours: { type: 'string', default: '24' },
      first: { type: 'string', default: '1' },
      processes: { type: 'string', default: String(availableParallelism()) },
    });
    const first = positive('first', values.first);
    const hours = positive('hours', values.hours);
    const orders = Array.from({ length: positive('seeds', values.seeds) }, (_, index) => ({
      seed: first + index,
      hours,
    }));
    const processes = positive('processes', values.processes);
    const startedAt = performance.now();
    const onResult = progressOf(orders.length, startedAt);
    const results = await untilInterrupted(async (signal) =>
      runSeeds({ orders, processes, signal, onResult }),
    );
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    const result = resultOf(results, processes, Math.max(1, seconds));
    process.stdout.write(`${values.json ? JSON.stringify(result, null, 2) : printed(result)}\n`);
    if (result.totals.broken.length > 0)
      throw new Error(`A promise broke in ${result.totals.broken.length} seeds.`);
  },
};

/** What is said while a run of hours goes on: every breach at once, and now and then how far it is. */
function progressOf(seeds: number, startedAt: number): (result: SimulationResult) => void {
  let [done, hours, saidAt] = [0, 0, startedAt];
  return (result) => {
    done += 1;
    hours += result.hours;
    for (const line of breachesOf(result)) process.stderr.write(`${line}\n`);
    const now = performance.now();
    if (now - saidAt < PROGRESS_MS) return;
    saidAt = now;
    const rate = Math.round((10_000 * hours) / (now - startedAt)) / 10;
    process.stderr.write(`${done} of ${seeds} seeds, ${rate} simulated hours a second\n`);
  };
}

const breachesOf = ({ seed, hours, breaches }: SimulationResult): readonly string[] =>
  breaches.map(({ promise, what }) => `seed ${seed}, ${hours} h, promise ${promise}: ${what}`);

function resultOf(
  results: readonly SimulationResult[],
  processes: number,
  seconds: number,
): SimulatorResult {
  const totals = totalsOf(results);
  return {
    machine: {
      processor: cpus()[0]?.model ?? 'unknown',
      cores: availableParallelism(),
      memoryGib: Math.round(totalmem() / 2 ** 30),
      node: process.version,
    },
    ...{ processes, seconds, totals },
    hoursPerSecond: Math.round((10 * totals.hours) / seconds) / 10,
    ticksPerSecond: Math.round(totals.ticks / seconds),
    breaches: results.flatMap(breachesOf),
  };
}

function printed(result: SimulatorResult): string {
  const { machine, totals } = result;
  const rows = (counts: Readonly<Record<string, number | undefined>>) =>
    Object.entries(counts).map(([name, count = 0]) => [name, String(count)]);
  return [
    `${totals.seeds} seeds, ${totals.hours} simulated hours in ${result.seconds} s: ${result.hoursPerSecond} hours a second with ${result.processes} processes`,
    `${totals.ticks} ticks (${result.ticksPerSecond} a second), ${totals.calls} API calls`,
    `${machine.cores} cores of ${machine.processor}, ${machine.memoryGib} GiB, Node ${machine.node}`,
    '',
    table(['fault', 'count'], rows(totals.faults)),
    '',
    table(['action', 'count'], rows(totals.actions)),
    '',
    totals.broken.length === 0 ? 'No promise broke.' : result.breaches.join('\n'),
  ].join('\n');
}
