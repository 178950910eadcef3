import { afterEach, describe, expect, it } from '@jest/globals';
import { type BackendMemory, type PoolMemory } from '../../../shared/domain/memory';
import { type ProbeWindow } from '../../../shared/domain/probe-window';
import { memoryKey } from '../../../shared/domain/store-keys';
import { createWorld, type World } from '../../support/in-process-world';

const worlds: World[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

/** Probes to each of three backends in the look after one in which `slowed` of them took `factor` times their best. */
async function probesAfter(slowed: number, factor: number): Promise<readonly number[]> {
  const world = await createWorld({ count: 3 });
  worlds.push(world);
  for (let looks = 0; looks < 3; looks += 1) {
    await world.tick();
    await world.pass(10_000);
  }
  const document = await world.store.read(memoryKey('web'));
  const memory = document!.value as PoolMemory;
  const backends = Object.entries(memory.backends).map(
    ([id, backend], index): readonly [string, BackendMemory] => {
      const [newest, ...before] = backend.windows;
      const windows = [slower(newest!, factor), ...before];
      return [id, index < slowed ? { ...backend, windows } : backend];
    },
  );
  await world.store.compareAndSet(
    memoryKey('web'),
    { ...memory, backends: Object.fromEntries(backends) },
    document!.version,
  );
  const { pool } = await world.tick();
  return pool.backends.map(({ probe }) => (probe.kind === 'missing' ? 0 : probe.value.probes));
}

const slower = (window: ProbeWindow, factor: number): ProbeWindow => ({
  ...window,
  latencyMedianUs: (window.latencyMedianUs ?? 0) * factor,
});

describe('probing', () => {
  it('is reduced while most of the pool is slow, so that it is no load itself', async () => {
    expect(await probesAfter(2, 4)).toEqual([2, 2, 2]);
  });

  it.each([
    ['one of three is slow', 1, 4],
    ['all are a little slower', 3, 2],
  ])('is as ever while %s', async (_, slowed, factor) => {
    expect(await probesAfter(slowed, factor)).toEqual([10, 10, 10]);
  });
});
