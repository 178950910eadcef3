import { afterEach, describe, expect, it } from '@jest/globals';
import { MemoryStateStore } from '../../shared/adapters/memory/memory-state-store';
import { instant } from '../../shared/domain/units';
import { explanationOf } from '../../shared/record/explain';
import { StoredWatchSlots } from '../../shared/watch-slots';
import { createWorld, type World } from '../support/in-process-world';
import { TestClock } from '../support/test-clock';

const MAX = 20;
function aStore() {
  const clock = new TestClock();
  const store = new MemoryStateStore(clock);
  const worker = (holder: string, more: { max?: number; spanMs?: number } = {}) =>
    new StoredWatchSlots({
      ...{ store, clock, kind: 'pools', holder, max: more.max ?? MAX },
      deadline: instant(clock.now() + (more.spanMs ?? 300_000)),
    });
  return { clock, store, worker };
}
const names = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `w-${index}`);

describe('places for workers that stay awake', () => {
  it('are for twenty: the 21st finds none until one is given back', async () => {
    const { worker } = aStore();
    const workers = names(MAX).map((name) => worker(name));
    for (const one of workers) expect(await one.stay()).toBe(true);
    const late = worker('late');
    expect([await late.isFull(), await late.stay()]).toEqual([true, false]);
    await workers[3]!.leave();
    expect([await late.isFull(), await late.stay()]).toEqual([false, true]);
    expect(await workers[3]!.stay()).toBe(false);
  });

  it('are for no more when all ask at once', async () => {
    const { worker } = aStore();
    const taken = await Promise.all(names(6).map((name) => worker(name, { max: 3 }).stay()));
    expect(taken.filter(Boolean)).toHaveLength(3);
  });

  it('are one for a worker, however many pools it works on and however often it asks', async () => {
    const { worker, store } = aStore();
    const one = worker('one', { max: 1 });
    expect(await Promise.all(names(20).map(() => one.stay()))).toEqual(names(20).map(() => true));
    expect(Object.keys((await store.read('watchers/pools'))!.value as object)).toEqual(['one']);
    expect(await one.isFull()).toBe(false);
  });

  it('are not kept for an hour by a worker whose clock was an hour ahead', async () => {
    const { worker, clock } = aStore();
    clock.advance(3_600_000);
    const ahead = worker('ahead', { max: 1 });
    expect(await ahead.stay()).toBe(true);
    clock.advance(-3_600_000);
    expect(await worker('right', { max: 1 }).stay()).toBe(true);
    clock.advance(20_000); // of clocks that differ by less, a place is a place
    expect(await worker('late', { max: 1 }).isFull()).toBe(true);
    clock.advance(-60_000);
    expect(await worker('behind', { max: 1 }).isFull()).toBe(true);
  });

  it('are kept for as long as they are asked for, and fall free when their worker died', async () => {
    const { worker, clock } = aStore();
    const [one, other] = [worker('one', { max: 1 }), worker('other', { max: 1 })];
    for (let look = 0; look < 40; look += 1) {
      expect(await one.stay()).toBe(true);
      expect(await other.stay()).toBe(false);
      clock.advance(5_000);
    }
    clock.advance(90_000);
    expect(await other.stay()).toBe(true);
    expect(await one.stay()).toBe(false);
  });

  it('outlive no worker’s time', async () => {
    const { worker, clock } = aStore();
    await worker('one', { max: 1, spanMs: 10_000 }).stay();
    clock.advance(10_000);
    expect(await worker('other', { max: 1 }).isFull()).toBe(false);
  });

  it('survive what cannot be understood in their document', async () => {
    const { worker, store } = aStore();
    await store.compareAndSet('watchers/pools', ['?'], null);
    expect(await worker('one').stay()).toBe(true);
  });
});

describe('a worker of an unsteady pool', () => {
  const worlds: World[] = [];
  afterEach(() => worlds.splice(0).forEach((world) => world.stop()));
  async function aWorld(max: number) {
    const world = await createWorld({ count: 6, policy: { watch: 'always' } });
    worlds.push(world);
    const { store, clock } = world;
    const deadline = instant(clock.now() + 300_000);
    const slots = (holder: string) =>
      new StoredWatchSlots({ store, clock, kind: 'pools', holder, max, deadline });
    return { world, slots };
  }

  it('stays awake where there is a place', async () => {
    const { world, slots } = await aWorld(1);
    await world.work({ mayWatch: true, watchSlots: slots('worker-1') });
    expect(world.ticks.length).toBeGreaterThan(5);
    expect(world.ticks.every(({ request }) => request.watchers === undefined)).toBe(true);
  });

  it('looks once, sends no successor and says why, where as many stay awake as may', async () => {
    const { world, slots } = await aWorld(1);
    await slots('another').stay();
    expect(await world.work({ mayWatch: true, watchSlots: slots('worker-1') })).toMatchObject({
      kind: 'worked',
      ticks: 1,
      isHandedOver: false,
    });
    const [tick] = world.ticks;
    expect(tick!.request.watchers).toBe('full');
    expect(explanationOf(tick!).map(({ text }) => text)).toContain(
      'As many workers stay awake as may: this one sleeps after its look, until something calls.',
    );
    expect(world.logged.join()).toContain('watchers-full');
  });

  it('runs again for a mark all the same, and confirms a suspicion at once', async () => {
    const { world, slots } = await aWorld(1);
    await world.tick();
    await slots('another').stay();
    await world.region.ecs.injectFaults(
      world.instanceIds[2]!,
      { errorShare: 500, latencyFactor: 8000 },
      'reboot',
    );
    await world.pass(55_000);
    await world.work({ mayWatch: true, watchSlots: slots('worker-1') });
    expect(world.ticks.length).toBeGreaterThan(2);
    expect(world.ticks.length).toBeLessThan(6);
  });
});
