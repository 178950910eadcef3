import { type NameTick } from '../../../shared/domain/failover/name-tick';
import { type Tick } from '../../../shared/domain/tick';
import { type Disguise } from '../cosmos';
import { FAULT_KINDS, type FaultKind } from '../fault-kinds';
import { type Breach, type Checker, type Moment } from '../history';
import { simulate, type SimulationResult, type SimulationWish } from '../simulate';
import { allCheckers } from './all-checkers';

/** A universe in which a promise broke. */
export interface FailingWish {
  readonly seed: number;
  readonly hours: number;
  readonly faults: readonly FaultKind[];
}

export interface MinimalReplay extends FailingWish {
  readonly breach: Breach;
  /** The command that does the same again. */
  readonly command: string;
  /** The last tick before the promise broke, for `evenkeel replay`; null when there was none. */
  readonly tick: Tick | NameTick | null;
  /** Runs that it took. */
  readonly runs: number;
}

export interface MinimalReplayOptions {
  /** Universes tried at most. Default 24. */
  readonly runsMax?: number;
  /** Asked now and then; true ends the search with the best so far. */
  readonly isStopped?: () => boolean;
  readonly disguise?: () => Disguise;
  /** How a universe is run; a test may put another world in its place. */
  readonly run?: (wish: SimulationWish) => Promise<SimulationResult>;
}

const RUNS_MAX = 24;
/** Shorter runs have no faults to speak of. */
const HOURS_MIN = 0.25;

/**
 * The smallest universe that still breaks the promise, as far as a few tries find it: half of the time again and again, then no kinds of
 * faults that did not happen, then half of the kinds, then one less at a time. Undefined when the first run breaks nothing.
 */
export async function minimalReplay(
  failing: FailingWish,
  promise: number,
  options: MinimalReplayOptions = {},
): Promise<MinimalReplay | undefined> {
  const search = new Search(promise, options);
  if (!(await search.breaks(failing))) return undefined;
  await search.shorten();
  await search.dropWhatNeverHappened();
  for (let part = 2; part <= 2 * search.best.faults.length; part *= 2) await search.dropParts(part);
  return search.result();
}

interface Found {
  readonly breach: Breach;
  readonly result: SimulationResult;
  readonly tick: Tick | NameTick | null;
}

class Search {
  best: FailingWish = { seed: 0, hours: 0, faults: [] };
  private found: Found | null = null;
  private runs = 0;
  private readonly promise: number;
  private readonly options: MinimalReplayOptions;

  constructor(promise: number, options: MinimalReplayOptions) {
    this.promise = promise;
    this.options = options;
  }

  /** Whether the promise breaks there, too; then it is the best so far. */
  async breaks(wish: FailingWish): Promise<boolean> {
    const { run = simulate, disguise, isStopped, runsMax = RUNS_MAX } = this.options;
    if (this.runs >= runsMax || isStopped?.() === true) return false;
    this.runs += 1;
    const last = new LastTick(this.promise);
    const result = await run({
      ...wish,
      checkers: [...last.around(allCheckers())],
      ...(disguise && { disguise: disguise() }),
      ...(isStopped && { isStopped }),
    });
    const breach = result.breaches.find(({ promise }) => promise === this.promise);
    if (breach === undefined) return false;
    this.best = wish;
    this.found = { breach, result, tick: last.tick };
    return true;
  }

  async shorten(): Promise<void> {
    for (;;) {
      const hours = Math.round(this.best.hours * 50) / 100;
      if (hours < HOURS_MIN || !(await this.breaks({ ...this.best, hours }))) return;
    }
  }

  async dropWhatNeverHappened(): Promise<void> {
    const counts = this.found?.result.faults ?? {};
    const faults = this.best.faults.filter((kind) => (counts[kind] ?? 0) > 0);
    if (faults.length < this.best.faults.length) await this.breaks({ ...this.best, faults });
  }

  /** Tries the kinds without each of so many parts of them. */
  async dropParts(parts: number): Promise<void> {
    const { faults } = this.best;
    const size = Math.max(1, Math.ceil(faults.length / parts));
    for (let from = 0; from < faults.length; from += size) {
      const part = faults.slice(from, from + size);
      const fewer = this.best.faults.filter((kind) => !part.includes(kind));
      if (fewer.length < this.best.faults.length)
        await this.breaks({ ...this.best, faults: fewer });
    }
  }

  result(): MinimalReplay | undefined {
    const { best, found, runs } = this;
    if (found === null) return undefined;
    const { breach, tick } = found;
    return { ...best, breach, tick, runs, command: commandFor(best) };
  }
}

/** Example: `evenkeel simulate --seed 7 --hours 0.5 --faults backend-crash,store-lost`. */
export function commandFor({ seed, hours, faults }: FailingWish): string {
  const isAll = faults.length === FAULT_KINDS.length;
  const kinds = isAll ? 'all' : faults.length === 0 ? 'none' : faults.join(',');
  return `evenkeel simulate --seed ${seed} --hours ${hours} --faults ${kinds}`;
}

/** Keeps the last tick before a promise broke. */
class LastTick {
  tick: Tick | NameTick | null = null;
  private latest: Tick | NameTick | null = null;
  private readonly promise: number;

  constructor(promise: number) {
    this.promise = promise;
  }

  around(checkers: readonly Checker[]): readonly Checker[] {
    const judges = checkers.filter(({ promise }) => promise === this.promise);
    return [...checkers, this.watcher(judges)];
  }

  private watcher(judges: readonly Checker[]): Checker {
    const note = (): void => {
      if (judges.some(({ breaches }) => breaches.length > 0)) this.tick ??= this.latest;
    };
    return {
      ...{ promise: this.promise, title: 'the last tick', breaches: [] },
      see: (moment: Moment): void => {
        note();
        if (moment.kind === 'tick' || moment.kind === 'name-tick') this.latest = moment.tick;
        note();
      },
      finish: () => (this.tick ??= this.latest),
    };
  }
}
