import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Load, startLoad } from '../../infra/local/traffic/load-generator';
import { launchSection, scaleSection } from '../../infra/rehearsal/scale-section';
import { startSide, type Side } from '../../infra/rehearsal/start-side';
import { POOL_TAG, RETIRE_TAG } from '../../shared/domain/ownership-tags';
import { type Step } from '../../shared/domain/proposal';
import { ensureBuilt } from '../support/build';
import { describeScaling } from '../support/describe-scaling';
import { deedsOn, expectDepartures } from '../support/scaled-side';
import { until } from '../support/until';

const PATIENCE_MS = 80_000;
const RATE = 14;

beforeAll(ensureBuilt, 60_000);

/** 20 requests a second are the most that one instance serves: nothing is ever overloaded. */
const options: Parameters<typeof startSide>[0] = {
  name: 'scale',
  network: 158,
  service: { serviceTimeMs: 100 },
  pool: { instanceTypes: ['ecs.c7.large', 'ecs.c7.large'] },
  policy: {
    mode: 'enforce',
    watch: 'unsteady',
    watchInterval: '1s',
    heal: {
      probe: { path: '/', window: '1s', timeout: '800ms' },
      slowStart: { steps: 2, over: '2s' },
    },
    guards: { ejectedShareMax: '50%', budget: { share: '100%' } },
    scale: scaleSection({
      min: 2,
      max: 4,
      more: {
        metrics: [{ signal: 'requests', target: '8/s' }],
        warmUp: '5s',
        in: { stabilisation: '15s', rate: { window: '1m', count: 4 } },
        retire: { soft: '2s', hard: '10s' },
        launch: { ...launchSection(), visibility: '1s' },
      },
    }),
  },
};

const membersOf = ({ region, pool }: Side) =>
  region.slb.backends({ kind: 'group', groupId: pool.serverGroupId });

const existing = ({ region }: Side): readonly string[] =>
  region.ecs.all().map(({ instanceId }) => instanceId);

const atFullWeight = (side: Side): number =>
  membersOf(side).filter(({ weight }) => weight === 100).length;

/** What was done to it, in order; what was planned and put off or refused is no deed. */
const kindsDoneTo = async (side: Side, instanceId: string): Promise<readonly Step['kind'][]> =>
  (await deedsOn(side))
    .filter(({ step }) => step.instanceId === instanceId)
    .map(({ step }) => step.kind);

describeScaling('a pool that is scaled, under load', () => {
  let side: Side;
  beforeAll(async () => {
    side = await startSide({ timeoutMsMin: 30_000, ...options });
  }, 60_000);
  const loads: Load[] = [];
  afterAll(async () => {
    await Promise.all(loads.map((load) => load.stop()));
    await side.stop();
  }, 30_000);

  const send = async (): Promise<Load> => {
    const { host, port } = side.pool;
    const load = await startLoad({
      ...{ kind: 'http', host, port },
      requestsPerSecond: RATE,
      durationMs: 200_000,
    });
    loads.push(load);
    return load;
  };

  it('launches what the load needs and lets it go again, without a failed request', async () => {
    const steady = await send();
    const more = await send();
    await until(() => atFullWeight(side) === 4, PATIENCE_MS, 'four instances serve');
    const launched = existing(side).filter((id) => !side.pool.instanceIds.includes(id));
    expect(launched).toHaveLength(2);
    for (const id of launched) expect(side.region.ecs.demand(id).tags.get(POOL_TAG)).toBe('web');
    await until(
      async () => {
        const reports = await Promise.all([steady.report(), more.report()]);
        const answered = (id: string): boolean =>
          reports.some(({ backends }) => (backends[id]?.requests ?? 0) > 5);
        return launched.every(answered);
      },
      PATIENCE_MS,
      'both newcomers answer requests',
    );

    expect(await more.stop()).toMatchObject({ failed: 0 });
    await until(() => existing(side).length === 2, PATIENCE_MS, 'two instances are deleted');
    expect(await steady.stop()).toMatchObject({ failed: 0 });
    expect(
      membersOf(side)
        .map(({ serverId }) => serverId)
        .sort(),
    ).toEqual([...existing(side)].sort());
    expect(atFullWeight(side)).toBe(2);
    for (const id of existing(side))
      expect(side.region.ecs.demand(id).tags.get(RETIRE_TAG)).toBeUndefined();
    const gone = [...side.pool.instanceIds, ...launched].filter(
      (id) => !existing(side).includes(id),
    );
    await expectDepartures(side, gone);
    for (const id of gone) {
      const deeds = await kindsDoneTo(side, id);
      expect(deeds.slice(deeds.lastIndexOf('set-weight'))).toEqual([
        'set-weight',
        'deregister',
        'delete',
      ]);
    }
  }, 170_000);
});
