import { availableParallelism, cpus, totalmem } from 'node:os';
import { type Totals, totalsOf } from '../../simulation/totals';
import { table } from '../table';
import { breachesOf, type Measured } from './measure';

export interface SimulatorReport {
  readonly machine: {
    readonly processor: string;
    readonly cores: number;
    readonly memoryGib: number;
    readonly node: string;
  };
  readonly processes: number;
  /** How many runs it took, and the time of all of them added. */
  readonly runs: number;
  readonly seconds: number;
  readonly hoursPerSecond: number;
  readonly ticksPerSecond: number;
  /** Seconds of the processor for a simulated hour. */
  readonly cpuSecondsPerHour: number;
  readonly totals: Totals;
  readonly breaches: readonly string[];
}

/** What a measurement comes to, in the order of its seeds. */
export function reportOf(measured: Measured, processes: number): SimulatorReport {
  const results = measured.results.toSorted((one, other) => one.seed - other.seed);
  const totals = totalsOf(results);
  const seconds = Math.max(1, Math.round(measured.seconds));
  return {
    machine: {
      processor: cpus()[0]?.model ?? 'unknown',
      cores: availableParallelism(),
      memoryGib: Math.round(totalmem() / 2 ** 30),
      node: process.version,
    },
    ...{ processes, runs: measured.runs, seconds, totals },
    hoursPerSecond: Math.round((10 * totals.hours) / seconds) / 10,
    ticksPerSecond: Math.round(totals.ticks / seconds),
    cpuSecondsPerHour:
      Math.round((100 * measured.cpuSeconds) / Math.max(totals.hours, 0.001)) / 100,
    breaches: results.flatMap(breachesOf),
  };
}

/** For people. */
export function printed(report: SimulatorReport): string {
  const { machine, totals } = report;
  const rows = (counts: Readonly<Record<string, number | undefined>>) =>
    Object.entries(counts).map(([name, count = 0]) => [name, String(count)]);
  return [
    `${totals.seeds} seeds, ${totals.hours} simulated hours in ${report.seconds} s: ${report.hoursPerSecond} hours a second with ${report.processes} processes`,
    ...(report.runs > 1
      ? [`the seconds are those of ${report.runs} runs added, each up to its last whole seed`]
      : []),
    `${report.cpuSecondsPerHour} s of the processor for a simulated hour`,
    `${totals.ticks} ticks (${report.ticksPerSecond} a second), ${totals.calls} API calls`,
    `${machine.cores} cores of ${machine.processor}, ${machine.memoryGib} GiB, Node ${machine.node}`,
    '',
    table(['fault', 'count'], rows(totals.faults)),
    '',
    table(['action', 'count'], rows(totals.actions)),
    '',
    totals.broken.length === 0 ? 'No promise broke.' : report.breaches.join('\n'),
  ].join('\n');
}
