import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BudgetedRpc } from '../../../shared/adapters/alicloud/budgeted-rpc';
import { RetryingRpc } from '../../../shared/adapters/alicloud/retrying-rpc';
import { type RpcRequest } from '../../../shared/adapters/alicloud/rpc';
import { BudgetedMetrics } from '../../../shared/adapters/budgeted-metrics';
import { CachedMetrics } from '../../../shared/adapters/cached-metrics';
import { MemoryStateStore } from '../../../shared/adapters/memory/memory-state-store';
import { productionPorts } from '../../../shared/adapters/production';
import { seededRandom } from '../../../infra/local/seeded-random';
import { callBudget, callsKept, monthlyBudget } from '../../../shared/domain/call-budget';
import { CloudError } from '../../../shared/domain/cloud-error';
import { type Priority } from '../../../shared/domain/proposal';
import { type CallOptions } from '../../../shared/ports/load-balancer';
import { type Metrics } from '../../../shared/ports/metrics';
import { type StateStore, StoreUnavailable } from '../../../shared/ports/state-store';
import { explanationOf } from '../../../shared/record/explain';
import { createWorld, type World } from '../../support/in-process-world';
import { ScriptedRpc } from '../../support/scripted-rpc';
import { TestClock } from '../../support/test-clock';

const QUOTAS = {
  ...{ loadBalancerReads: 40, loadBalancerWrites: 20, instanceReads: 4000, instanceWrites: 4000 },
  ...{ metricReads: 4000, dnsReads: 8, dnsWrites: 8 },
};
const SET = 'SetBackendServers';
const requestOf = (action: string, product: RpcRequest['product'] = 'Slb'): RpcRequest => ({
  ...{ product, action, version: '', query: {} },
});

function scene(regionId = 'cn-a', parts: { store?: StateStore; clock?: TestClock } = {}) {
  const clock = parts.clock ?? new TestClock();
  const store = parts.store ?? new MemoryStateStore(clock);
  const rpc = new ScriptedRpc(
    Object.fromEntries(
      [SET, 'DescribeHealthStatus', 'AddBackendServers'].map((one) => [one, () => ({})]),
    ),
  );
  const budgeted = new BudgetedRpc({ rpc, store, quotas: QUOTAS, accountId: '1', regionId });
  const send = async (action = SET, more: Partial<CallOptions> = {}): Promise<boolean> => {
    try {
      await budgeted.call(requestOf(action), { ...clock.in(10_000), ...more });
      return true;
    } catch (error) {
      if (error instanceof CloudError && error.details.code === 'BudgetSpent') return false;
      throw error;
    }
  };
  const sendMany = async (count: number, action?: string, more?: Partial<CallOptions>) => {
    let taken = 0;
    for (let call = 0; call < count; call += 1) taken += (await send(action, more)) ? 1 : 0;
    return taken;
  };
  return { clock, store, rpc, budgeted, send, sendMany };
}

describe('a quota as a bucket', () => {
  it('never lets any 60 seconds see more than the quota, whenever calls come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 4, max: 120 }),
        fc.array(fc.integer({ min: 0, max: 4_000 }), { minLength: 50, maxLength: 400 }),
        async (quota, gaps) => {
          const clock = new TestClock();
          const store = new MemoryStateStore(clock);
          const request = { ...callBudget(quota), count: 1, reserve: 0 };
          const taken: number[] = [];
          for (const gap of gaps) {
            clock.advance(gap);
            if ((await store.takeTokens('b', request)).isGranted) taken.push(clock.now());
          }
          for (const from of taken)
            expect(
              taken.filter((at) => at >= from && at < from + 60_000).length,
            ).toBeLessThanOrEqual(quota);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('is what its example says', () => {
    expect(callBudget(90)).toEqual({ capacity: 22, refillPerMinute: 68 });
    expect(monthlyBudget(1_000_000)).toEqual({ capacity: 1380, refillPerMinute: 23 });
    expect(
      (['restore', 'eject', 'ramp', 'feedback'] as const).map((one) => callsKept(22, one)),
    ).toEqual([0, 2, 6, 11]);
    expect(callsKept(1, 'feedback')).toBe(0);
  });
});

describe('calls within the budget of the account', () => {
  it('are counted by API and region, for all workers together', async () => {
    const one = scene();
    expect(await one.sendMany(9, SET, { priority: 'restore' })).toBe(5);
    const other = scene('cn-a', one);
    expect(await other.send(SET, { priority: 'restore' })).toBe(false);
    expect(await other.send('AddBackendServers')).toBe(true);
    expect(await scene('cn-b', one).send(SET)).toBe(true);
    expect(one.rpc.count(SET)).toBe(5);
  });

  it('leave room for more urgent ones: restores before ejections before ramps before feedback', async () => {
    const counts = await Promise.all(
      (['restore', 'eject', 'ramp', 'feedback'] as const).map(async (priority: Priority) => {
        const quotas = { ...QUOTAS, loadBalancerWrites: 80 };
        const { clock, store, rpc } = scene();
        const budgeted = new BudgetedRpc({
          ...{ rpc, store, quotas },
          accountId: '1',
          regionId: 'a',
        });
        let taken = 0;
        for (let call = 0; call < 30; call += 1)
          await budgeted
            .call(requestOf(SET), { ...clock.in(1000), priority })
            .then(() => (taken += 1))
            .catch(() => undefined);
        return taken;
      }),
    );
    expect(counts).toEqual([20, 18, 14, 10]);
  });

  it('flow in again, and one that is kept back says when', async () => {
    const { sendMany, send, clock, budgeted } = scene();
    await sendMany(9, SET, { priority: 'restore' });
    const options = { ...clock.in(10_000), priority: 'restore' } as const;
    await expect(budgeted.call(requestOf(SET), options)).rejects.toMatchObject({
      details: { code: 'BudgetSpent', reaction: 'retry', isAmbiguous: false, retryAfterMs: 4000 },
    });
    clock.advance(4_000);
    expect(await send(SET, { priority: 'restore' })).toBe(true);
  });

  it('are waited for inside the deadline, and not beyond it', async () => {
    const { sendMany, clock, budgeted, rpc } = scene();
    await sendMany(9, SET, { priority: 'restore' });
    const patient = new RetryingRpc({ rpc: budgeted, clock, random: { next: () => 0 } });
    const priority = 'restore';
    await expect(patient.call(requestOf(SET), { ...clock.in(3_000), priority })).rejects.toThrow(
      'BudgetSpent',
    );
    expect(clock.sleeps).toEqual([]);
    await patient.call(requestOf(SET), { ...clock.in(10_000), priority });
    expect([clock.sleeps, rpc.count(SET)]).toEqual([[4000], 6]);
  });

  it('of writing are not made while the store cannot be reached; reading goes on', async () => {
    const down = { takeTokens: () => Promise.reject(new StoreUnavailable('down')) };
    const { send, rpc } = scene('cn-a', { store: down as unknown as StateStore });
    await expect(send(SET)).rejects.toThrow(StoreUnavailable);
    expect(await send('DescribeHealthStatus')).toBe(true);
    expect(rpc.count(SET)).toBe(0);
  });
});

describe('CloudMonitor’s calls of the month', () => {
  const dimensionsOf = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ instanceId: `i-${index}` }));
  const query = (count: number, metricName = 'CPUUtilization') =>
    ({ namespace: 'acs_ecs_dashboard', metricName, dimensions: dimensionsOf(count) }) as const;
  function metered(perMonth = 43_200) {
    const clock = new TestClock();
    const reads: number[] = [];
    const store = new MemoryStateStore(clock);
    const source: Metrics = {
      readLatest: ({ dimensions }) => {
        reads.push(dimensions.length);
        const at = clock.now();
        return Promise.resolve(dimensions.map((one) => ({ dimensions: one, value: 1, at })));
      },
    };
    const budget = monthlyBudget(perMonth);
    const metrics = new CachedMetrics({
      ...{ store, clock, regionId: 'cn-a' },
      metrics: new BudgetedMetrics({ metrics: source, store, budget, accountId: '1' }),
    });
    return { clock, reads, metrics };
  }

  it('are spent by calls of 50 instances; over them the last points answer, as old as they are', async () => {
    const { clock, reads, metrics } = metered();
    const first = clock.now();
    for (let minute = 0; minute < 40; minute += 1) {
      await metrics.readLatest(query(100), clock.in(1000));
      clock.advance(60_000);
    }
    // 60 at once and one a minute more: two a minute last for an hour.
    expect(reads.length).toBe(40);
    for (let minute = 40; minute < 180; minute += 1) {
      const points = await metrics.readLatest(query(100), clock.in(1000));
      expect(points).toHaveLength(100);
      clock.advance(60_000);
    }
    const spent = reads.length * 2;
    expect(spent).toBeLessThanOrEqual(60 + (clock.now() - first) / 60_000);
    expect(spent).toBeGreaterThanOrEqual(60 + 170);
  });

  it('are refused by name for what was never read', async () => {
    const { clock, metrics } = metered();
    for (let call = 0; call < 60; call += 1)
      await metrics.readLatest(query(1, `metric-${call}`), clock.in(1000));
    await expect(metrics.readLatest(query(1), clock.in(1000))).rejects.toMatchObject({
      details: { code: 'BudgetSpent' },
    });
  });

  it('are kept for healing by half: what scaling reads leaves them', async () => {
    const { clock, metrics, reads } = metered();
    const asScaling = { ...clock.in(1000), priority: 'feedback' } as const;
    for (let call = 0; call < 60; call += 1)
      await metrics.readLatest(query(1, `s-${call}`), asScaling).catch(() => undefined);
    expect(reads).toHaveLength(30);
    await metrics.readLatest(query(1, 'heal'), clock.in(1000));
    expect(reads).toHaveLength(31);
  });
});

describe('a pool whose account has no calls left', () => {
  const worlds: World[] = [];
  const aWorld = async (): Promise<World> => {
    const world = await createWorld({ count: 6 });
    worlds.push(world);
    return world;
  };
  const portsWithin = (world: World, callsPerMinute: typeof QUOTAS, perMonth = 1_000_000) => ({
    ...world.ports,
    ...(({ loadBalancer, compute, fleet, metrics }) => ({ loadBalancer, compute, fleet, metrics }))(
      productionPorts({
        ...{ regionId: world.region.regionId, mode: 'enforce', accountId: '1', callsPerMinute },
        store: { kind: 'given', store: world.store },
        archive: { kind: 'memory' },
        metricBudget: monthlyBudget(perMonth),
        ...{ rpc: world.region.rpc, clock: world.clock, random: { next: seededRandom(3) } },
      }),
    ),
  });
  const spend = (world: World, bucket: string, quota: number) =>
    world.store.takeTokens(bucket, {
      ...callBudget(quota),
      ...{ count: callBudget(quota).capacity, reserve: 0 },
    });

  it('does not write, says `api-budget`, and writes when there are calls again', async () => {
    const world = await aWorld();
    const ports = portsWithin(world, { ...QUOTAS, loadBalancerReads: 4000, loadBalancerWrites: 4 });
    await world.work({ ports });
    await world.region.ecs.injectFaults(world.instanceIds[2]!, { isCrashed: true });
    let withheld: string[] = [];
    for (let minute = 0; minute < 4 && withheld.length === 0; minute += 1) {
      await spend(world, `calls/1/cn-hangzhou/Slb/${SET}`, 4);
      await world.work({ ports });
      const tick = world.ticks.at(-1)!;
      withheld = tick.outcome.steps.flatMap(({ result }) =>
        result.kind === 'not-sent' ? [String(result.reason)] : [],
      );
      if (withheld.length > 0)
        expect(
          explanationOf(tick)
            .map(({ text }) => text)
            .join(),
        ).toContain('api-budget');
      else await world.pass(30_000);
    }
    expect(withheld).toContain('api-budget');
    expect(world.weightOf(world.instanceIds[2]!)).toBe(100);
    expect(world.alerts.filter(({ reason }) => reason === 'writes-refused')).toEqual([]);
    await world.pass(60_000);
    await world.work({ ports });
    expect(world.weightOf(world.instanceIds[2]!)).toBe(0);
    world.stop();
  });

  it('is not looked at, and one alert tells it of all pools together', async () => {
    const world = await aWorld();
    const ports = portsWithin(world, { ...QUOTAS, loadBalancerReads: 4 });
    const apis = ['DescribeLoadBalancerAttribute', 'DescribeHealthStatus'];
    for (let minute = 0; minute < 10; minute += 1) {
      for (const name of ['web', 'shop', 'mail']) {
        for (const api of apis) await spend(world, `calls/1/cn-hangzhou/Slb/${api}`, 4);
        const policy = { ...world.policy, name };
        const result = await world.work({ ports, policy, spanMs: 2_000 });
        expect(result).toMatchObject({ kind: 'blind', code: 'BudgetSpent' });
      }
      await world.pass(60_000);
    }
    expect(world.alerts.map(({ reason }) => reason)).toEqual(['api-budget']);
    expect(world.writes()).toBe(0);
    world.stop();
  });

  it('is healed without metrics, and the tick says why they are missing', async () => {
    const world = await aWorld();
    const ports = portsWithin(
      world,
      { ...QUOTAS, loadBalancerReads: 4000, loadBalancerWrites: 4000 },
      43_200,
    );
    await world.store.takeTokens('metric-calls/1', {
      ...monthlyBudget(43_200),
      count: 60,
      reserve: 0,
    });
    await world.work({ ports });
    expect(world.ticks.at(-1)!.pool.backends[0]!.cpu).toEqual({
      kind: 'missing',
      reason: 'budget-spent',
    });
    await world.region.ecs.injectFaults(world.instanceIds[2]!, { isCrashed: true });
    for (let minute = 0; minute < 8; minute += 1) {
      await world.pass(20_000);
      await world.work({ ports });
    }
    expect(world.weightOf(world.instanceIds[2]!)).toBe(0);
    world.stop();
  });
});
