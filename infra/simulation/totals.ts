import { Counter, type Counts } from './fault-kinds';
import { type SimulationResult } from './simulate';

/** Many runs together. */
export interface Totals {
  readonly seeds: number;
  readonly hours: number;
  readonly faults: Counts;
  readonly actions: Counts;
  readonly ticks: number;
  readonly calls: number;
  /** Seeds in which a promise broke. */
  readonly broken: readonly number[];
}

export function totalsOf(results: readonly SimulationResult[]): Totals {
  const faults = new Counter();
  const actions = new Counter();
  for (const result of results) {
    for (const [name, count = 0] of Object.entries(result.faults)) faults.add(name, count);
    for (const [name, count = 0] of Object.entries(result.actions)) actions.add(name, count);
  }
  const sum = (of: (result: SimulationResult) => number): number =>
    results.reduce((total, result) => total + of(result), 0);
  return {
    seeds: results.length,
    hours: Math.round(sum(({ hours }) => hours) * 1000) / 1000,
    ...{ faults: faults.all(), actions: actions.all() },
    ticks: sum(({ ticks }) => ticks),
    calls: sum(({ calls }) => calls),
    broken: results.filter(({ breaches }) => breaches.length > 0).map(({ seed }) => seed),
  };
}
