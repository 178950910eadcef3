import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Load, startLoad } from '../../infra/local/traffic/load-generator';
import { type LoadOptions } from '../../infra/local/traffic/load-options';
import { type PoolWish } from '../../infra/rehearsal/lay-out-pool';
import { launchSection, scaleSection } from '../../infra/rehearsal/scale-section';
import { startSide, type Side } from '../../infra/rehearsal/start-side';
import { ensureBuilt } from '../support/build';
import { describeScaling } from '../support/describe-scaling';
import { type HeldConnection, holdConnection } from '../support/hold-connection';
import {
  deedsOn,
  existing,
  expectDepartures,
  expectExactly,
  isWhole,
  orderCapacity,
} from '../support/scaled-side';
import { until } from '../support/until';

const PATIENCE_MS = 100_000;
const CASE_MS = 150_000;
const TYPE = 'ecs.c7.2xlarge';
const COUNT = 15;
const LEFT = 5;
/** Places of the spot instances. */
const SPOT = [10, 11, 12, 13, 14];
const RATE = 25;

beforeAll(ensureBuilt, 60_000);

interface Kind {
  readonly name: string;
  readonly network: number;
  readonly pool: Partial<PoolWish>;
  readonly load: Partial<LoadOptions> & Pick<LoadOptions, 'kind'>;
}

const KINDS: readonly Kind[] = [
  {
    name: 'sticky',
    network: 150,
    pool: { listener: { stickySession: true, cookieTimeoutS: 600 } },
    load: { kind: 'http', clients: RATE },
  },
  { name: 'not sticky', network: 154, pool: { protocol: 'tcp' }, load: { kind: 'tcp' } },
];

/** Requests take 0.4 to 1.2 s: shorter than the soft deadline of 2 s, and some are always under way. */
const SERVICE = { serviceTimeMs: 800, serviceTimeSpread: 500 };

const POLICY = {
  mode: 'enforce',
  watch: 'unsteady',
  watchInterval: '1s',
  heal: {
    probe: { path: '/health', window: '1s', timeout: '800ms' },
    ladder: { rungs: ['drain', 'replace'], settle: '5s' },
    slowStart: { steps: 2, over: '2s' },
  },
  guards: { floorShare: '10%', ejectedShareMax: '20%', budget: { share: '100%' } },
  scale: scaleSection({
    min: LEFT,
    max: COUNT + 6,
    more: {
      metrics: [{ signal: 'cpu', target: '60%' }],
      in: { stabilisation: '0s', rate: { window: '1m', count: COUNT - LEFT } },
      // Connections are read with a lag of up to 11 s: by the hard deadline the last count has none of the requests that were under way.
      retire: { soft: '2s', hard: '20s', idleConnections: 0 },
      launch: { ...launchSection('cn-local', TYPE), visibility: '1s' },
    },
  }),
};

interface Pool {
  readonly kind: Kind;
  readonly side: Side;
  readonly load: Load;
}

async function startPool(kind: Kind): Promise<Pool> {
  const instanceTypes = Array.from({ length: COUNT }, () => TYPE);
  const side = await startSide({
    timeoutMsMin: 30_000,
    name: kind.name,
    network: kind.network,
    service: SERVICE,
    alarmResponseTimeMs: 10_000,
    pool: { instanceTypes, spot: SPOT, ...kind.pool },
    policy: POLICY,
  });
  const { host, port } = side.pool;
  // What is asked is who is cut, not who waits: a busy machine fails nobody.
  const patience = { timeoutMs: 30_000, durationMs: 600_000 };
  const options = { host, port, requestsPerSecond: RATE, ...patience, ...kind.load };
  return { kind, side, load: await startLoad(options) };
}

/** What was counted is a result of these tests. */
const tell = ({ kind }: Pool, text: string): void =>
  void process.stdout.write(`${kind.name}: ${text}\n`);

describeScaling('pools of fifteen, sticky and not, under requests of about a second', () => {
  let pools: readonly Pool[] = [];
  beforeAll(async () => {
    pools = await Promise.all(KINDS.map(startPool));
    await Promise.all(pools.map(({ side }) => orderCapacity(side, COUNT)));
  }, 90_000);
  afterAll(async () => {
    await Promise.all(pools.map(({ load }) => load.stop()));
    await Promise.all(pools.map(({ side }) => side.stop()));
  }, 60_000);
  const onBoth = async (act: (pool: Pool) => Promise<void>): Promise<void> => {
    await Promise.all(pools.map(act));
  };

  /** Requests that the dead instance has cost. */
  const lost = new Map<Kind, number>();

  it(
    'a dead instance costs requests until its ejection and none after, and is replaced',
    () =>
      onBoth(async (pool) => {
        const { side, load, kind } = pool;
        const dead = side.pool.instanceIds[0]!;
        const faultAt = Date.now();
        await side.region.ecs.injectFaults(dead, { isCrashed: true }, 'reboot');
        await until(
          () => !existing(side).includes(dead) && isWhole(side, COUNT),
          PATIENCE_MS,
          `${kind.name}: another has taken its place`,
        );
        await expectDepartures(side, [dead]);
        const ejection = (await deedsOn(side)).find(
          ({ step }) => step.kind === 'set-weight' && step.instanceId === dead && step.to === 0,
        )!;
        const { failed, lastFailureAt } = await load.report();
        const ejectedMs = ejection.outcome.finishedAt - faultAt;
        tell(pool, `${failed} requests failed within ${ejectedMs} ms, until the ejection`);
        expect(failed).toBeGreaterThan(0);
        expect(lastFailureAt).toBeLessThanOrEqual(ejection.outcome.finishedAt);
        lost.set(kind, failed);
      }),
    CASE_MS,
  );

  it(
    'ten serving instances are replaced: others come first, and no request fails',
    () =>
      onBoth(async (pool) => {
        const { side, load, kind } = pool;
        const old = SPOT.map((index) => side.pool.instanceIds[index]!);
        for (const id of old) side.region.ecs.reclaimSpot(id, 300_000);
        await until(
          () => isWhole(side, COUNT) && !existing(side).some((id) => old.includes(id)),
          PATIENCE_MS,
          `${kind.name}: five are replaced`,
        );
        expectExactly(side, COUNT);
        await expectDepartures(side, old);
        const deeds = await deedsOn(side);
        const lastLaunch = deeds.map(({ step }) => step.kind).lastIndexOf('launch');
        const firstOut = deeds.findIndex(
          ({ step }) => step.kind === 'deregister' && old.includes(step.instanceId),
        );
        expect(lastLaunch).toBeLessThan(firstOut);
        expect((await load.report()).failed).toBe(lost.get(kind));
      }),
    CASE_MS,
  );

  it(
    'twenty leave: no request fails; what is open past the hard deadline is cut, counted and told',
    () =>
      onBoth(async (pool) => {
        const { side, load, kind } = pool;
        const before = existing(side);
        const held = kind.load.kind === 'tcp' ? await holdConnections(side) : [];
        await orderCapacity(side, LEFT);
        await until(() => isWhole(side, LEFT), PATIENCE_MS, `${kind.name}: five are left`);
        expectExactly(side, LEFT);
        const gone = before.filter((id) => !existing(side).includes(id));
        expect(gone).toHaveLength(COUNT - LEFT);
        const { failed, requests, failures } = await load.stop();
        await expectDepartures(side, gone);
        const cut = held.filter(({ isOpen }) => !isOpen());
        for (const each of held) each.close();
        tell(
          pool,
          `${requests} requests, ${failed} failed ${JSON.stringify(failures)}; ${cut.length} of ${held.length} held connections cut`,
        );
        expect(failed).toBe(lost.get(kind));
        expect(cut).toEqual(held.filter(({ instanceId }) => gone.includes(instanceId)));
        await expectReported(side, cut);
      }),
    CASE_MS,
  );
});

/** Two on each instance. */
async function holdConnections({ pool }: Side): Promise<readonly HeldConnection[]> {
  const open = Array.from({ length: 2 * COUNT }, async () => holdConnection(pool));
  return Promise.all(open);
}

/** Each departure that cuts connections says how many, and calls people. */
async function expectReported(side: Side, cut: readonly HeldConnection[]): Promise<void> {
  const told = (await side.ticks())
    .flatMap(({ proposal }) => proposal.alerts)
    .filter(({ reason }) => reason === 'drain-deadline')
    .map(({ instanceId }) => instanceId);
  const steps = (await deedsOn(side)).map(({ step }) => step);
  for (const id of new Set(cut.map(({ instanceId }) => instanceId))) {
    const step = steps
      .filter((each) => each.kind === 'deregister')
      .find(({ instanceId }) => instanceId === id);
    expect(step?.reason).toBe('drain-deadline');
    // The count is seconds old when it is acted on: a request that has ended since may be in it, and none was cut.
    const wereCut = cut.filter(({ instanceId }) => instanceId === id).length;
    expect(step?.openConnections).toBeGreaterThanOrEqual(wereCut);
    expect(told).toContain(id);
  }
}
