import { describe, expect, it } from '@jest/globals';
import { type NameView, type Overview } from '../../../functions/console/api';
import { MemoryTickArchive } from '../../../shared/adapters/memory/memory-tick-archive';
import { freezeKey } from '../../../shared/domain/store-keys';
import { instant } from '../../../shared/domain/units';
import { type TickArchive } from '../../../shared/ports/tick-archive';
import { aPolicy, NOW } from '../../support/builders';
import { createConsole } from '../../support/console';
import { aNamePolicy, aSite } from '../../support/name-builders';
import { TestClock } from '../../support/test-clock';

const access = { isReadingOpen: true, mayWrite: false, sessionMs: 1000, writesPerMinute: 1 };
const HOUR = 3_600_000;
const FREEZE = { by: 'ann', reason: 'audit', at: NOW, until: NOW + HOUR };
const shop = aNamePolicy({ name: 'shop', sites: [aSite('a'), aSite('b')] });

type Parts = Parameters<typeof createConsole>[0];

function aConsole(parts: Parts = {}) {
  const it = createConsole({ clock: new TestClock(NOW), access, ...parts });
  const get = async <T>(path: string, q?: string) =>
    (await it.ask('GET', path, { query: q === undefined ? {} : { q } })).json as unknown as T;
  return { ...it, get };
}

const aDigest = (poolName: string, at: number) => ({
  ...{ tickId: `tick-${at}`, poolName, at: instant(at), wake: 'timer', isWhole: false },
  ...{ healthy: 3, members: 3, steps: 0, withheld: 0, summary: 'nothing to do' },
});

describe('the overview', () => {
  it('shows every freeze, whatever is searched for', async () => {
    const pools = ['web', 'api'].map((name) => ({ ...aPolicy(), name }));
    const { get, store } = aConsole({ pools, names: [shop] });
    for (const scope of ['pool/web', 'name/shop', 'all', 'pool/gone'] as const)
      await store.compareAndSet(freezeKey(scope), FREEZE, null);
    const { freezes, pools: found } = await get<Overview>('/api/overview', 'api');
    expect(found).toMatchObject([{ id: 'api', isFrozen: true }]);
    expect(freezes.map(({ scope }) => scope)).toEqual(['all', 'pool/web', 'name/shop']);
  });

  it('reads no freeze that nobody wrote down', async () => {
    const pools = Array.from({ length: 300 }, (_, index) => ({ ...aPolicy(), name: `p${index}` }));
    const { get, context } = aConsole({ pools });
    const read: string[] = [];
    const original = context.store.read.bind(context.store);
    context.store.read = async (key) => (read.push(key), original(key));
    expect((await get<Overview>('/api/overview')).poolsFound).toBe(300);
    expect(read).toEqual([]);
  });

  it('looks a day back for the last look at a pool, and not at all for those of another region', async () => {
    const archive = new MemoryTickArchive();
    const asked: unknown[] = [];
    const watched: TickArchive = {
      append: async (...line) => archive.append(...line),
      read: async (...tick) => archive.read(...tick),
      list: async (...range) => (asked.push(range), archive.list(...range)),
    };
    await archive.append(aDigest('web', NOW - 23 * HOUR), null);
    await archive.append(aDigest('old', NOW - 25 * HOUR), null);
    await archive.append(aDigest('far', NOW), null);
    const pools = ['web', 'old', 'far'].map((name) => ({ ...aPolicy(), name }));
    const { get } = aConsole({ pools, archive: watched, elsewhere: ['far'] });
    const overview = await get<Overview>('/api/overview');
    expect(overview.pools.map(({ id, at }) => [id, at])).toEqual([
      ['web', NOW - 23 * HOUR],
      ['old', null],
      ['far', null],
    ]);
    const range = { from: NOW - 24 * HOUR, limit: 1 };
    expect(asked).toEqual([
      ['web', range],
      ['old', range],
    ]);
    expect(overview.hasElsewhere).toBe(true);
  });

  it('freezes nothing of another region', async () => {
    const parts = { pools: [aPolicy(), { ...aPolicy(), name: 'far' }], names: [shop] };
    const { get, store } = aConsole({ ...parts, elsewhere: ['far', 'shop'] });
    for (const scope of ['all', 'pool/far', 'name/shop'] as const)
      await store.compareAndSet(freezeKey(scope), FREEZE, null);
    const { pools, names, freezes } = await get<Overview>('/api/overview');
    expect([...pools, ...names].map(({ id, isFrozen }) => [id, isFrozen])).toEqual([
      ['web', true],
      ['far', false],
      ['shop', false],
    ]);
    expect(freezes.map(({ scope }) => scope)).toEqual(['all']);
  });

  it('says of no site that it serves before somebody has looked', async () => {
    for (const elsewhere of [[], ['shop']]) {
      const { get } = aConsole({ names: [shop], elsewhere });
      const { names, hasElsewhere } = await get<Overview>('/api/overview');
      expect(names[0]).toMatchObject({ at: null, regionId: shop.homeRegionId });
      expect(names[0]?.sites.map(({ state }) => state)).toEqual(['unknown', 'unknown']);
      const { sites } = await get<NameView>('/api/names/shop');
      expect(sites.map(({ state }) => state)).toEqual(['unknown', 'unknown']);
      expect(hasElsewhere).toBe(elsewhere.length > 0);
    }
  });
});
