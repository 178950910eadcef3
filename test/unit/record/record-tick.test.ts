import { afterEach, describe, expect, it } from '@jest/globals';
import { type Alert } from '../../../shared/domain/proposal';
import { type PoolMemory } from '../../../shared/domain/memory';
import { alertedKey, DRAIN_TAG, drainsKey, memoryKey } from '../../../shared/domain/store-keys';
import { millis } from '../../../shared/domain/units';
import { StoreUnavailable } from '../../../shared/ports/state-store';
import { raiseOnce } from '../../../shared/record/raise-once';
import { createWorld, type World, type WorldOptions } from '../../support/in-process-world';
import { watchPorts } from '../../support/watched-ports';

const worlds: World[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

async function aWorld(options: Partial<WorldOptions> = {}): Promise<World> {
  const world = await createWorld({ count: 6, ...options });
  worlds.push(world);
  return world;
}

const ALERT: Alert = {
  key: 'blind',
  severity: 'critical',
  reason: 'cloud-unreadable',
  instanceId: null,
  message: 'x',
};

describe('calling people', () => {
  it('happens once in a quarter of an hour for one key, wherever the quarter begins', async () => {
    const world = await aWorld();
    await world.pass(14 * 60_000);
    for (let minute = 0; minute < 45; minute += 1) {
      await raiseOnce('web', ALERT, world.ports);
      await world.pass(60_000);
    }
    const times = world.alerts.map(({ at }) => at);
    expect(times).toHaveLength(3);
    expect(
      Math.min(...times.slice(1).map((at, index) => at - times[index]!)),
    ).toBeGreaterThanOrEqual(15 * 60_000);
  });

  it('is separate for each key and pool', async () => {
    const world = await aWorld();
    await raiseOnce('web', ALERT, world.ports);
    await raiseOnce('web', { ...ALERT, key: 'panic' }, world.ports);
    await raiseOnce('api', ALERT, world.ports);
    expect(world.alerts).toHaveLength(3);
  });

  it('goes on when the note of the last call is nonsense or in the future', async () => {
    const world = await aWorld();
    for (const note of [null, 'x', { at: 'noon' }, { at: 8e15 }]) {
      const key = alertedKey('web', 'blind');
      await world.store.compareAndSet(key, note, (await world.store.read(key))?.version ?? null);
      await raiseOnce('web', ALERT, world.ports);
    }
    expect(world.alerts).toHaveLength(4);
  });

  it('does not need the store: the key then names the quarter, for whoever receives it', async () => {
    const world = await aWorld();
    const ports = watchPorts(world.ports, (call, proceed) =>
      call.name.startsWith('store.') ? Promise.reject(new StoreUnavailable('gone')) : proceed(),
    );
    await raiseOnce('web', ALERT, ports);
    await raiseOnce('web', ALERT, ports);
    expect(new Set(world.alerts.map(({ key }) => key))).toEqual(
      new Set([`blind/${Math.floor(world.clock.now() / 900_000)}`]),
    );
  });

  it('comes before the memory that would keep it from being repeated', async () => {
    const world = await aWorld();
    const order: string[] = [];
    const ports = watchPorts(world.ports, (call, proceed) => {
      if (call.name === 'alerts.raise' || call.arguments[0] === memoryKey('web'))
        order.push(call.name);
      return proceed();
    });
    for (const id of world.instanceIds)
      await world.region.ecs.injectFaults(id, { isCrashed: true });
    await world.pass(30_000);
    await world.work({ ports });
    expect(order.indexOf('alerts.raise')).toBeGreaterThan(-1);
    expect(order.indexOf('alerts.raise')).toBeLessThan(order.indexOf('store.compareAndSet'));
  });
});

describe('the record of a tick', () => {
  it('survives its way through the archive unchanged', async () => {
    const world = await aWorld();
    const tick = await world.tick();
    expect(await world.archive.read('web', tick.request.tickId)).toEqual(tick);
  });

  it('is kept whole when something was proposed or concluded, and hourly; else as a digest', async () => {
    const world = await aWorld();
    for (let look = 0; look < 62; look += 1) {
      await world.tick();
      await world.pass(60_000);
    }
    const digests = await world.archive.list('web', { limit: 100 });
    expect(digests).toHaveLength(62);
    expect(digests.filter(({ isWhole }) => isWhole).length).toBeLessThanOrEqual(3);
    await world.region.ecs.injectFaults(world.instanceIds[1]!, { errorShare: 700 });
    for (let look = 0; look < 3; look += 1) {
      await world.tick();
      await world.pass(5000);
    }
    const last = await world.archive.list('web', { limit: 3 });
    expect(last.filter(({ isWhole }) => isWhole).length).toBeGreaterThan(0);
    expect(last.filter(({ steps }) => steps > 0).every(({ isWhole }) => isWhole)).toBe(true);
  });

  it('that cannot be archived stands in the log, and healing goes on', async () => {
    const world = await aWorld();
    const ports = watchPorts(world.ports, (call, proceed) =>
      call.name === 'archive.append'
        ? Promise.reject(new Error('ENOSPC: no space left'))
        : proceed(),
    );
    expect(await world.work({ ports })).toMatchObject({ kind: 'worked' });
    expect(world.logged.join()).toContain('could not be archived');
    expect(
      ((await world.store.read(memoryKey('web')))?.value as PoolMemory).updatedAt,
    ).not.toBeNull();
  });

  it.each([
    ['after the changes', (name: string) => name.startsWith('store.')],
    ['right after a mark, before the weights', (name: string) => name === 'store.acquireLease'],
  ])('is archived though the store goes away %s', async (_, isStruck) => {
    const world = await aWorld();
    await world.tick();
    await world.region.ecs.injectFaults(world.instanceIds[1]!, { errorShare: 700 });
    let isGone = false;
    const ports = watchPorts(world.ports, async (call, proceed) => {
      if (isGone && isStruck(call.name)) throw new StoreUnavailable('gone');
      const answer = await proceed();
      if (/^(loadBalancer\.setWeights|compute\.tag)$/u.test(call.name)) isGone = true;
      return answer;
    });
    for (let look = 0; look < 8; look += 1) {
      await world.work({ ports });
      await world.pass(5000);
    }
    expect(isGone).toBe(true);
    const [last] = await world.archive.list('web', { limit: 1 });
    const tick = await world.archive.read('web', last!.tickId);
    const changed = tick!.outcome.steps.filter(
      ({ result }) => result.kind === 'done' || (result.kind === 'failed' && result.isAmbiguous),
    );
    expect(changed.length).toBeGreaterThan(0);
  });

  it('brings orders that only tags remembered back to the store', async () => {
    const world = await aWorld({
      tagsOf: (index) => (index === 2 ? { [DRAIN_TAG]: ';ann;kernel' } : {}),
    });
    await world.tick();
    expect((await world.store.read(drainsKey('web')))?.value).toEqual([
      expect.objectContaining({ instanceId: world.instanceIds[2], by: 'ann' }),
    ]);
  });

  it('notes what is about to be written before it is, and nothing in observe mode', async () => {
    for (const mode of ['enforce', 'observe'] as const) {
      const world = await aWorld({
        policy: { mode, ladder: { rungs: ['drain'], settleMs: millis(1000) } },
      });
      await world.tick();
      await world.region.ecs.injectFaults(world.instanceIds[1]!, { errorShare: 700 });
      const seen: unknown[] = [];
      const ports = watchPorts(world.ports, async (call, proceed) => {
        if (call.name === 'compute.tag')
          seen.push(
            ((await world.store.read(memoryKey('web')))?.value as PoolMemory).backends[
              world.instanceIds[1]!
            ]?.written,
          );
        return proceed();
      });
      for (let look = 0; look < 5; look += 1) {
        await world.work({ ports });
        await world.pass(5000);
      }
      const notes = ((await world.store.read(memoryKey('web')))?.value as PoolMemory).backends[
        world.instanceIds[1]!
      ]?.written;
      if (mode === 'observe') expect([seen, notes]).toEqual([[], []]);
      else expect(seen[0]).toMatchObject([{ weight: 0, isUncertain: true }]);
      if (mode === 'enforce') expect(notes).toMatchObject([{ weight: 0 }]);
      if (mode === 'enforce') expect(notes![0]).not.toHaveProperty('isUncertain');
    }
  });
});
