import { afterEach, describe, expect, it } from '@jest/globals';
import { metricsText } from '../../../shared/metrics/metrics-text';
import { METRICS } from '../../../shared/metrics/metric-table';
import { type FleetPolicy } from '../../../shared/config/fleet-policy';
import { CloudError } from '../../../shared/domain/cloud-error';
import { type PoolMemory } from '../../../shared/domain/memory';
import { freezeKey, memoryKey, nameMemoryKey } from '../../../shared/domain/store-keys';
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
    const age = exposedValue(text, 'evenkeel_pool_data_age_seconds', {
      signal: 'load-balancer-health',
    });
    expect(age).toBeGreaterThanOrEqual(0);
    expect(exposedValue(text, 'evenkeel_pool_data_unusable', { signal: 'probe' })).toBe(0);
  });

  it('count decisions, steps, calls, ejections and the time to heal, and never go back', async () => {
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

  it('count throttled calls, and looks that saw nothing, once a look has seen something again', async () => {
    const world = await aWorld();
    await world.tick();
    world.ports.calls?.addBlindLook('Forbidden.RAM');
    const throttled = watchPorts(world.ports, (call, proceed) => {
      if (call.name !== 'loadBalancer.describeShape') return proceed();
      throw new CloudError({
        ...{ action: 'DescribeX', code: 'Throttling.User', reaction: 'retry', isAmbiguous: false },
        message: 'slow down',
      });
    });
    await world.work({ ports: throttled });
    await world.pass(10_000);
    await world.tick();
    const looks = exposedSamples(await scrape(world)).filter(
      ({ name }) => name === 'evenkeel_blind_looks_total',
    );
    expect(looks.map(({ labels }) => labels['code'])).toContain('Forbidden.RAM');
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
