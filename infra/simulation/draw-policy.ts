import { type Dice } from './dice';

type Section = Readonly<Record<string, unknown>>;

const seconds = (count: number): string => `${count}s`;
const minutes = (count: number): string => `${count}m`;
const share = (percent: number): string => `${percent}%`;

/** The section of a pool, without name, region and targets: policy values from the whole range that makes sense. */
export function drawPoolPolicy(
  dice: Dice,
  about: { readonly count: number; readonly regionId: string; readonly isScaled: boolean },
): Section {
  return {
    mode: 'enforce',
    watch: dice.pick(['never', 'never', 'never', 'unsteady', 'unsteady', 'unsteady', 'always']),
    watchInterval: seconds(dice.pick([15, 30, 30, 60])),
    heal: drawHeal(dice, about.isScaled),
    guards: drawGuards(dice),
    ...(about.isScaled && { scale: drawScale(dice, about) }),
  };
}

function drawHeal(dice: Dice, isScaled: boolean): Section {
  const base = dice.pick([10, 20, 30, 60]);
  return {
    confirm: { fall: dice.between(2, 3), rise: dice.between(1, 3) },
    ...(dice.happens(800) && {
      probe: { path: '/', window: dice.pick(['500ms', '1s', '2s']), perWindow: 8 },
    }),
    ejection: {
      base: seconds(base),
      max: seconds(base * dice.between(2, 5)),
      decay: minutes(dice.between(6, 10)),
    },
    slowStart: {
      steps: dice.between(1, 5),
      over: seconds(dice.pick([20, 60, 120, 180])),
      firstShare: share(dice.pick([10, 20, 50])),
    },
    ...(dice.happens(300) && { weights: { kind: 'managed' } }),
    ladder: drawLadder(dice, isScaled),
  };
}

function drawLadder(dice: Dice, isScaled: boolean): Section {
  const hasRestart = dice.happens(500);
  const hasReboot = dice.happens(400);
  const hasReplace = isScaled && dice.happens(600);
  return {
    rungs: [
      ...(dice.happens(600) ? ['lower-weight'] : []),
      'drain',
      ...(hasRestart ? ['restart'] : []),
      ...(hasReboot ? ['reboot'] : []),
      ...(hasReplace ? ['replace'] : []),
    ],
    settle: seconds(dice.pick([20, 30, 60])),
    ...(hasRestart && {
      restart: { command: 'systemctl restart app', timeout: '20s', wait: '60s' },
    }),
    ...(hasReboot && { reboot: { wait: '3m', force: dice.happens(300) } }),
    memory: '30m',
    breakerFor: minutes(dice.pick([2, 5])),
  };
}

const drawGuards = (dice: Dice): Section => ({
  floorCount: dice.pick([1, 1, 2]),
  floorShare: share(dice.pick([30, 50, 60])),
  ejectedShareMax: share(dice.pick([10, 20, 30, 50])),
  budget: {
    window: minutes(dice.pick([1, 2, 5])),
    share: share(dice.pick([10, 20, 50])),
    count: dice.pick([2, 5, 20]),
  },
  refusedWait: '60s',
});

function drawScale(
  dice: Dice,
  { count, regionId }: { readonly count: number; readonly regionId: string },
): Section {
  const zones = dice.happens(700) ? ['a', 'b'] : ['a', 'b', 'c'];
  const hasSpot = dice.happens(300);
  const option = (zone: string, chargeType: string): Section => ({
    zone: `${regionId}-${zone}`,
    vSwitch: `vsw-vpc-local-${zone}`,
    instanceType: 'ecs.c7.large',
    chargeType,
  });
  return {
    min: Math.max(2, Math.floor(count / 2)),
    max: count * 2 + 2,
    metrics: [{ signal: 'cpu', target: share(dice.pick([40, 50, 60])) }],
    in: {
      stabilisation: minutes(dice.pick([2, 5, 10])),
      rate: { window: minutes(2), share: share(20), count: 1 },
    },
    warmUp: seconds(dice.pick([60, 120, 180])),
    vetoes: { lastWeekPeak: dice.happens(300) },
    launch: {
      template: 'lt-web',
      options: [
        ...(hasSpot ? [option(zones[0] ?? 'a', 'spot')] : []),
        ...zones.map((zone) => option(zone, 'pay-as-you-go')),
      ],
      provisionTimeout: minutes(3),
      registrationTimeout: minutes(8),
      quarantine: minutes(dice.pick([1, 3])),
      tokenValidity: minutes(dice.pick([5, 10])),
      backOff: { base: minutes(3), max: minutes(6), reset: minutes(20) },
      breaker: { failures: dice.pick([3, 5]), open: minutes(3) },
    },
    retire: { soft: seconds(dice.pick([20, 60])), hard: seconds(dice.pick([90, 180])) },
    warmPool: { size: dice.pick([0, 0, 0, 1, 2]) },
    inventory: { strays: dice.pick(['leave', 'leave', 'adopt']), orphan: minutes(5) },
  };
}

/** The section of a name, without sites and vantages. */
export const drawNamePolicy = (dice: Dice): Section => ({
  mode: 'enforce',
  watch: dice.pick(['unsteady', 'unsteady', 'unsteady', 'always', 'never']),
  watchInterval: seconds(dice.pick([15, 20, 30, 30])),
  ttl: '60s',
  weighting: dice.happens(500),
  holdDown: seconds(dice.pick([150, 180, 240])),
  failback: { hold: minutes(dice.pick([4, 6])), stageHold: minutes(dice.pick([1, 2])) },
  capacity: { wait: seconds(dice.pick([0, 60])) },
  velocity: { moves: dice.pick([1, 2]), window: minutes(dice.pick([10, 15])) },
  regionClaim: minutes(dice.pick([3, 5])),
  approval: { firstFailover: false },
});
