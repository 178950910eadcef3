import { beforeAll, describe, expect, it } from '@jest/globals';
import { FAULT_KINDS } from '../../infra/simulation/fault-kinds';
import { runSeeds } from '../../infra/simulation/farm';
import { type SimulationResult } from '../../infra/simulation/simulate';
import { totalsOf } from '../../infra/simulation/totals';
import { ensureBuilt } from '../support/build';
import failedSeeds from './failed-seeds.json';
import { seedsOfCommit } from './seeds-of-commit';

const SEEDS = 100;
const HOURS = 2;
const PATIENCE_MS = 15 * 60_000;

/** Steps that a hundred universes cannot do without. */
const ACTIONS = [
  ...['set-weight', 'tag', 'launch', 'register', 'deregister', 'delete', 'start', 'stop'],
  ...['restart-service', 'reboot', 'enable-record', 'pause-record'],
];

/**
 * Promises of which some universes show breaches that are not judged yet: where the product, the universe or the checker is wrong
 * (`failed-seeds.json` has those seeds as `open`). They are bounded here, and all others are kept in every universe.
 */
const OPEN: readonly number[] = [5, 6, 7];
const OPEN_SEEDS_MAX = 20;

/** Each breach with what repeats it. */
const broken = (results: readonly SimulationResult[]): readonly string[] =>
  results.flatMap(({ seed, hours, breaches }) =>
    breaches
      .filter(({ promise }) => !OPEN.includes(promise))
      .map(
        ({ promise, what, tickId }) =>
          `evenkeel simulate --seed ${seed} --hours ${hours}: promise ${promise}, tick ${tickId ?? 'none'}: ${what}`,
      ),
  );

beforeAll(() => {
  ensureBuilt();
}, PATIENCE_MS);

describe('no promise breaks', () => {
  it(
    `in ${SEEDS} universes of this commit, with every kind of fault and of action among them`,
    async () => {
      const orders = seedsOfCommit(SEEDS).map((seed) => ({ seed, hours: HOURS }));
      const results = await runSeeds({ orders });
      const { seeds, hours, faults, actions } = totalsOf(results);
      expect(broken(results)).toEqual([]);
      expect(totalsOf(results).broken.length).toBeLessThanOrEqual(OPEN_SEEDS_MAX);
      expect({ seeds, hours }).toEqual({ seeds: SEEDS, hours: SEEDS * HOURS });
      expect(FAULT_KINDS.filter((kind) => (faults[kind] ?? 0) === 0)).toEqual([]);
      expect(ACTIONS.filter((kind) => (actions[kind] ?? 0) === 0)).toEqual([]);
    },
    PATIENCE_MS,
  );

  it(
    'in any universe in which one broke before',
    async () => {
      const orders = failedSeeds.filter((one) => !('open' in one));
      const results = await runSeeds({ orders });
      expect(results).toHaveLength(orders.length);
      expect(results.flatMap(({ breaches }) => breaches)).toEqual([]);
    },
    PATIENCE_MS,
  );
});
