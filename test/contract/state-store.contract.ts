import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Freeze } from '../../shared/domain/failover/name-snapshot';
import { isFreeze } from '../../shared/domain/freeze';
import { freezeKey, poolLease } from '../../shared/domain/store-keys';
import { instant, millis } from '../../shared/domain/units';
import { type StateStore } from '../../shared/ports/state-store';
import { TestClock } from '../support/test-clock';

export interface StoreUnderTest {
  readonly store: StateStore;
  /** A second door to the same state, as another process would have. */
  readonly other: StateStore;
}

/** What every StateStore must do. Run over each adapter. */
export function stateStoreContract(
  name: string,
  open: (clock: TestClock) => Promise<StoreUnderTest> | StoreUnderTest,
): void {
  describe(`${name} as a state store`, () => {
    let clock: TestClock;
    let store: StateStore;
    let other: StateStore;
    beforeEach(async () => {
      clock = new TestClock();
      ({ store, other } = await open(clock));
    });

    /** Version of a document that must be there. */
    const versionOf = async (key: string): Promise<number> => {
      const document = await store.read(key);
      if (document === null) throw new Error(`there is no ${key}`);
      return document.version;
    };

    describe('documents', () => {
      it('are not there until they are stored, and are then what was stored', async () => {
        expect(await store.read('pool/web')).toBeNull();
        expect(await store.compareAndSet('pool/web', { a: [1, 'ß', null] }, null)).toBe('stored');
        expect((await other.read('pool/web'))?.value).toEqual({ a: [1, 'ß', null] });
      });

      it('are stored only over the version that was read', async () => {
        await store.compareAndSet('k', 'one', null);
        const first = await versionOf('k');
        expect(await other.compareAndSet('k', 'two', first)).toBe('stored');
        expect(await store.compareAndSet('k', 'three', first)).toBe('conflict');
        expect(await store.compareAndSet('k', 'three', null)).toBe('conflict');
        expect(await store.compareAndSet('none', 'x', first)).toBe('conflict');
        expect((await store.read('k'))?.value).toBe('two');
        expect(await versionOf('k')).toBeGreaterThan(first);
      });

      it('let exactly one of many writers at once win', async () => {
        await store.compareAndSet('k', 0, null);
        const first = await versionOf('k');
        const results = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            (index % 2 ? store : other).compareAndSet('k', index, first),
          ),
        );
        expect(results.filter((result) => result === 'stored')).toHaveLength(1);
      });

      it('are gone once deleted, and a writer that knew them does not take a new one for the old', async () => {
        await store.compareAndSet('k', 'one', null);
        const first = await versionOf('k');
        await other.delete('k');
        expect(await store.read('k')).toBeNull();
        expect(await store.compareAndSet('k', 'new', null)).toBe('stored');
        expect(await store.compareAndSet('k', 'late', first)).toBe('conflict');
        await store.delete('never there');
      });

      it('cannot be changed by changing what was given or read', async () => {
        const value = { list: [1] };
        await store.compareAndSet('k', value, null);
        value.list.push(2);
        Reflect.set(((await store.read('k'))?.value as typeof value).list, 1, 3); // where it can be set
        expect((await store.read('k'))?.value).toEqual({ list: [1] });
      });

      it('are listed by the beginning of their keys, in order', async () => {
        for (const key of ['pool/b', 'pool/a', 'pools', 'drain/ü *?.json', '../up'])
          await store.compareAndSet(key, 1, null);
        await store.delete('pools');
        expect(await other.list('pool')).toEqual(['pool/a', 'pool/b']);
        expect(await other.list('')).toEqual(['../up', 'drain/ü *?.json', 'pool/a', 'pool/b']);
        expect(await other.list('x')).toEqual([]);
      });
    });

    describe('time', () => {
      it('is the same for all who share the store, and moves on', async () => {
        const told = await store.tellTime();
        expect(Math.abs(told - clock.now())).toBeLessThan(1000);
        clock.advance(60_000);
        expect((await other.tellTime()) - told).toBeGreaterThanOrEqual(60_000);
      });
    });

    describe('numbers', () => {
      it('of tokens and versions are never below the clock: those of a lost store are not met again', async () => {
        const lease = await store.acquireLease('web', 'a', millis(1000));
        await store.compareAndSet('k', 1, null);
        expect(lease!.token).toBeGreaterThanOrEqual(clock.now());
        expect(await versionOf('k')).toBeGreaterThanOrEqual(clock.now());
        clock.advance(3_600_000);
        await store.compareAndSet('k', 2, await versionOf('k'));
        expect(await versionOf('k')).toBeGreaterThanOrEqual(clock.now());
      });

      it('grow though the clock is set back', async () => {
        const lease = await store.acquireLease('web', 'a', millis(1000));
        await store.compareAndSet('k', 1, null);
        const first = await versionOf('k');
        await store.releaseLease(lease!);
        clock.advance(-3_600_000);
        const next = await store.acquireLease('web', 'a', millis(1000));
        expect(next!.token).toBeGreaterThan(lease!.token);
        expect(await store.compareAndSet('k', 2, first)).toBe('stored');
        expect(await versionOf('k')).toBeGreaterThan(first);
      });
    });

    describe('a freeze', () => {
      const key = freezeKey('pool/web');
      const freezeBy = (by: string): Freeze => ({
        by,
        reason: 'maintenance',
        at: clock.now(),
        until: instant(clock.now() + 3_600_000),
      });

      it('is seen through every door with owner and end, and is lifted for all', async () => {
        await store.compareAndSet(key, freezeBy('ann'), null);
        const seen = (await other.read(key))?.value;
        expect(isFreeze(seen)).toBe(true);
        expect(seen).toEqual(freezeBy('ann'));
        await other.delete(key);
        expect(await store.read(key)).toBeNull();
      });

      it('of two people at once is that of one, and the other is told', async () => {
        const results = await Promise.all([
          store.compareAndSet(key, freezeBy('ann'), null),
          other.compareAndSet(key, freezeBy('bob'), null),
        ]);
        expect([...results].sort()).toEqual(['conflict', 'stored']);
      });

      it('is bound to no lease: it is set while a worker holds its pool', async () => {
        await store.acquireLease(poolLease('web'), 'worker', millis(45_000));
        expect(await other.compareAndSet(key, freezeBy('ann'), null)).toBe('stored');
      });
    });

    describe('leases', () => {
      const span = millis(30_000);

      it('are held by one at a time, until they run out', async () => {
        const lease = await store.acquireLease('web', 'a', span);
        expect(lease).toMatchObject({ name: 'web', holder: 'a', expiresAt: clock.now() + 30_000 });
        expect(await other.acquireLease('web', 'b', span)).toBeNull();
        expect(await other.acquireLease('web', 'a', span)).toBeNull();
        expect(await other.acquireLease('api', 'b', span)).not.toBeNull();
        clock.advance(30_000);
        expect(await other.acquireLease('web', 'b', span)).not.toBeNull();
      });

      it('are had by exactly one of many at once', async () => {
        const leases = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            (index % 2 ? store : other).acquireLease('web', `h${index}`, span),
          ),
        );
        expect(leases.filter((lease) => lease !== null)).toHaveLength(1);
      });

      it('have tokens that grow and never repeat, be they released or run out', async () => {
        const tokens: number[] = [];
        for (let turn = 0; turn < 6; turn += 1) {
          const lease = await (turn % 2 ? store : other).acquireLease('web', `h${turn}`, span);
          tokens.push(lease!.token);
          if (turn % 3 === 0) clock.advance(30_000);
          else await store.releaseLease(lease!);
        }
        expect(tokens).toEqual([...new Set(tokens)].sort((one, next) => one - next));
      });

      it('are renewed with the same token while they are held, and not once lost', async () => {
        const lease = await store.acquireLease('web', 'a', span);
        clock.advance(20_000);
        const renewed = await other.renewLease(lease!, span);
        expect(renewed).toEqual({ ...lease!, expiresAt: clock.now() + 30_000 });
        clock.advance(30_000);
        expect(await store.renewLease(renewed!, span)).toBeNull();
        await other.acquireLease('web', 'b', span);
        expect(await store.renewLease(renewed!, span)).toBeNull();
      });

      it('are released by their holder only', async () => {
        const old = await store.acquireLease('web', 'a', span);
        clock.advance(30_000);
        await other.acquireLease('web', 'b', span);
        await store.releaseLease(old!);
        expect(await store.acquireLease('web', 'c', span)).toBeNull();
        expect(await store.renewLease(old!, span)).toBeNull();
      });

      it('are not renewed after their release', async () => {
        const lease = await store.acquireLease('web', 'a', span);
        await store.releaseLease(lease!);
        expect(await store.renewLease(lease!, span)).toBeNull();
      });
    });

    describe('fencing', () => {
      it('refuses whoever holds an old token, also after the newer lease is over', async () => {
        const old = await store.acquireLease('web', 'a', millis(1000));
        expect(await store.compareAndSet('k', 'by a', null, old!)).toBe('stored');
        clock.advance(1000);
        const current = await other.acquireLease('web', 'b', millis(1000));
        const first = await versionOf('k');
        expect(await store.compareAndSet('k', 'late', first, old!)).toBe('fenced');
        expect(await other.compareAndSet('k', 'by b', first, current!)).toBe('stored');
        await other.releaseLease(current!);
        expect(await store.compareAndSet('k', 'later still', await versionOf('k'), old!)).toBe(
          'fenced',
        );
        expect((await store.read('k'))?.value).toBe('by b');
      });

      it('refuses a token that the store does not know of, though it is higher than any: its acquisition was lost', async () => {
        const known = await store.acquireLease('web', 'a', millis(1000));
        const lost = { ...known!, token: known!.token + 5 };
        expect(await store.compareAndSet('k', 1, null, lost)).toBe('fenced');
        expect(await store.renewLease(lost, millis(1000))).toBeNull();
        await store.releaseLease(lost);
        expect(await other.acquireLease('web', 'b', millis(1000))).toBeNull();
      });

      it('tells beforehand whom it would refuse', async () => {
        const old = await store.acquireLease('web', 'a', millis(1000));
        expect(await other.isFenced(old!)).toBe(false);
        clock.advance(1000);
        expect(await store.isFenced(old!)).toBe(false);
        const current = await other.acquireLease('web', 'b', millis(1000));
        expect(await store.isFenced(old!)).toBe(true);
        expect(await store.isFenced(current!)).toBe(false);
        await other.releaseLease(current!);
        expect(await store.isFenced(old!)).toBe(true);
        expect(await store.isFenced({ ...current!, token: current!.token + 1 })).toBe(true);
        expect(await store.isFenced({ ...old!, name: 'never held' })).toBe(false);
      });

      it('lets a holder write whose lease ran out while nobody took it', async () => {
        const lease = await store.acquireLease('web', 'a', millis(1000));
        clock.advance(5000);
        expect(await store.compareAndSet('k', 1, null, lease!)).toBe('stored');
      });
    });

    describe('dirty marks', () => {
      it('are kept until they are taken, all at once', async () => {
        expect(await store.isDirty('web')).toBe(false);
        await store.markDirty('web', { reason: 'alarm', at: 1 });
        await other.markDirty('web', { reason: 'event', at: 2 });
        expect(await store.isDirty('web')).toBe(true);
        expect(await store.isDirty('api')).toBe(false);
        expect(await other.clearDirty('web')).toEqual([
          { reason: 'alarm', at: 1 },
          { reason: 'event', at: 2 },
        ]);
        expect(await store.clearDirty('web')).toEqual([]);
        expect(await store.isDirty('web')).toBe(false);
      });

      it('of a storm stay few, the newest among them', async () => {
        for (let at = 0; at < 150; at += 1) await store.markDirty('web', { reason: 'alarm', at });
        const marks = await store.clearDirty('web');
        expect(marks.length).toBeLessThanOrEqual(100);
        expect(marks.at(-1)).toEqual({ reason: 'alarm', at: 149 });
      });
    });

    describe('token buckets', () => {
      const request = { count: 1, capacity: 10, refillPerMinute: 60, reserve: 0 };
      const granted = { isGranted: true, waitMs: 0 };

      it('are full at first, and give until they are empty, whoever asks', async () => {
        for (let taken = 0; taken < 10; taken += 1)
          expect(await (taken % 2 ? store : other).takeTokens('slb', request)).toEqual(granted);
        expect(await other.takeTokens('slb', request)).toEqual({ isGranted: false, waitMs: 1000 });
        expect(await store.takeTokens('ecs', request)).toEqual(granted);
      });

      it('refill by and by, to the part of a token, and never above their capacity', async () => {
        await store.takeTokens('slb', { ...request, count: 10 });
        clock.advance(2500);
        const three = { ...request, count: 3 };
        expect(await store.takeTokens('slb', three)).toEqual({ isGranted: false, waitMs: 500 });
        clock.advance(499);
        expect(await store.takeTokens('slb', three)).toEqual({ isGranted: false, waitMs: 1 });
        clock.advance(1);
        expect(await store.takeTokens('slb', three)).toEqual(granted);
        clock.advance(3_600_000);
        expect(await store.takeTokens('slb', { ...request, count: 10 })).toEqual(granted);
        expect(await store.takeTokens('slb', request)).toMatchObject({ isGranted: false });
      });

      it('give all that is asked for or nothing', async () => {
        await store.takeTokens('slb', { ...request, count: 8 });
        const more = await store.takeTokens('slb', { ...request, count: 5 });
        expect(more).toEqual({ isGranted: false, waitMs: 3000 });
        expect(await store.takeTokens('slb', { ...request, count: 2 })).toEqual(granted);
      });

      it('keep a reserve for whoever may use it', async () => {
        const modest = { ...request, count: 2, reserve: 5 };
        expect(await store.takeTokens('slb', modest)).toEqual(granted);
        expect(await store.takeTokens('slb', modest)).toEqual(granted);
        expect(await store.takeTokens('slb', modest)).toEqual({ isGranted: false, waitMs: 1000 });
        expect(await store.takeTokens('slb', { ...request, count: 6 })).toEqual(granted);
      });

      it('give no more than they have to many at once', async () => {
        const grants = await Promise.all(
          Array.from({ length: 30 }, (_, index) =>
            (index % 2 ? store : other).takeTokens('slb', request),
          ),
        );
        expect(grants.filter(({ isGranted }) => isGranted)).toHaveLength(10);
      });

      it('are as large as the last request says: a smaller one holds at once, a larger one fills', async () => {
        const small = { count: 1, capacity: 2, refillPerMinute: 60, reserve: 0 };
        await store.takeTokens('slb', request);
        expect(await store.takeTokens('slb', { ...small, count: 2 })).toEqual(granted);
        expect(await store.takeTokens('slb', small)).toEqual({ isGranted: false, waitMs: 1000 });
        clock.advance(5000);
        expect(await store.takeTokens('slb', { ...request, count: 5 })).toEqual(granted);
      });

      it('neither fill nor stand still when the clock is set back', async () => {
        await store.takeTokens('slb', { ...request, count: 10 });
        clock.advance(-3_600_000);
        expect(await store.takeTokens('slb', request)).toEqual({ isGranted: false, waitMs: 1000 });
        clock.advance(1000);
        expect(await store.takeTokens('slb', request)).toEqual(granted);
      });

      it.each([
        ['more than the bucket holds', { count: 11 }],
        ['more than the reserve leaves', { count: 6, reserve: 5 }],
        ['a bucket that never fills', { refillPerMinute: 0 }],
        ['a part of a token', { count: 0.5 }],
        ['less than nothing', { count: -1 }],
      ])('refuse a request for %s', async (_what, part) => {
        await expect(store.takeTokens('slb', { ...request, ...part })).rejects.toThrow(RangeError);
      });
    });
  });
}
