import { afterEach, describe, expect, it } from '@jest/globals';
import { MemoryStateStore } from '../../../shared/adapters/memory/memory-state-store';
import { EMPTY_MEMORY, type LadderMemory, type PoolMemory } from '../../../shared/domain/memory';
import { operationKey, OPERATIONS } from '../../../shared/domain/store-keys';
import { forgetNotes, sweepNotes } from '../../../shared/record/forget-notes';
import { aBackend, aPool, ejectedMemory, NOW, secondsAgo } from '../../support/builders';
import { aLaunch, anAttempt, aScaleMemory } from '../../support/scale-builders';
import { createScaleWorld, type ScaleWorld } from '../../support/scale-world';
import { Crash, watchPorts } from '../../support/watched-ports';

const worlds: ScaleWorld[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

async function aWorld(options: Parameters<typeof createScaleWorld>[0] = {}): Promise<ScaleWorld> {
  const world = await createScaleWorld(options);
  worlds.push(world);
  return world;
}

const DAY_MS = 86_400_000;
const NO_PLAN = { steps: [], withheld: [] };

const launches = (...list: readonly ReturnType<typeof aLaunch>[]): PoolMemory => ({
  ...EMPTY_MEMORY,
  scale: aScaleMemory({ launches: list }),
});
const onRung = (operationId: string): PoolMemory => {
  const ladder: LadderMemory = {
    rung: 'reboot',
    operationId,
    startedAt: secondsAgo(9),
    verifyAt: NOW,
    invokeId: null,
  };
  const remembered = { 'i-1': ejectedMemory({ ladder }) };
  return aPool({ backends: [aBackend('i-1')], remembered }).memory;
};
const answered = aLaunch({ attempts: [anAttempt({ state: 'accepted', instanceIds: ['i-8'] })] });

async function noted(world: ScaleWorld, id: string, note: unknown): Promise<void> {
  await world.store.compareAndSet(operationKey(id), note, null);
}
const left = (world: ScaleWorld) => world.store.list(OPERATIONS);

describe('the note of an operation', () => {
  it('is gone once its launch is answered, in a pool that lives on', async () => {
    const world = await aWorld({ demand: 7.2 });
    await world.live(12);
    expect(world.calls('Ecs.RunInstances')).toBe(1);
    expect(await left(world)).toEqual([]);
  });

  it.each<[string, PoolMemory, PoolMemory, boolean]>([
    ['stays while a call has no answer', launches(aLaunch()), launches(aLaunch()), true],
    ['goes when every call has one', launches(aLaunch()), launches(answered), false],
    ['goes when the launch is given up', launches(aLaunch()), launches(), false],
    ['stays while a ladder stands on the repair', onRung('launch-1'), onRung('launch-1'), true],
    ['goes when the ladder has moved on', onRung('launch-1'), onRung('reboot-2'), false],
    ['stays where memory knows nothing of it: its answer was lost', launches(), launches(), true],
  ])('%s', async (_, before, after, stays) => {
    const world = await aWorld();
    await noted(world, 'launch-1', {});
    const pool = { ...aPool({ backends: [] }), memory: before };
    await forgetNotes({ pool, plan: NO_PLAN }, after, world.ports);
    expect((await left(world)).length).toBe(stays ? 1 : 0);
  });

  it('outlives a worker that dies before it could remove it, by a day at most', async () => {
    const world = await aWorld({ demand: 7.2 });
    const ports = watchPorts(world.ports, (call, proceed) =>
      call.name === 'store.delete' ? Promise.reject(new Crash('dead')) : proceed(),
    );
    await world.pass(120_000);
    for (let look = 0; look < 30 && (await left(world)).length === 0; look += 1) {
      await world.work({ ports, source: 'timer' }).catch((error: unknown) => {
        if (!(error instanceof Crash)) throw error;
      });
      await world.pass(20_000);
    }
    expect(await left(world)).toHaveLength(1);
    await world.live(12);
    expect(world.serving()).toHaveLength(6);
    expect(world.calls('Ecs.RunInstances')).toBe(1);
    const [key = ''] = await left(world);
    const { value, version } = (await world.store.read(key))!;
    const aDayBefore = { ...(value as object), at: world.clock.now() - DAY_MS };
    await world.store.compareAndSet(key, aDayBefore, version);
    await world.pass(3_600_000);
    await world.tick();
    expect(await left(world)).toEqual([]);
  });

  it('is not removed by a worker whose memory was not stored', async () => {
    const world = await aWorld({ demand: 7.2 });
    const ports = watchPorts(world.ports, async (call, proceed) => {
      if (call.name !== 'fleet.launch') return proceed();
      const answer = await proceed();
      world.loseStore();
      return answer;
    });
    await world.pass(120_000);
    const removed: unknown[] = [];
    const watching = watchPorts(ports, (call, proceed) => {
      if (call.name === 'store.delete') removed.push(call.arguments[0]);
      return proceed();
    });
    for (let look = 0; look < 10; look += 1) {
      await world.work({ ports: watching });
      await world.pass(10_000);
    }
    expect(world.calls('Ecs.RunInstances')).toBeGreaterThan(0);
    expect(removed).toEqual([]);
  });
});

describe('sweeping', () => {
  const sweep = async (note: unknown, memory: PoolMemory = launches()): Promise<boolean> => {
    const clock = { now: () => NOW, sleep: () => Promise.resolve() };
    const store = new MemoryStateStore(clock);
    await store.compareAndSet(operationKey('launch-1'), note, null);
    await sweepNotes({ poolName: 'web' }, memory, { store, clock });
    return (await store.list(OPERATIONS)).length === 0;
  };
  const old = { poolName: 'web', at: NOW - DAY_MS - 1 };

  it.each<[string, unknown, PoolMemory | undefined, boolean]>([
    ['takes what is older than a day', old, undefined, true],
    ['leaves what memory relies on', old, launches(aLaunch()), false],
    ['leaves another pool’s', { ...old, poolName: 'api' }, undefined, false],
    ['leaves what is young', { poolName: 'web', at: NOW - DAY_MS }, undefined, false],
    ['leaves what a clock ahead has stamped', { poolName: 'web', at: 8e15 }, undefined, false],
    ['leaves what it does not understand', 'nonsense', undefined, false],
    ['leaves what has no time', { poolName: 'web', at: 'noon' }, undefined, false],
    ['leaves nothing at all', null, undefined, false],
  ])('%s', async (_, note, memory, isGone) => {
    expect(await sweep(note, memory)).toBe(isGone);
  });
});
