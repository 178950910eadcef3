import { afterEach, describe, expect, it } from '@jest/globals';
import { metricsText } from '../../../shared/metrics/metrics-text';
import { METRICS } from '../../../shared/metrics/metric-table';
import { type FleetPolicy } from '../../../shared/config/fleet-policy';
import { CloudError } from '../../../shared/domain/cloud-error';
import { nextFigures } from '../../../shared/domain/next-figures';
import { type PoolMemory } from '../../../shared/domain/memory';
import { figuresIn } from '../../../shared/domain/pool-figures';
import { knownValue, missing } from '../../../shared/domain/reading';
import { freezeKey, memoryKey, nameMemoryKey } from '../../../shared/domain/store-keys';
import { instant } from '../../../shared/domain/units';
import { type StateStore, StoreUnavailable } from '../../../shared/ports/state-store';
import { exposedSamples, exposedValue } from '../../support/exposition';
import { createWorld, type World, type WorldOptions } from '../../support/in-process-world';
import { watchPorts } from '../../support/watched-ports';

const worlds: World[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

async function aWorld(options: Partial<WorldOptions> = {}): Promise<World> {
  const world = await createWorld({ count: 6, ...options });
  worlds.push(world);
  return world;
}

const fleetOf = (pools: readonly string[], more: Partial<FleetPolicy> = {}) =>
  ({
    ...{ regionId: 'cn-hangzhou', failover: null, names: [], notifications: null },
    pools: pools.map((name) => ({ name, regionId: 'cn-hangzhou' })),
    ...more,
  }) as unknown as FleetPolicy;

const scrape = (
  { store, archive, clock }: Pick<World, 'store' | 'archive' | 'clock'>,
  fleet = fleetOf(['web']),
  page?: number,
) => metricsText({ store, archive, fleet, now: clock.now(), ...(page !== undefined && { page }) });

const WEB = { pool: 'web' };

const tallyOf = (keys: readonly string[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
};

/** The values of one metric by its labels, joined by a stroke. */
const toldBy = (text: string, metric: string, ...labels: readonly string[]) =>
  Object.fromEntries(
    exposedSamples(text)
      .filter(({ name }) => name === metric)
      .map(({ labels: own, value }) => [labels.map((label) => own[label]).join('/'), value]),
  );

/** A backend breaks, is taken out, is mended and comes back. */
async function healOnce(world: World): Promise<void> {
  await world.tick();
  await world.region.ecs.injectFaults(world.instanceIds[2]!, { errorShare: 1000 }, 'reboot');
  for (let look = 0; look < 120; look += 1) {
    await world.pass(10_000);
    await world.tick();
    const { backends } = (await world.store.read(memoryKey('web')))!.value as PoolMemory;
    if (backends[world.instanceIds[2]!]?.state === 'ejected')
      await world.region.ecs.clearFaults(world.instanceIds[2]!);
    if (world.ticks.length > 5 && Object.values(backends).every(({ state }) => state === 'healthy'))
      return;
  }
  throw new Error('It did not heal.');
}

describe('the metrics of a pool', () => {
  it('tell members, health, the age of data and the last look', async () => {
    const world = await aWorld();
    await world.tick();
    await world.pass(7_000);
    const text = await scrape(world);
    expect(exposedValue(text, 'evenkeel_pool_members', WEB)).toBe(6);
    expect(exposedValue(text, 'evenkeel_pool_healthy', WEB)).toBe(6);
    expect(exposedValue(text, 'evenkeel_pool_serving', WEB)).toBe(6);
    expect(exposedValue(text, 'evenkeel_pool_backends', { state: 'healthy' })).toBe(6);
    expect(exposedValue(text, 'evenkeel_pool_panic', WEB)).toBe(0);
    expect(exposedValue(text, 'evenkeel_ticks_total', { wake: 'timer' })).toBe(1);
    expect(exposedValue(text, 'evenkeel_loop_lag_seconds')).toBeGreaterThanOrEqual(7);
    expect(exposedValue(text, 'evenkeel_loop_lag_seconds')).toBeLessThan(60);
    expect(exposedValue(text, 'evenkeel_pool_data_unusable', { signal: 'probe' })).toBe(0);
  });

  it('tell the age of the oldest reading of each signal as it was at the look, and how many are of no use', async () => {
    const world = await aWorld();
    await world.tick();
    const { value, version } = (await world.store.read(memoryKey('web')))!;
    const memory = value as PoolMemory;
    const tick = world.ticks[0]!;
    const facts = tick.pool.backends.map(({ instance }) => knownValue(instance)!);
    const seen = (index: number, kind: 'ok' | 'stale', ageMs: number) =>
      ({ kind, value: facts[index]!, sampledAt: instant(tick.pool.takenAt - ageMs) }) as const;
    const readings = [seen(0, 'ok', 3_000), seen(1, 'stale', 90_500), seen(2, 'ok', 12_000)];
    const backends = tick.pool.backends.map((backend, index) => ({
      ...backend,
      instance: readings[index] ?? missing('read-failed'),
    }));
    const aged = { ...tick, pool: { ...tick.pool, backends } };
    const nothing = { calls: {}, blindLooks: {} };
    const figures = nextFigures(figuresIn(memory.figures), aged, memory, nothing);
    await world.store.compareAndSet(memoryKey('web'), { ...memory, figures }, version);
    const text = await scrape(world);
    const told = (metric: string) =>
      exposedValue(text, `evenkeel_pool_data_${metric}`, { ...WEB, signal: 'instance' });
    expect([told('age_seconds'), told('unusable')]).toEqual([90.5, 4]);
  });

  it('count decisions by reason, withheld steps by rule, done ones by kind and result, as the ticks have them', async () => {
    const world = await aWorld();
    await world.tick();
    const now = world.clock.now();
    const freeze = { by: 'alice', reason: 'sale', at: now, until: now + 60_000 };
    await world.store.compareAndSet(freezeKey('pool/web'), freeze, null);
    await healOnce(world);
    const text = await scrape(world);
    const { ticks } = world;
    const decided = ticks.flatMap(({ proposal }) => proposal.steps.map(({ reason }) => reason));
    const withheld = ticks.flatMap(({ plan }) => plan.withheld.map(({ rule }) => rule));
    const done = ticks.flatMap(({ plan, outcome }) =>
      outcome.steps.map(({ stepId, result }) => {
        const kind = plan.steps.find((step) => step.stepId === stepId)!.kind;
        return `${kind}/${result.kind}`;
      }),
    );
    expect(toldBy(text, 'evenkeel_decisions_total', 'reason')).toEqual(tallyOf(decided));
    expect(toldBy(text, 'evenkeel_withheld_total', 'rule')).toEqual(tallyOf(withheld));
    expect(toldBy(text, 'evenkeel_steps_total', 'kind', 'result')).toEqual(tallyOf(done));
    expect(withheld).toContain('guard-frozen');
    expect(new Set(decided).size).toBeGreaterThan(1);
  });

  it('count steps, calls, ejections and the time to heal, and never go back', async () => {
    const world = await aWorld();
    const texts: string[] = [];
    await world.tick();
    texts.push(await scrape(world));
    await healOnce(world);
    texts.push(await scrape(world));
    const [before, after] = texts as [string, string];
    expect(exposedValue(after, 'evenkeel_ejections_total', WEB)).toBe(1);
    expect(exposedValue(after, 'evenkeel_heals_total', WEB)).toBe(1);
    expect(exposedValue(after, 'evenkeel_heal_seconds_total', WEB)).toBeGreaterThan(10);
    expect(exposedValue(after, 'evenkeel_pool_unhealthy_seconds', WEB)).toBe(0);
    const written = { kind: 'set-weight', result: 'done' };
    expect(exposedValue(after, 'evenkeel_steps_total', written)).toBeGreaterThan(1);
    expect(exposedValue(after, 'evenkeel_decisions_total', WEB)).toBeGreaterThan(0);
    const reads = { api: 'DescribeHealthStatus', outcome: 'ok' };
    expect(exposedValue(after, 'evenkeel_api_calls_total', reads)).toBeGreaterThan(5);
    for (const { name, labels, value } of exposedSamples(before))
      if (name.endsWith('_total'))
        expect([name, exposedValue(after, name, labels)! >= value]).toEqual([name, true]);
  });

  it('tell how long somebody has been ill, from the first suspicion on', async () => {
    const world = await aWorld();
    await world.tick();
    await world.region.ecs.injectFaults(world.instanceIds[2]!, { errorShare: 1000 }, 'reboot');
    for (let look = 0; look < 8; look += 1) {
      await world.pass(10_000);
      await world.tick();
    }
    expect(
      exposedValue(await scrape(world), 'evenkeel_pool_unhealthy_seconds', WEB),
    ).toBeGreaterThan(30);
  });

  it('count throttled calls, each try of them, and those that were refused', async () => {
    const world = await aWorld();
    await world.tick();
    const { faults } = world.region.controlPlane;
    faults.set('throttling', { action: 'DescribeHealthStatus', times: 2 });
    faults.set('forbidden', { action: 'DescribeInstances', times: 1 });
    const before = await scrape(world);
    await world.pass(10_000);
    await world.tick();
    const after = await scrape(world);
    const grown = (api: string, outcome: string): number => {
      const labels = { ...WEB, api, outcome };
      const [now, was] = [after, before].map((text) =>
        exposedValue(text, 'evenkeel_api_calls_total', labels),
      );
      return (now ?? 0) - (was ?? 0);
    };
    expect(grown('DescribeHealthStatus', 'throttled')).toBe(2);
    expect(grown('DescribeHealthStatus', 'ok')).toBe(1);
    expect(grown('DescribeInstances', 'refused')).toBe(1);
  });

  it('count looks that saw nothing by their code, once a look has seen something again', async () => {
    const world = await aWorld();
    await world.tick();
    const blinded = watchPorts(world.ports, (call, proceed) => {
      if (call.name !== 'loadBalancer.describeShape') return proceed();
      throw new CloudError({
        ...{ action: 'DescribeX', code: 'Throttling.User', reaction: 'retry', isAmbiguous: false },
        message: 'slow down',
      });
    });
    const blind = { ...WEB, code: 'Throttling.User' };
    for (let look = 0; look < 3; look += 1) await world.work({ ports: blinded });
    expect(exposedValue(await scrape(world), 'evenkeel_blind_looks_total', blind)).toBeUndefined();
    await world.pass(10_000);
    await world.tick();
    expect(exposedValue(await scrape(world), 'evenkeel_blind_looks_total', blind)).toBe(3);
  });

  it('begin anew when the store was lost, and the archive still tells the last look', async () => {
    const world = await aWorld();
    await world.tick();
    await world.tick();
    await world.store.delete(memoryKey('web'));
    const text = await scrape(world);
    expect(exposedValue(text, 'evenkeel_ticks_total')).toBeUndefined();
    expect(exposedValue(text, 'evenkeel_pools_unread')).toBe(1);
    expect(exposedValue(text, 'evenkeel_pool_last_tick_timestamp_seconds', WEB)).toBeCloseTo(
      world.ticks[1]!.pool.takenAt / 1000,
    );
    await world.tick();
    expect(exposedValue(await scrape(world), 'evenkeel_ticks_total', { wake: 'timer' })).toBe(1);
  });

  it('survive figures that another version or a person left in the store', async () => {
    const world = await aWorld();
    await world.tick();
    for (const figures of ['x', 7, { counters: { ticks: 'many' } }, { counters: null }]) {
      const stored = (await world.store.read(memoryKey('web')))!;
      const value = { ...(stored.value as object), figures };
      await world.store.compareAndSet(memoryKey('web'), value, stored.version);
      expect(exposedValue(await scrape(world), 'evenkeel_store_up')).toBe(1);
      await world.pass(5_000);
      await world.tick();
      expect(exposedValue(await scrape(world), 'evenkeel_ticks_total')).toBe(1);
    }
  });
});

describe('the metrics of a fleet', () => {
  it('say that the store is away, and nothing else', async () => {
    const world = await aWorld();
    const gone = () => Promise.reject(new StoreUnavailable('gone'));
    const store = { ...world.store, read: gone, list: gone } as unknown as StateStore;
    const text = await scrape({ ...world, store });
    expect(exposedSamples(text)).toEqual([{ name: 'evenkeel_store_up', labels: {}, value: 0 }]);
  });

  it('tell freezes with their ends, and sites of names with their states', async () => {
    const world = await aWorld();
    const now = world.clock.now();
    const freeze = { by: 'alice', reason: 'sale', at: now - 5000, until: now + 60_000 };
    await world.store.compareAndSet(freezeKey('pool/web'), freeze, null);
    const over = { ...freeze, until: now - 1 };
    await world.store.compareAndSet(freezeKey('all'), over, null);
    const memory = { schema: 1, updatedAt: now, sites: { a: { state: 'paused' } }, pending: [1] };
    await world.store.compareAndSet(nameMemoryKey('www'), memory, null);
    const names = [{ name: 'www', homeRegionId: 'cn-hangzhou' }] as never;
    const text = await scrape(world, fleetOf(['web'], { names }));
    const freezes = exposedSamples(text).filter(({ name }) => name.includes('freeze'));
    expect(freezes).toEqual([
      {
        name: 'evenkeel_freeze_since_timestamp_seconds',
        labels: { scope: 'pool/web' },
        value: (now - 5000) / 1000,
      },
      {
        name: 'evenkeel_freeze_until_timestamp_seconds',
        labels: { scope: 'pool/web' },
        value: (now + 60_000) / 1000,
      },
    ]);
    expect(exposedValue(text, 'evenkeel_name_site_state', { site: 'a', state: 'paused' })).toBe(1);
    expect(exposedValue(text, 'evenkeel_name_moves_waiting', { name: 'www' })).toBe(1);
  });

  it('come in pages: of 10,000 pools 500 at a time, and the text says how many are elsewhere', async () => {
    const world = await aWorld();
    await world.tick();
    const { value } = (await world.store.read(memoryKey('web')))!;
    const fleet = fleetOf(Array.from({ length: 10_000 }, (_, index) => `p-${index}`));
    let reads = 0;
    const read = () => Promise.resolve(((reads += 1), { value, version: 1 }));
    const store = { ...world.store, read, list: () => Promise.resolve([]) } as never;
    const seen = new Set<string>();
    for (const page of [1, 20]) {
      const text = await scrape({ ...world, store }, fleet, page);
      expect(exposedValue(text, 'evenkeel_pools')).toBe(10_000);
      expect(exposedValue(text, 'evenkeel_pools_left_out')).toBe(9_500);
      expect(text.length).toBeLessThan(4_000_000);
      for (const { labels } of exposedSamples(text)) if (labels['pool']) seen.add(labels['pool']);
    }
    expect([reads, seen.size]).toEqual([1000, 1000]);
    expect([seen.has('p-0'), seen.has('p-9999')]).toEqual([true, true]);
  });

  it('leave out what a slow store has no time for, and say how much', async () => {
    const world = await aWorld();
    let isSlow = false;
    const read = async () => {
      if (isSlow) await new Promise((resolve) => setTimeout(resolve, 4_100));
      isSlow = true;
      return null;
    };
    const store = { ...world.store, read, list: () => Promise.resolve([]) } as never;
    const fleet = fleetOf(Array.from({ length: 120 }, (_, index) => `p-${index}`));
    const startedAt = Date.now();
    const text = await scrape({ ...world, store }, fleet);
    expect(Date.now() - startedAt).toBeLessThan(9_000);
    expect(exposedValue(text, 'evenkeel_pools_unread')).toBe(120);
  }, 15_000);

  it('have a name, a kind and a sentence each, and labels that name no backend', () => {
    const rows = Object.values(METRICS);
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
    for (const { name, kind, help, labels } of rows) {
      expect([name, name.endsWith('_total')]).toEqual([name, kind === 'counter']);
      expect(help).toMatch(/^[A-Z0-9].*\.$/);
      expect(labels).not.toContain('instance');
    }
  });
});
