import { beforeEach, describe, expect, it } from '@jest/globals';
import { millis } from '../../shared/domain/units';
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

    describe('documents', () => {
      it('are not there until they are stored, and are then what was stored', async () => {
        expect(await store.read('pool/web')).toBeNull();
        expect(await store.compareAndSet('pool/web', { a: [1, 'ß', null] }, null)).toBe('stored');
        expect(await other.read('pool/web')).toEqual({ value: { a: [1, 'ß', null] }, version: 1 });
      });

      it('are stored only over the version that was read', async () => {
        await store.compareAndSet('k', 'one', null);
        expect(await other.compareAndSet('k', 'two', 1)).toBe('stored');
        expect(await store.compareAndSet('k', 'three', 1)).toBe('conflict');
        expect(await store.compareAndSet('k', 'three', null)).toBe('conflict');
        expect(await store.compareAndSet('none', 'x', 1)).toBe('conflict');
        expect(await store.read('k')).toEqual({ value: 'two', version: 2 });
      });

      it('let exactly one of many writers at once win', async () => {
        await store.compareAndSet('k', 0, null);
        const results = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            (index % 2 ? store : other).compareAndSet('k', index, 1),
          ),
        );
        expect(results.filter((result) => result === 'stored')).toHaveLength(1);
      });

      it('are gone once deleted, and a writer that knew them does not take a new one for the old', async () => {
        await store.compareAndSet('k', 'one', null);
        await other.delete('k');
        expect(await store.read('k')).toBeNull();
        expect(await store.compareAndSet('k', 'new', null)).toBe('stored');
        expect(await store.compareAndSet('k', 'late', 1)).toBe('conflict');
        await store.delete('never there');
      });

      it('cannot be changed by changing what was given or read', async () => {
        const value = { list: [1] };
        await store.compareAndSet('k', value, null);
        value.list.push(2);
        ((await store.read('k'))?.value as typeof value).list.push(3);
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
        expect(await store.compareAndSet('k', 'late', 1, old!)).toBe('fenced');
        expect(await other.compareAndSet('k', 'by b', 1, current!)).toBe('stored');
        await other.releaseLease(current!);
        expect(await store.compareAndSet('k', 'later still', 2, old!)).toBe('fenced');
        expect((await store.read('k'))?.value).toBe('by b');
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
  });
}
