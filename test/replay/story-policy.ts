import { type PoolPolicy, type Rung, type WeightPolicy } from '../../shared/domain/policy';
import { type Target } from '../../shared/domain/target';
import { millis, permille } from '../../shared/domain/units';
import { aPolicy, type PolicyParts } from '../support/builders';
import { type Chance, happens, pick } from '../support/chance';
import { type Theme } from './themes';

const LADDERS: readonly (readonly Rung[])[] = [
  ['lower-weight', 'drain', 'restart', 'reboot', 'replace'],
  ['lower-weight', 'drain', 'restart', 'reboot', 'replace'],
  ['lower-weight', 'drain', 'restart', 'reboot', 'replace'],
  ['drain', 'reboot'],
  ['lower-weight'],
  ['restart', 'replace'],
  ['lower-weight', 'restart', 'reboot'],
];

/** A policy of small numbers, so that a short story passes many of its limits. */
export function storyPolicy(
  theme: Theme,
  size: number,
  targets: readonly Target[],
  chance: Chance,
): PoolPolicy {
  const usual = aPolicy().heal;
  return aPolicy({
    targets,
    heal: {
      confirm: { fall: pick(chance, [1, 2, 3]), rise: pick(chance, [1, 2, 2, 3]) },
      probe: happens(chance, theme.probeless)
        ? null
        : {
            ...usual.probe!,
            windowMs: millis(pick(chance, [2500, 2000, 3000])),
            perWindow: pick(chance, [10, 10, 10, 10, 20, 20, 700]),
            budgetPerWindow: pick(chance, [100_000, 100_000, 10 * size, 10 * size - 1]),
          },
      outlier: {
        ...usual.outlier,
        enabled: chance(12) > 0,
        hostsMin: pick(chance, [3, 5, size, Math.max(3, size - 1)]),
        probesMin: pick(chance, [20, 20, 30, 40]),
        confirmations: pick(chance, [2, 2, 3]),
        falseEjectionsPerWeekMax: permille(pick(chance, [100, 1_000_000_000, 1_000_000_000])),
        brokenVantage: permille(pick(chance, [500, 667, 1000, 1001])),
      },
      ejection: {
        baseMs: millis(30_000),
        maxMs: millis(pick(chance, [60_000, 90_000])),
        decayMs: millis(pick(chance, [60_000, 600_000])),
      },
      slowStart: {
        steps: pick(chance, [5, 5, 3, 2, 1]),
        durationMs: millis(pick(chance, [60_000, 20_000])),
        firstShare: permille(pick(chance, [100, 500])),
      },
      weights: someWeights(theme, chance),
      panic: pick(chance, theme.name === 'panic' ? PANICS : CALM),
    },
    ladder: ladderOf(chance),
    guards:
      pick(chance, theme.guards) === 'tight'
        ? tightGuards(size, chance)
        : looseGuards(size, chance),
  });
}

const panicAt = (enter: number, leave: number): PoolPolicy['heal']['panic'] => ({
  enter: permille(enter),
  leave: permille(leave),
});
const CALM = [panicAt(0, 150), panicAt(0, 150), panicAt(250, 400)];
const PANICS = [
  ...[panicAt(500, 650), panicAt(500, 500), panicAt(667, 1000), panicAt(334, 750)],
  panicAt(250, 400),
];

function someWeights(theme: Theme, chance: Chance): WeightPolicy {
  const kind = pick(chance, theme.weights);
  if (kind === 'preserve') return { kind };
  const feedback = {
    errorPenalty: permille(pick(chance, [1000, 500, 0])),
    deadBand: pick(chance, [0, 2, 5]),
    slew: permille(pick(chance, [100, 200, 1000, 1000])),
    expiryMs: millis(pick(chance, [180_000, 179_999, 1000, 999])),
  };
  return {
    kind: 'managed',
    factor: permille(pick(chance, [12_500, 25_000, 30_000, 100])),
    feedback: kind === 'feedback' ? feedback : null,
  };
}

function ladderOf(chance: Chance): NonNullable<PolicyParts['ladder']> {
  const drainAhead = pick(chance, [undefined, 60_000]);
  return {
    rungs: pick(chance, LADDERS),
    lowerWeightShare: permille(pick(chance, [300, 500, 10])),
    settleMs: millis(pick(chance, [0, 20_000, 60_000])),
    restart:
      chance(6) === 0
        ? null
        : { command: 'restart', timeoutMs: millis(10_000), waitMs: millis(30_000) },
    reboot: chance(6) === 0 ? null : { waitMs: millis(40_000), force: false },
    attemptsMax: pick(chance, [1, 2, 2, 3]),
    memoryMs: millis(300_000),
    breakerFailures: pick(chance, [1, 2, 3]),
    breakerMs: millis(120_000),
    ...(drainAhead === undefined ? {} : { drainAheadMs: millis(drainAhead) }),
  };
}

const shareOfSize = (count: number, size: number): number => Math.floor((count * 1000) / size);

const looseGuards = (size: number, chance: Chance): NonNullable<PolicyParts['guards']> => ({
  floorCount: pick(chance, [0, 1]),
  floorShare: permille(0),
  ejectedShareMax: permille(1000),
  ejectedCountMax: 100,
  budget: { windowMs: millis(60_000), share: permille(1000), count: 100 },
  repairShareMax: permille(pick(chance, [1000, 1000, shareOfSize(1, size)])),
  protectedInstances: chance(20) === 0 ? ['i-1'] : [],
});

/** Limits that lie on a whole number of members, or just beside one. */
function tightGuards(size: number, chance: Chance): NonNullable<PolicyParts['guards']> {
  const some = (): number => 1 + chance(Math.max(1, size - 1));
  return {
    floorCount: pick(chance, [0, 1, 2, some()]),
    floorShare: permille(pick(chance, [0, 0, 500, shareOfSize(some(), size)])),
    ejectedShareMax: permille(pick(chance, [1000, 0, 200, shareOfSize(some(), size)])),
    ejectedCountMax: pick(chance, [100, 100, 0, some()]),
    budget: {
      windowMs: millis(60_000),
      share: permille(pick(chance, [1000, 1000, shareOfSize(some(), size)])),
      count: pick(chance, [100, 1, some()]),
    },
    repairShareMax: permille(pick(chance, [0, 1000, shareOfSize(some(), size)])),
    inventoryDrop: permille(pick(chance, [300, 500, 250])),
    protectedInstances: chance(8) === 0 ? ['i-1'] : [],
  };
}
