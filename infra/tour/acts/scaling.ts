import { type BootTimes } from '../../local/ecs/boot-times';
import { launchSection, scaleSection } from '../../rehearsal/scale-section';
import { type Side } from '../../rehearsal/start-side';
import { launchedIn } from '../actions';
import { scaleAct, type ScaleOutcome, type ScaleSide } from '../scale-act';
import { type SideWish, TOUR_POLICY } from '../stage';

/** Two vCPU at 100 ms a request serve 20 a second; 11 a second are the target, 55 % of that. */
const TYPE = 'ecs.c7.large';
const TARGET = 11;
const SERVICE = { serviceTimeMs: 100 };

/** Waits that fit a rehearsal; everything else as by default. A stabilisation window must span several of the timer’s wake-ups. */
const QUICK = {
  metrics: [{ signal: 'requests', target: `${TARGET}/s` }],
  warmUp: '10s',
  in: { stabilisation: '20s', rate: { window: '1m', count: 3 } },
  retire: { soft: '3s', hard: '15s' },
};

interface PoolWish {
  readonly count: number;
  readonly warm?: number;
  readonly scale?: Readonly<Record<string, unknown>>;
  readonly heal?: Readonly<Record<string, unknown>>;
  readonly ecsSettings?: SideWish['ecsSettings'];
}

const types = (count: number): readonly string[] => Array.from({ length: count }, () => TYPE);

const LAUNCH = { ...launchSection(), visibility: '1s' };

const wishOf = (mode: 'observe' | 'enforce', pool: PoolWish): SideWish => ({
  service: SERVICE,
  pool: { instanceTypes: types(pool.count), warm: types(pool.warm ?? 0) },
  policy: {
    ...TOUR_POLICY,
    mode,
    heal: { ...TOUR_POLICY.heal, ...pool.heal },
    scale: scaleSection({ min: 2, max: 8, more: { ...QUICK, launch: LAUNCH, ...pool.scale } }),
  },
  ...(pool.ecsSettings === undefined ? {} : { ecsSettings: pool.ecsSettings }),
});

const bothModes = (pool: PoolWish): readonly ScaleSide[] => [
  { name: 'observe', network: 70, wish: wishOf('observe', pool) },
  { name: 'enforce', network: 74, wish: wishOf('enforce', pool) },
];

const membersOf = ({ region, pool }: Side) =>
  region.slb.backends({ kind: 'group', groupId: pool.serverGroupId });

/** Members at full weight. */
const atWork = (side: Side): number => membersOf(side).filter(({ weight }) => weight >= 100).length;

const idsOf = ({ region }: Side): readonly string[] =>
  region.ecs.all().map(({ instanceId }) => instanceId);

const servedBy = ({ load, ticks }: ScaleOutcome): number =>
  launchedIn(ticks).filter((id) => (load.backends[id]?.requests ?? 0) > 0).length;

const SURGE = { requestsPerSecond: 27, change: { requestsPerSecond: 54, overMs: 10_000 } };
/** The instances that twice the load needs. */
const NEEDED = 5;

/** Three instances bear 60 requests a second at most: 54 keep them nine tenths busy. */
export const surge = scaleAct({
  name: 'surge',
  title: 'The load doubles in ten seconds',
  story:
    'Three instances bear 27 requests a second well and 54 just so. Evenkeel launches what the target asks for; newcomers get traffic once they answer.',
  sides: bothModes({ count: 3 }),
  ...SURGE,
  awaits: 'out',
  secondsMax: 120,
  secondsAfter: 6,
  isShown: ({ side }) => atWork(side) >= NEEDED,
  findings: ([observe, enforce]) => [
    {
      sentence: 'Observing, nobody comes: three instances to the end.',
      isSo: observe !== undefined && idsOf(observe.side).length === 3,
    },
    {
      sentence: `Enforcing, ${NEEDED} instances serve at full weight.`,
      isSo: enforce !== undefined && atWork(enforce.side) >= NEEDED,
    },
    {
      sentence: 'Each newcomer has answered real requests.',
      isSo: enforce !== undefined && servedBy(enforce) >= NEEDED - 3,
    },
    {
      sentence: 'Enforcing, not one of the last requests failed.',
      isSo: enforce?.lastSeconds(5).failed === 0,
    },
  ],
});

export const lull = scaleAct({
  name: 'lull',
  title: 'The load falls',
  story:
    'Six instances for 60 requests a second; then there are 20. Evenkeel drains those that are too many, takes them out and deletes them.',
  sides: bothModes({ count: 6 }),
  requestsPerSecond: 60,
  change: { requestsPerSecond: 20, overMs: 5000 },
  awaits: 'in',
  secondsMax: 120,
  secondsAfter: 4,
  isShown: ({ side }) => idsOf(side).length <= 3,
  findings: ([observe, enforce]) => [
    {
      sentence: 'Observing, six instances are kept and paid for.',
      isSo: observe !== undefined && idsOf(observe.side).length === 6,
    },
    {
      sentence: 'Enforcing, three at most are left, and all of them serve.',
      isSo:
        enforce !== undefined &&
        idsOf(enforce.side).length <= 3 &&
        atWork(enforce.side) === idsOf(enforce.side).length,
    },
    { sentence: 'Enforcing, not one request failed.', isSo: enforce?.load.failed === 0 },
  ],
});

export const soldOut = scaleAct({
  name: 'sold-out',
  title: 'The best option is out of stock',
  story:
    'As the load doubles, zone a has no machine of the wanted type left. The next option is asked for in the same tick.',
  sides: bothModes({
    count: 3,
    ecsSettings: {
      stock: [{ zoneId: 'cn-local-a', instanceType: TYPE, isSpot: false, available: 0 }],
    },
  }),
  ...SURGE,
  awaits: 'out',
  secondsMax: 120,
  secondsAfter: 4,
  isShown: ({ side }) => atWork(side) >= NEEDED,
  findings: ([, enforce]) => [
    {
      sentence: 'Enforcing, the launch that zone a refused was made in zone b in the same tick.',
      isSo: enforce?.ticks.some(isFallBack) === true,
    },
    {
      sentence: 'Every newcomer is in zone b.',
      isSo: enforce !== undefined && newcomersOf(enforce.side).every(isInZoneB),
    },
    {
      sentence: `Enforcing, ${NEEDED} instances serve at full weight.`,
      isSo: enforce !== undefined && atWork(enforce.side) >= NEEDED,
    },
  ],
});

const newcomersOf = ({ region, pool }: Side) =>
  region.ecs.all().filter(({ instanceId }) => !pool.instanceIds.includes(instanceId));

const isInZoneB = ({ zoneId }: { readonly zoneId: string }): boolean => zoneId === 'cn-local-b';

const isFallBack = ({ outcome }: ScaleOutcome['ticks'][number]): boolean =>
  outcome.steps.some(
    ({ launch }) =>
      launch?.refusals.some(({ code }) => code === 'OperationDenied.NoStock') === true &&
      launch.attempts.some(({ state }) => state === 'accepted'),
  );

export const replace = scaleAct({
  name: 'replace',
  title: 'A dead instance is replaced',
  story:
    'web-1 dies and no restart brings it back. Evenkeel takes it out, launches another first, and then deletes the dead one.',
  sides: bothModes({ count: 4, heal: { ladder: { rungs: ['drain', 'replace'], settle: '5s' } } }),
  requestsPerSecond: 40,
  inject: ({ region, pool }) =>
    region.ecs.injectFaults(pool.instanceIds[0] ?? '', { isCrashed: true }, 'reboot'),
  awaits: 'replacement',
  secondsMax: 120,
  secondsAfter: 4,
  isShown: ({ side }) => isReplaced(side),
  findings: ([observe, enforce]) => [
    {
      sentence: 'Observing, web-1 stays, dead.',
      isSo: observe !== undefined && idsOf(observe.side).includes(firstOf(observe.side)),
    },
    {
      sentence: 'Enforcing, web-1 is gone and four instances serve.',
      isSo: enforce !== undefined && isReplaced(enforce.side),
    },
    {
      sentence: 'The new instance was launched before the dead one left.',
      isSo: enforce !== undefined && isLaunchedFirst(enforce),
    },
    {
      sentence: 'Enforcing, not one of the last requests failed.',
      isSo: enforce?.lastSeconds(10).failed === 0,
    },
  ],
});

const firstOf = ({ pool }: Side): string => pool.instanceIds[0] ?? '';

const isReplaced = (side: Side): boolean =>
  !idsOf(side).includes(firstOf(side)) && atWork(side) === 4;

function isLaunchedFirst({ ticks }: ScaleOutcome): boolean {
  const kinds = ticks.flatMap(({ plan }) => plan.steps.map(({ kind }) => kind));
  return kinds.includes('launch') && kinds.indexOf('launch') < kinds.indexOf('deregister');
}

/** Setting up takes as long as everything else, and only at the first boot. */
const WITH_SET_UP: BootTimes = {
  pending: { minMs: 300, maxMs: 300 },
  running: { minMs: 1500, maxMs: 1500 },
  guest: { minMs: 500, maxMs: 500 },
  service: { minMs: 500, maxMs: 500 },
  setUp: { minMs: 6000, maxMs: 6000 },
};

export const warm = scaleAct({
  name: 'warm',
  title: 'From the warm pool, against cold',
  story:
    'Two pools, the same surge, both enforcing. One has two stopped instances ready, which were set up before; the other launches and sets up.',
  sides: [
    {
      name: 'warm pool',
      network: 70,
      wish: wishOf('enforce', {
        count: 3,
        warm: 2,
        scale: { warmPool: { size: 2 } },
        ecsSettings: { bootTimes: WITH_SET_UP },
      }),
    },
    {
      name: 'cold',
      network: 74,
      wish: wishOf('enforce', { count: 3, ecsSettings: { bootTimes: WITH_SET_UP } }),
    },
  ],
  ...SURGE,
  awaits: 'out',
  secondsMax: 120,
  secondsAfter: 4,
  isShown: ({ side }) => atWork(side) >= NEEDED,
  findings: ([ready, cold]) => [
    {
      sentence: 'Both reach what twice the load needs.',
      isSo: [ready, cold].every((each) => each !== undefined && atWork(each.side) >= NEEDED),
    },
    {
      sentence: 'What was stopped was started, not launched anew.',
      isSo: ready?.side.pool.warmIds.some((id) => id in ready.load.backends) === true,
    },
    {
      sentence: 'From the warm pool the first newcomer serves sooner.',
      isSo: (ready?.report.secondsToServe ?? Infinity) < (cold?.report.secondsToServe ?? Infinity),
    },
  ],
});
