import { runSeeds, type SeedOrder, type Spent } from '../../simulation/farm';
import { type SimulationResult } from '../../simulation/simulate';
import { type JournalEntry, type SeedJournal } from './journal';

export interface MeasureWish {
  readonly orders: readonly SeedOrder[];
  readonly processes: number;
  /** What it holds is not run again, and what is done goes into it. */
  readonly journal: SeedJournal | null;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** Seeds of this run, and of those before it that the journal tells of. */
export interface Measured {
  readonly results: readonly SimulationResult[];
  /** Orders that were carried out to the end. */
  readonly done: number;
  /** Runs that had a part in it. */
  readonly runs: number;
  /** Time of all the runs added; one that was cut short counts up to the last seed that it brought to its end. */
  readonly seconds: number;
  readonly cpuSeconds: number;
}

const PROGRESS_MS = 30_000;
/** A run that is stopped ends at the next of its slices of minutes. */
const ROUNDING_H = 0.01;

/** Runs what the journal does not hold yet, and adds it all up. */
export async function measure(wish: MeasureWish): Promise<Measured> {
  const { orders, processes, journal, signal, say } = wish;
  const kept = entriesFor(orders, journal);
  const waiting = orders.filter((order) => !kept.has(order));
  if (kept.size > 0) say(`${kept.size} of ${orders.length} seeds are in ${journal?.path ?? ''}.`);
  const [startedAt, run] = [performance.now(), new Date().toISOString()];
  const elapsed = (): number => (performance.now() - startedAt) / 1000;
  const progress = progressOf(wish, kept.size, elapsed);
  let [whole, cpuSeconds] = [0, 0];
  const onResult = (result: SimulationResult, spent: Spent): void => {
    const { seed, hours = 0 } = orders.find((order) => order.seed === result.seed) ?? {};
    cpuSeconds += spent.cpuSeconds;
    if (seed !== undefined && hours - result.hours < ROUNDING_H) {
      whole += 1;
      journal?.append({ run, elapsedSeconds: elapsed(), seed, hours, result, spent });
    }
    progress(result);
  };
  const fresh = await runSeeds({ orders: waiting, processes, isApart: true, signal, onResult });
  const earlier = [...kept.values()];
  const ends = endsOfRuns(earlier);
  return {
    results: [...earlier.map(({ result }) => result), ...fresh],
    done: kept.size + whole,
    runs: ends.size + Number(fresh.length > 0),
    seconds: sumOf([...ends.values()]) + (fresh.length > 0 ? elapsed() : 0),
    cpuSeconds: cpuSeconds + sumOf(earlier.map(({ spent }) => spent.cpuSeconds)),
  };
}

function entriesFor(
  orders: readonly SeedOrder[],
  journal: SeedJournal | null,
): ReadonlyMap<SeedOrder, JournalEntry> {
  const byName = new Map(
    journal?.entries.map((entry) => [`${entry.seed} ${entry.hours}`, entry] as const),
  );
  return new Map(
    orders.flatMap((order) => {
      const entry = byName.get(`${order.seed} ${order.hours}`);
      return entry === undefined ? [] : [[order, entry] as const];
    }),
  );
}

/** By run, how long it had gone on when its last seed was done. */
function endsOfRuns(entries: readonly JournalEntry[]): ReadonlyMap<string, number> {
  const ends = new Map<string, number>();
  for (const { run, elapsedSeconds } of entries)
    ends.set(run, Math.max(elapsedSeconds, ends.get(run) ?? 0));
  return ends;
}

const sumOf = (numbers: readonly number[]): number =>
  numbers.reduce((total, number) => total + number, 0);

/** What is said while a run of hours goes on: every breach at once, and now and then how far it is. */
function progressOf(
  { orders, say }: MeasureWish,
  kept: number,
  elapsed: () => number,
): (result: SimulationResult) => void {
  let [done, hours, saidAt] = [0, 0, performance.now()];
  return (result) => {
    done += 1;
    hours += result.hours;
    for (const line of breachesOf(result)) say(line);
    if (performance.now() - saidAt < PROGRESS_MS) return;
    saidAt = performance.now();
    const left = (elapsed() / done) * (orders.length - kept - done);
    const rate = Math.round((10 * hours) / elapsed()) / 10;
    say(
      `${kept + done} of ${orders.length} seeds, ${rate} simulated hours a second, about ${duration(left)} left`,
    );
  };
}

/** Example: 5400 → `1 h 30 min`. */
export function duration(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export const breachesOf = ({ seed, hours, breaches }: SimulationResult): readonly string[] =>
  breaches.map(({ promise, what }) => `seed ${seed}, ${hours} h, promise ${promise}: ${what}`);
