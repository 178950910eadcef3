import { type Disguise } from './cosmos';
import { drawSetting } from './draw-setting';
import { type Counts, FAULT_KINDS, type FaultKind } from './fault-kinds';
import { type Breach, type Checker } from './history';
import { allCheckers } from './promises/all-checkers';
import { Universe } from './universe';

export interface SimulationWish {
  readonly seed: number;
  readonly hours: number;
  /** Kinds of faults that may happen; all of them when left out. */
  readonly faults?: readonly FaultKind[];
  /** Left out: all of them. */
  readonly checkers?: readonly Checker[];
  /** Ends at the first promise that is found broken. */
  readonly stopsAtBreach?: boolean;
  readonly disguise?: Disguise;
  /** Asked now and then; true ends the run with what was done so far. */
  readonly isStopped?: () => boolean;
}

/** What a run came to; the same wish gives the same result, byte for byte. */
export interface SimulationResult {
  readonly seed: number;
  /** Hours of virtual time that passed. */
  readonly hours: number;
  readonly regions: number;
  readonly pools: number;
  readonly names: number;
  readonly faults: Counts;
  readonly actions: Counts;
  readonly ticks: number;
  readonly calls: number;
  readonly breaches: readonly Breach[];
  /** Fingerprint of everything that happened. */
  readonly digest: string;
}

const SLICE_MS = 5 * 60_000;
const HOUR_MS = 3_600_000;

/** One universe from its first minute to its last. */
export async function simulate(wish: SimulationWish): Promise<SimulationResult> {
  const { seed, hours, faults = FAULT_KINDS } = wish;
  const setting = drawSetting({ seed, hours, faults });
  const universe = new Universe(setting, wish.checkers ?? allCheckers(), wish.disguise);
  await universe.begin();
  const { clock } = universe.cosmos;
  const { chronicle } = universe;
  const isOver = (): boolean =>
    clock.now() >= setting.endsAt ||
    (wish.stopsAtBreach === true && chronicle.hasBreach) ||
    wish.isStopped?.() === true;
  while (!isOver()) await universe.advance(Math.min(SLICE_MS, setting.endsAt - clock.now()));
  const passed = clock.now() - setting.startAt;
  universe.end(clock.now() >= setting.endsAt);
  return {
    ...{ seed, hours: Math.round((passed / HOUR_MS) * 1000) / 1000 },
    regions: setting.regionIds.length,
    pools: setting.pools.length,
    names: setting.name === null ? 0 : 1,
    faults: chronicle.faults.all(),
    actions: chronicle.actions.all(),
    ticks: chronicle.ticks,
    calls: chronicle.calls.total,
    breaches: chronicle.breaches,
    digest: chronicle.digest,
  };
}
