import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  type ExplanationView,
  type FiguresView,
  type Overview,
  type PoolView,
  type TicksView,
} from '../../../functions/console/api';
import { answerConsole } from '../../../functions/console/answer-console';
import { MemoryStateStore } from '../../../shared/adapters/memory/memory-state-store';
import { MemoryTickArchive } from '../../../shared/adapters/memory/memory-tick-archive';
import {
  approvalsKey,
  drainsKey,
  freezeKey,
  nameMemoryKey,
} from '../../../shared/domain/store-keys';
import { EMPTY_NAME_MEMORY, freshSite } from '../../../shared/domain/failover/name-memory';
import { type TickFigures } from '../../../shared/ports/tick-archive';
import { NOW } from '../../support/builders';
import { createConsole } from '../../support/console';
import { playScene } from '../../support/console-scene';
import { aNamePolicy } from '../../support/name-builders';
import { TestClock } from '../../support/test-clock';

const access = { isReadingOpen: true, mayWrite: false, sessionMs: 1000, writesPerMinute: 1 };

/** Six backends; the third is abnormal in the load balancer for the last ten looks of forty. */
async function scene() {
  const clock = new TestClock(NOW);
  const store = new MemoryStateStore(clock);
  const archive = new MemoryTickArchive();
  const sick = { verdict: 'abnormal', window: { failures: 10, latencyMedianUs: null } } as const;
  const special = (index: number, looksAgo: number) => (index === 2 && looksAgo < 10 ? sick : {});
  const policy = await playScene({
    name: 'web',
    count: 6,
    looks: 40,
    special,
    store,
    archive,
    clock,
  });
  return createConsole({ pools: [policy], store, archive, clock, access });
}

let console_: Awaited<ReturnType<typeof scene>>;
beforeAll(async () => {
  console_ = await scene();
});
const get = async <T>(path: string, query: Record<string, string> = {}) =>
  (await console_.ask('GET', path, { query })).json as unknown as T;

describe('the console’s API', () => {
  it('lists pools with their state, and finds them by name', async () => {
    const { pools, poolsFound } = await get<Overview>('/api/overview');
    expect(pools).toMatchObject([
      { id: 'web', healthy: 5, members: 6, at: NOW, isPanic: false, isFrozen: false },
    ]);
    expect(poolsFound).toBe(1);
    expect((await get<Overview>('/api/overview', { q: 'api' })).pools).toEqual([]);
  });

  it('tells each backend’s state, weight, health and reason, the sick one first', async () => {
    const pool = await get<PoolView>('/api/pools/web');
    expect(pool.backendsFound).toBe(6);
    expect(pool.backends[0]).toMatchObject({
      ...{ instanceId: 'i-2', state: 'ejected', zoneId: 'cn-hangzhou-h' },
      weights: [{ weight: 0, base: 100, health: 'abnormal' }],
    });
    expect(pool.backends[0]?.reason).not.toBe('healthy');
    expect(pool.backends.slice(1).every(({ state }) => state === 'healthy')).toBe(true);
    expect(pool.operations).toContainEqual(
      expect.objectContaining({ kind: 'repair', subject: 'i-2' }),
    );
  });

  it('shows weights as the tick that set them left them', async () => {
    const clock = new TestClock(NOW);
    const store = new MemoryStateStore(clock);
    const archive = new MemoryTickArchive();
    const special = (index: number, looksAgo: number) =>
      index === 2 && looksAgo < 3 ? ({ verdict: 'abnormal' } as const) : {};
    const policy = await playScene({
      name: 'web',
      count: 6,
      looks: 8,
      special,
      store,
      archive,
      clock,
    });
    const { ask } = createConsole({ pools: [policy], store, archive, clock, access });
    const pool = (await ask('GET', '/api/pools/web')).json as unknown as PoolView;
    expect(pool.backends[0]).toMatchObject({ state: 'ejected', weights: [{ weight: 0 }] });
  });

  it('tells ticks newest first, page by page', async () => {
    const first = await get<TicksView>('/api/pools/web/ticks', { limit: '30' });
    expect(first.ticks).toHaveLength(30);
    expect(first.hasOlder).toBe(true);
    const before = String((first.ticks.at(-1)?.at ?? 0) - 1);
    const second = await get<TicksView>('/api/pools/web/ticks', { limit: '30', before });
    expect(second.ticks).toHaveLength(10);
    expect(second.hasOlder).toBe(false);
    expect(
      (await console_.ask('GET', '/api/pools/web/ticks', { query: { limit: 'x' } })).status,
    ).toBe(400);
  });

  it('explains a tick, and what it meant for one backend', async () => {
    const { ticks } = await get<TicksView>('/api/pools/web/ticks', { limit: '200' });
    const acted = ticks.findLast(({ steps }) => steps > 0);
    const path = `/api/pools/web/ticks/${acted?.tickId ?? ''}`;
    const textOf = ({ lines }: ExplanationView) => lines.map(({ text }) => text).join('\n');
    expect(textOf(await get<ExplanationView>(path))).toContain('i-2: suspect → ejected');
    expect(textOf(await get<ExplanationView>(path, { backend: 'i-3' }))).not.toContain(
      'i-2: suspect',
    );
    const quiet = ticks.find(({ isWhole }) => !isWhole);
    const digest = await get<ExplanationView>(`/api/pools/web/ticks/${quiet?.tickId ?? ''}`);
    expect(textOf(digest)).toContain('Only this line was kept');
    const at = await get<ExplanationView>(`/api/pools/web/tick-at/${acted?.at ?? 0}`);
    expect(at.title).toBe(acted?.tickId);
    expect((await console_.ask('GET', '/api/pools/web/ticks/none')).status).toBe(404);
  });

  it('draws load, capacity, weights and failures from the lines of history', async () => {
    const { at, columns } = await get<FiguresView>('/api/pools/web/figures', { span: '3600000' });
    expect(at).toHaveLength(40);
    expect(columns.healthy.at(0)).toBe(6);
    expect(columns.healthy.at(-1)).toBe(5);
    expect([columns.weight.at(0), columns.weight.at(-1)]).toEqual([600, 500]);
    expect(columns.fullWeight.at(-1)).toBe(600);
    expect(columns.requestsPerSecond.at(-1)).toBe(400);
    expect(columns.failed.at(-1)).toBe(5);
    expect(columns.failedProbes.at(-1)).toBe(167);
  });

  it('thins long histories to 300 points and keeps the worst of failures', async () => {
    const archive = new MemoryTickArchive();
    const clock = new TestClock(NOW);
    const figures = { serving: 1, desired: null, weight: 1, fullWeight: 1 };
    for (let index = 0; index < 3000; index += 1)
      await archive.append(
        {
          ...{ tickId: `t-${index}`, poolName: 'web', at: (NOW - index * 1000) as never },
          ...{ wake: 'timer', isWhole: false, healthy: 1, members: 1, steps: 0, withheld: 0 },
          summary: 'nothing to do',
          figures: {
            ...{ ...figures, requestsPerSecond: 1, responseTimeMs: 1, failedProbes: null },
            failed: (index === 1500 ? 900 : 0) as never,
          } satisfies TickFigures,
        },
        null,
      );
    const { ask } = createConsole({ archive, clock, access });
    const reply = await ask('GET', '/api/pools/web/figures', { headers: {} });
    const { at, columns } = reply.json as unknown as FiguresView;
    expect(at.length).toBeLessThanOrEqual(300);
    expect(at.length).toBeGreaterThan(200);
    expect(Math.max(...columns.failed.map((each) => each ?? 0))).toBe(900);
  });

  it('answers what has not changed without a body, and larger ones compressed', async () => {
    const first = await console_.ask('GET', '/api/pools/web');
    const tag = first.headers['ETag'] ?? '';
    const again = await console_.ask('GET', '/api/pools/web', {
      headers: { 'if-none-match': tag },
    });
    expect(again).toMatchObject({ status: 304, text: '' });
    expect(again.headers['X-Evenkeel-Now']).toBe(String(NOW));
    const headers = { 'accept-encoding': 'br, gzip' };
    const small = await console_.ask('GET', '/api/pools/web', { headers });
    expect(small.headers['Content-Encoding']).toBe('gzip');
    const without = await console_.ask('GET', '/api/pools/web', {
      headers: { 'accept-encoding': 'gzip;q=0' },
    });
    expect(without.headers['Content-Encoding']).toBeUndefined();
  });

  it('shows freezes, orders and moves that wait for a person', async () => {
    const clock = new TestClock(NOW);
    const store = new MemoryStateStore(clock);
    const name = aNamePolicy();
    const freeze = { by: 'ann', reason: 'audit', at: NOW, until: NOW + 60_000 };
    const pending = {
      ...{ moveId: 'move-1', siteName: 'a', reason: 'waiting-for-approval' as const },
      ...{ askedAt: NOW, until: (NOW + 60_000) as typeof NOW },
    };
    const memory = {
      ...EMPTY_NAME_MEMORY,
      sites: { a: { ...freshSite(NOW), state: 'waiting' as const } },
      ...{ updatedAt: NOW, pending: [pending] },
    };
    const approval = {
      ...{ approvalId: 'approval-1', moveId: 'move-1', by: 'bob', isGranted: true },
      ...{ at: NOW, until: NOW + 60_000 },
    };
    await store.compareAndSet(freezeKey('pool/web'), freeze, null);
    await store.compareAndSet(nameMemoryKey(name.name), memory, null);
    await store.compareAndSet(approvalsKey(name.name), [approval], null);
    const drain = { instanceId: 'i-1', by: 'ann', reason: 'kernel', at: NOW, until: null };
    await store.compareAndSet(drainsKey('web'), [drain], null);
    const { ask } = createConsole({ store, clock, names: [name], access });
    const overview = (await ask('GET', '/api/overview')).json as unknown as Overview;
    expect(overview.freezes).toEqual([{ scope: 'pool/web', ...freeze }]);
    expect(overview.pools[0]).toMatchObject({ isFrozen: true, at: null });
    expect(overview.approvals).toMatchObject([{ name: name.name, moveId: 'move-1' }]);
    expect(overview.names[0]).toMatchObject({ isFrozen: false, pending: 1 });
    const pool = (await ask('GET', '/api/pools/web')).json as unknown as PoolView;
    expect(pool.operations).toMatchObject([{ kind: 'drain', subject: 'i-1', by: 'ann' }]);
    const view = await ask('GET', `/api/names/${name.name}`);
    expect(view.json['operations']).toMatchObject([{ kind: 'approval-given', by: 'bob' }]);
  });

  it('keeps the answer about 2,000 backends small', async () => {
    const clock = new TestClock(NOW);
    const store = new MemoryStateStore(clock);
    const archive = new MemoryTickArchive();
    const policy = await playScene({ name: 'web', count: 2000, looks: 1, store, archive, clock });
    const { context } = createConsole({ pools: [policy], store, archive, clock, access });
    const headers = { host: 'x', 'accept-encoding': 'gzip' };
    const request = {
      method: 'GET',
      path: '/api/pools/web',
      headers,
      query: {},
      body: Buffer.alloc(0),
    };
    const reply = await answerConsole(request, context);
    const body = Buffer.from(reply.body, 'base64');
    const pool = JSON.parse(gunzipSync(body).toString()) as PoolView;
    expect(pool.backends).toHaveLength(2000);
    expect(body.byteLength).toBeLessThan(100_000);
  });
});
