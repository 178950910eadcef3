import { afterEach, describe, expect, it } from '@jest/globals';
import { EMPTY_MEMORY, type PoolMemory } from '../../../shared/domain/memory';
import { drainsKey, memoryKey } from '../../../shared/domain/store-keys';
import { observeMemory } from '../../../shared/observe/observe-memory';
import { type StateStore } from '../../../shared/ports/state-store';
import { createWorld, type World } from '../../support/in-process-world';

const worlds: World[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

describe('the memory of a pool', () => {
  it('that may not be the newest counts as lost, and the orders of people do not', async () => {
    const world = await createWorld({ count: 3 });
    worlds.push(world);
    await world.tick();
    const { ports, store } = world;
    await store.compareAndSet(drainsKey('web'), [], null);
    expect((await observeMemory('web', ports)).isStored).toBe(true);
    const doubtful = Object.assign(Object.create(store) as StateStore, {
      read: async (key: string) => {
        const document = await store.read(key);
        return document === null ? null : { ...document, isDoubtful: true as const };
      },
    });
    const observed = await observeMemory('web', { ...ports, store: doubtful });
    expect(observed).toMatchObject({ memory: EMPTY_MEMORY, isStored: false, drainOrders: [] });
    expect(world.logged.join()).toContain('the stored memory may not be the newest');
  });

  it('that lacks a backend it has counted counts as lost: nobody is taken for a newcomer for that', async () => {
    const world = await createWorld({ count: 3 });
    worlds.push(world);
    await world.tick();
    const { ports, store } = world;
    const stored = (await store.read(memoryKey('web')))!;
    const memory = stored.value as PoolMemory;
    const [first, ...others] = Object.entries(memory.backends);
    expect([first, others.length]).toEqual([expect.anything(), 2]);
    const damaged = { ...memory, backends: Object.fromEntries(others) };
    await store.compareAndSet(memoryKey('web'), damaged, stored.version);
    expect((await observeMemory('web', ports)).isStored).toBe(false);
    const before = world.weights();
    await world.tick();
    expect(world.weights()).toEqual(before);
  });
});
