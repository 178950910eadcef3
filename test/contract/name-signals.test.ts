import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FunctionRegionPools } from '../../shared/adapters/function-compute/region-pools';
import { FunctionVantages } from '../../shared/adapters/function-compute/vantages';
import { SystemClock } from '../../shared/adapters/system/system-clock';
import { CloudError } from '../../shared/domain/cloud-error';
import { floorsKey } from '../../shared/domain/store-keys';
import { instant, millis } from '../../shared/domain/units';
import { lookAt } from '../../shared/observe/failover/observe-votes';
import { type Clock } from '../../shared/ports/clock';
import { type FunctionInvoker } from '../../shared/ports/function-invoker';
import { type FloorRequest, type RegionPools } from '../../shared/ports/region-pools';
import { type Vantages } from '../../shared/ports/vantages';
import { aNamePolicy, aSite } from '../support/name-builders';
import { FakeRegionPools, FakeVantages } from '../support/name-signals';
import { OPERATOR, operatorOf } from '../support/operator-of';
import { PROBE, probeOf } from '../support/probe-of';
import { createScaleWorld } from '../support/scale-world';
import { TestClock } from '../support/test-clock';

const MINUTE = 60_000;
const unreachable = (): CloudError =>
  new CloudError({
    ...{ action: 'InvokeFunction', code: 'ConnectionFailed', reaction: 'retry' },
    ...{ isAmbiguous: false, message: 'nobody answers' },
  });

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface PoolsScene {
  readonly pools: RegionPools;
  readonly clock: Clock;
  /** From now on its region cannot be reached. */
  readonly cut: () => void;
  /** What holds of what a name asked for. */
  readonly floorOf: (by: string) => Promise<Pick<FloorRequest, 'count' | 'until'> | undefined>;
}

async function operatedPools(): Promise<PoolsScene> {
  const world = await createScaleWorld({ demand: 4.4 });
  closing.push(() => world.stop());
  await world.live(6);
  const { invoker } = operatorOf(world);
  let isCut = false;
  const nobody: FunctionInvoker = { ...invoker, call: () => Promise.reject(unreachable()) };
  return {
    pools: new FunctionRegionPools({
      clock: world.clock,
      functionName: OPERATOR,
      invokerFor: () => (isCut ? nobody : invoker),
    }),
    clock: world.clock,
    cut: () => void (isCut = true),
    floorOf: async (by) => {
      const floors = (await world.store.read(floorsKey('web')))?.value as FloorRequest[];
      return floors.find((floor) => floor.by === by);
    },
  };
}

function fakePools(): Promise<PoolsScene> {
  const clock = new TestClock();
  const pools = new FakeRegionPools(clock);
  return Promise.resolve({
    ...{ pools, clock },
    cut: () => void pools.unreachable.add('web'),
    floorOf: (by) => Promise.resolve(pools.floors.get('web')?.get(by)),
  });
}

describe.each([
  ['a fake', fakePools],
  ['the operator function there', operatedPools],
] as const)('pools of other regions, through %s', (_, setUp) => {
  const POOL = { regionId: 'cn-hangzhou', poolName: 'web' };
  let scene: PoolsScene;
  beforeEach(async () => {
    scene = await setUp();
  });
  const soon = () => ({ deadline: instant(scene.clock.now() + 30_000) });
  const request = (more: Partial<FloorRequest> = {}): Promise<void> =>
    scene.pools.requestFloor(
      POOL,
      {
        ...{ count: 7, by: 'shop', reason: 'hz is down' },
        until: instant(scene.clock.now() + 10 * MINUTE),
        ...more,
      },
      soon(),
    );

  it('tell what they can carry, in whole numbers and as of now', async () => {
    const capacity = await scene.pools.describeCapacity(POOL, soon());
    const { serving, members, warm, arriving, max, healthy, canLaunch, takenAt } = capacity;
    for (const count of [serving, members, warm, arriving, max ?? 0, healthy])
      expect(Number.isInteger(count) && count >= 0).toBe(true);
    expect(serving).toBeGreaterThan(0);
    expect(serving).toBeLessThanOrEqual(members);
    expect(healthy).toBeLessThanOrEqual(1000);
    expect(canLaunch).toBe(true);
    expect(takenAt).toBe(scene.clock.now());
    for (const read of [capacity.load, capacity.traffic, capacity.errorShare])
      expect(read).toMatchObject({ kind: 'ok', value: expect.any(Number) });
  });

  it('keep what they are asked for until its end', async () => {
    const until = instant(scene.clock.now() + 5 * MINUTE);
    await request({ until });
    expect(await scene.floorOf('shop')).toMatchObject({ count: 7, until });
    expect(await scene.floorOf('blog')).toBeUndefined();
  });

  it('keep the higher count and the later end of one asker, whatever comes last', async () => {
    const late = instant(scene.clock.now() + 10 * MINUTE);
    await request({ count: 8, until: late });
    await request({ count: 6, until: instant(scene.clock.now() + MINUTE) });
    expect(await scene.floorOf('shop')).toMatchObject({ count: 8, until: late });
  });

  it('keep the askers apart', async () => {
    await request({ count: 5 });
    await request({ count: 9, by: 'blog' });
    expect(await scene.floorOf('shop')).toMatchObject({ count: 5 });
    expect(await scene.floorOf('blog')).toMatchObject({ count: 9 });
  });

  it('refuse what is over before it begins, for good', async () => {
    await expect(request({ until: scene.clock.now() })).rejects.toMatchObject({
      details: { code: 'past-time', reaction: 'stop', isAmbiguous: false },
    });
  });

  it('that cannot be reached say nothing, and were asked for nothing', async () => {
    scene.cut();
    for (const ask of [() => scene.pools.describeCapacity(POOL, soon()), () => request()]) {
      const refusal = ask();
      await expect(refusal).rejects.toBeInstanceOf(CloudError);
      await expect(refusal).rejects.toMatchObject({
        details: { reaction: 'retry', isAmbiguous: false },
      });
    }
  });
});

interface VantagesScene {
  readonly vantages: Vantages;
  readonly clock: Clock;
  readonly policy: ReturnType<typeof aNamePolicy>;
  /** From now on nobody reaches the site. */
  readonly kill: (site: string) => unknown;
  readonly silence: (regionId: string) => void;
}

const siteAt = (name: string, port: number) =>
  aSite(name, {
    address: '127.0.0.1',
    check: { ...aSite(name).check, port, timeoutMs: millis(300) },
  });

async function serve(): Promise<Server> {
  const server = createServer((_request, response) => response.end('ok'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

async function probingVantages(): Promise<VantagesScene> {
  const clock = new SystemClock();
  const servers = new Map([
    ['a', await serve()],
    ['b', await serve()],
  ]);
  const kill = async (site: string): Promise<void> => {
    const server = servers.get(site);
    server?.closeAllConnections();
    await new Promise<void>((resolve) => void server?.close(() => resolve()));
  };
  closing.push(
    () => kill('a'),
    () => kill('b'),
  );
  const sites = [...servers].map(([name, server]) =>
    siteAt(name, (server.address() as AddressInfo).port),
  );
  const policy = aNamePolicy({ sites });
  const silent = new Set<string>();
  const invokerFor = (regionId: string): FunctionInvoker => {
    const probe = probeOf(regionId, policy, clock);
    return silent.has(regionId) ? { ...probe, call: () => Promise.reject(unreachable()) } : probe;
  };
  const vantages = new FunctionVantages({ clock, functionName: PROBE, invokerFor });
  return { vantages, clock, policy, kill, silence: (regionId) => void silent.add(regionId) };
}

function fakeVantages(): Promise<VantagesScene> {
  const clock = new TestClock();
  const vantages = new FakeVantages(clock);
  return Promise.resolve({
    ...{ vantages, clock, policy: aNamePolicy() },
    kill: (site) => void (vantages.answers = { ...vantages.answers, [site]: 'down' }),
    silence: (regionId) => void vantages.silent.add(regionId),
  });
}

describe.each([
  ['a fake', fakeVantages],
  ['the probe function there', probingVantages],
] as const)('vantages, through %s', (_, setUp) => {
  let scene: VantagesScene;
  beforeEach(async () => {
    scene = await setUp();
  });
  const look = (order: (names: readonly string[]) => readonly string[] = (names) => names) => {
    const { policy, vantages, clock } = scene;
    const looks = order(policy.sites.map(({ name }) => name)).map((name) =>
      lookAt(
        policy.sites.find((site) => site.name === name)!,
        policy,
      ),
    );
    return vantages.look('cn-beijing', looks, { deadline: instant(clock.now() + 10_000) });
  };

  it('have one vote on each site, in the order asked, in their own name', async () => {
    const votes = await look((names) => names.toReversed());
    expect(votes.map(({ siteName }) => siteName)).toEqual(['b', 'a']);
    for (const vote of votes)
      expect(vote).toMatchObject({ voter: 'cn-beijing', kind: 'vantage', answer: 'up' });
  });

  it('date their votes when they are asked', async () => {
    const before = scene.clock.now();
    const [vote] = await look();
    expect(vote!.at).toBeGreaterThanOrEqual(before);
    expect(vote!.at).toBeLessThanOrEqual(scene.clock.now());
  });

  it('reach a site that answers, and say how long that took', async () => {
    const [vote] = await look();
    expect(vote).toMatchObject({ attempts: 3, failed: 0, latencyMs: expect.any(Number) });
  });

  it('call a site down that no attempt reached, and nothing of the other', async () => {
    await scene.kill('a');
    const [a, b] = await look();
    expect(a).toMatchObject({ answer: 'down', attempts: 3, failed: 3, latencyMs: null });
    expect(a!.detail).not.toBe('');
    expect(b).toMatchObject({ answer: 'up', failed: 0 });
  });

  it('that cannot be reached have no votes: it is an error, not a down', async () => {
    scene.silence('cn-beijing');
    const silent = look();
    await expect(silent).rejects.toBeInstanceOf(CloudError);
    await expect(silent).rejects.toMatchObject({ details: { isAmbiguous: false } });
  });
});
