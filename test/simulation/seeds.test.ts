import { beforeAll, describe, expect, it } from '@jest/globals';
import { FAULT_KINDS } from '../../infra/simulation/fault-kinds';
import { runSeeds } from '../../infra/simulation/farm';
import { type SimulationResult } from '../../infra/simulation/simulate';
import { totalsOf } from '../../infra/simulation/totals';
import { ensureBuilt } from '../support/build';
import failedSeeds from './failed-seeds.json';
import { type SeedSource, seedsOf, seedSource } from './seeds-of-commit';

const SEEDS = 100;
const HOURS = 2;
const PATIENCE_MS = 15 * 60_000;

/** Steps that so many universes cannot do without. */
const ACTIONS = [
  ...['set-weight', 'tag', 'launch', 'register', 'deregister', 'delete', 'start', 'stop'],
  ...['restart-service', 'reboot', 'enable-record', 'pause-record'],
];

interface FailedSeed {
  readonly seed: number;
  readonly hours: number;
  /** Promises of which it is not judged yet whether the product, the universe or the checker is wrong. */
  readonly open?: readonly number[];
  readonly why: string;
}

const KNOWN: readonly FailedSeed[] = failedSeeds;

/** Breaches that are not judged yet: where the product, the universe or the checker is wrong. Every other universe keeps every promise. */
const isOpen = ({ seed, hours }: SimulationResult, broken: number): boolean =>
  KNOWN.some(
    (known) =>
      known.seed === seed && known.hours === hours && known.open?.includes(broken) === true,
  );

/** Each breach that is not known, with what repeats it. */
const broken = (results: readonly SimulationResult[]): readonly string[] =>
  results.flatMap((result) =>
    result.breaches
      .filter(({ promise }) => !isOpen(result, promise))
      .map(
        ({ promise, what, tickId }) =>
          `evenkeel simulate --seed ${result.seed} --hours ${result.hours}: promise ${promise}, tick ${tickId ?? 'none'}: ${what}`,
      ),
  );

/** What a failing run says: the first breach, where its seed came from, and the rest. Empty when there is none. */
const complaint = ([first, ...rest]: readonly string[], { name }: SeedSource): string =>
  first === undefined
    ? ''
    : [`the first breach: ${first}`, `its seed follows from ${name}`, ...rest].join('\n');

describe('no promise breaks', () => {
  const source = seedSource();
  const fresh = seedsOf(source, SEEDS).map((seed) => ({ seed, hours: HOURS }));
  const listed = KNOWN.filter(({ open }) => open === undefined);
  let results: readonly SimulationResult[] = [];

  beforeAll(async () => {
    ensureBuilt();
    results = await runSeeds({ orders: [...fresh, ...listed] });
  }, PATIENCE_MS);

  it(`in ${SEEDS} universes`, () => {
    const hunted = results.slice(0, SEEDS);
    const { seeds, hours } = totalsOf(hunted);
    expect(complaint(broken(hunted), source)).toBe('');
    expect({ seeds, hours }).toEqual({ seeds: SEEDS, hours: SEEDS * HOURS });
  });

  it('in any universe in which one broke before', () => {
    const again = results.slice(SEEDS);
    expect(again).toHaveLength(listed.length);
    expect(again.flatMap(({ breaches }) => breaches)).toEqual([]);
  });

  it('with every kind of fault and of action among them', () => {
    const { faults, actions } = totalsOf(results);
    expect(FAULT_KINDS.filter((kind) => (faults[kind] ?? 0) === 0)).toEqual([]);
    expect(ACTIONS.filter((kind) => (actions[kind] ?? 0) === 0)).toEqual([]);
  });
});
