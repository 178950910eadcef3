import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MemoryStateStore } from '../../../shared/adapters/memory/memory-state-store';
import { type FleetPolicy } from '../../../shared/config/fleet-policy';
import { EMPTY_MEMORY } from '../../../shared/domain/memory';
import { memoryKey } from '../../../shared/domain/store-keys';
import { type StateStore, StoreUnavailable } from '../../../shared/ports/state-store';
import { findPools, hasMemberIndex } from '../../../shared/wake/find-pools';
import { indexedPools, indexMembers } from '../../../shared/wake/member-index';
import { aPolicy } from '../../support/builders';
import { TestClock } from '../../support/test-clock';

const names = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `pool-${index}`);

const aFleet = (count: number): FleetPolicy =>
  ({
    pools: names(count).map((name) => ({ ...aPolicy(), name })),
    failover: null,
    regionId: 'cn-a',
  }) as unknown as FleetPolicy;

/** A store that notes what is read of it, and that fails in its `failingAt`-th operation, before or after the effect. */
function aStore(failing?: { readonly at: number; readonly isDone: boolean }) {
  const store = new MemoryStateStore(new TestClock());
  const read: string[] = [];
  let operations = 0;
  const watched = new Proxy(store, {
    get:
      (target, name) =>
      async (...words: unknown[]) => {
        const run = async () =>
          (Reflect.get(target, name) as (...all: unknown[]) => Promise<unknown>).apply(
            target,
            words,
          );
        if (name === 'read') read.push(String(words[0]));
        if ((operations += 1) !== failing?.at) return run();
        if (failing.isDone) await run();
        throw new StoreUnavailable('gone in between');
      },
  }) as StateStore;
  return { store, watched, read };
}

const seen = (poolName: string, ...instanceIds: readonly string[]) => ({ poolName, instanceIds });

describe('the index of members', () => {
  it('tells every pool in which an instance was seen last, and nobody of a stranger', async () => {
    const { store } = aStore();
    await indexMembers(seen('web', 'i-1', 'i-2'), store);
    await indexMembers(seen('api', 'i-2', 'i-3'), store);
    expect(await indexedPools(['i-1'], store)).toEqual(['web']);
    expect(await indexedPools(['i-2', 'i-3'], store)).toEqual(['web', 'api']);
    await indexMembers(seen('web', 'i-1'), store);
    expect(await indexedPools(['i-2'], store)).toEqual(['api']);
    expect(await indexedPools(['i-9', 'constructor', '__proto__'], store)).toEqual([]);
  });

  it('costs a look one read while nobody comes or goes', async () => {
    const { watched, read } = aStore();
    await indexMembers(seen('web', 'i-1', 'i-2'), watched);
    read.length = 0;
    await indexMembers(seen('web', 'i-2', 'i-1'), watched);
    expect(read).toEqual(['members/web']);
  });

  it('is whole after many pools wrote to it at once', async () => {
    const { store } = aStore();
    const pools = names(100);
    await Promise.all(
      pools.map(async (name) => indexMembers(seen(name, `i-${name}`, 'i-all'), store)),
    );
    // Whoever was kept from it too often does it with the next look.
    for (const name of pools) await indexMembers(seen(name, `i-${name}`, 'i-all'), store);
    for (const name of pools) expect(await indexedPools([`i-${name}`], store)).toEqual([name]);
    expect(await indexedPools(['i-all'], store)).toHaveLength(100);
  });

  it('is right after the next look, whatever came and went and wherever a worker died', async () => {
    const members = fc.uniqueArray(fc.integer({ min: 1, max: 12 }).map((number) => `i-${number}`));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ pool: fc.constantFrom('web', 'api'), members }), { maxLength: 6 }),
        fc.record({ at: fc.integer({ min: 1, max: 40 }), isDone: fc.boolean() }),
        async (looks, failing) => {
          const { store, watched } = aStore(failing);
          const last = new Map<string, readonly string[]>();
          for (const look of looks) {
            await indexMembers(seen(look.pool, ...look.members), watched).catch(() => undefined);
            last.set(look.pool, look.members);
          }
          for (const [pool, ids] of last) await indexMembers(seen(pool, ...ids), store);
          for (let number = 1; number <= 12; number += 1) {
            const id = `i-${number}`;
            const expected = [...last].filter(([, ids]) => ids.includes(id)).map(([pool]) => pool);
            expect([...(await indexedPools([id], store))].sort()).toEqual(expected.sort());
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('is written again where a failover may have cut it short', async () => {
    const { store } = aStore();
    await indexMembers(seen('web', 'i-1', 'i-2'), store);
    for (const key of await store.list('member-pools/')) await store.delete(key);
    const doubtful = new Proxy(store, {
      get:
        (target, name) =>
        async (...words: unknown[]) => {
          const method = Reflect.get(target, name) as (...all: unknown[]) => Promise<unknown>;
          const result = await method.apply(target, words);
          return name === 'read' && result !== null
            ? { ...(result as object), isDoubtful: true }
            : result;
        },
    });
    await indexMembers(seen('web', 'i-1', 'i-2'), store);
    expect(await indexedPools(['i-1'], store)).toEqual([]);
    await indexMembers(seen('web', 'i-1', 'i-2'), doubtful);
    expect(await indexedPools(['i-1'], store)).toEqual(['web']);
  });
});

describe('finding the pools of an instance', () => {
  const clue = { pools: [], resourceIds: ['i-1'] };
  const down = new Proxy({} as StateStore, {
    get: () => () => Promise.reject(new StoreUnavailable('down')),
  });

  it('of a few pools, their memories are looked through; with the store down it is any of them', async () => {
    const { watched, read } = aStore();
    const backends = { 'i-1': {} };
    await watched.compareAndSet(memoryKey('pool-7'), { ...EMPTY_MEMORY, backends }, null);
    expect(hasMemberIndex(aFleet(200))).toBe(false);
    expect(await findPools(clue, aFleet(200), watched)).toEqual({ pools: ['pool-7'], unknown: [] });
    expect(read).toHaveLength(200);
    expect((await findPools(clue, aFleet(200), down)).pools).toHaveLength(200);
  });

  it('of many, one document tells; pools that are no more are left out; with the store down nobody is woken', async () => {
    const { watched, read } = aStore();
    await indexMembers(seen('pool-7', 'i-1'), watched);
    await indexMembers(seen('gone', 'i-1'), watched);
    read.length = 0;
    expect(hasMemberIndex(aFleet(201))).toBe(true);
    expect(await findPools(clue, aFleet(10_000), watched)).toEqual({
      pools: ['pool-7'],
      unknown: [],
    });
    expect(read).toHaveLength(1);
    await expect(findPools(clue, aFleet(201), down)).rejects.toThrow(StoreUnavailable);
    const named = { pools: ['pool-3'], resourceIds: [] };
    expect(await findPools(named, aFleet(201), down)).toEqual({ pools: ['pool-3'], unknown: [] });
  });
});
