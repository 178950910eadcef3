import { afterEach, describe, expect, it } from '@jest/globals';
import { poolLease } from '../../shared/domain/store-keys';
import { createWorld, type World } from '../support/in-process-world';
import { watchPorts } from '../support/watched-ports';

const worlds: World[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

async function aWorld(watch: 'never' | 'always'): Promise<World> {
  const world = await createWorld({ count: 4, policy: { watch } });
  worlds.push(world);
  await world.tick();
  return world;
}

describe('looks that something calls for', () => {
  it('come at most every few seconds, however many alarms and events there are', async () => {
    const world = await aWorld('never');
    for (const source of ['alarm', 'event', 'alarm'] as const) await world.work({ source });
    const gaps = world.ticks
      .slice(1)
      .map(({ request }, index) => request.startedAt - world.ticks[index]!.finishedAt);
    expect(gaps).toHaveLength(3);
    const gapMs = Math.min(world.policy.watchIntervalMs, 5000);
    for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(gapMs);
    for (const gap of gaps) expect(gap).toBeLessThan(gapMs + 2000);
  });

  it('wait neither for a timer nor for a person, nor after a quiet while', async () => {
    const world = await aWorld('never');
    for (const source of ['timer', 'operator'] as const) {
      const at = world.clock.now();
      await world.work({ source });
      expect(world.ticks.at(-1)!.request.startedAt).toBe(at);
    }
    await world.pass(60_000);
    const at = world.clock.now();
    await world.work({ source: 'alarm' });
    expect(world.ticks.at(-1)!.request.startedAt).toBe(at);
  });

  it('read the instances afresh, though a worker that only watches reuses what it read', async () => {
    const world = await aWorld('always');
    const readings: number[] = [];
    const ports = watchPorts(world.ports, async (call, proceed) => {
      if (call.name !== 'archive.append') return proceed();
      readings.push(world.calls('Ecs.DescribeInstances'));
      if (readings.length === 2)
        await world.store.markDirty(poolLease('web'), { reason: 'event', at: world.clock.now() });
      return proceed();
    });
    await world.work({ ports, mayWatch: true, spanMs: 40_000 });
    expect(readings.length).toBeGreaterThan(3);
    expect(readings[1]).toBe(readings[0]);
    expect(readings[2]).toBeGreaterThan(readings[1]!);
    expect(readings[3]).toBe(readings[2]);
  });
});

describe('a watching worker whose store is lost while it rests after an ejection', () => {
  it('reads the instance’s tag before it believes the weight 0, and gives the base weight back', async () => {
    const world = await aWorld('always');
    const sick = world.instanceIds[1]!;
    await world.region.ecs.injectFaults(sick, { isCrashed: true });
    let isLost = false;
    const ports = watchPorts(world.ports, async (call, proceed) => {
      if (call.name === 'store.renewLease' && world.weightOf(sick) === 0 && !isLost) {
        isLost = true;
        world.loseStore();
      }
      return proceed();
    });
    for (let turns = 0; turns < 20 && world.weightOf(sick) > 0; turns += 1)
      await world.work({ ports, mayWatch: true });
    expect(isLost).toBe(true);
    await world.region.ecs.clearFaults(sick);
    for (let turns = 0; turns < 40 && world.tagsOf(sick).size > 0; turns += 1) {
      await world.pass(30_000);
      await world.work();
    }
    expect(world.weightOf(sick)).toBe(100);
    expect(world.tagsOf(sick).size).toBe(0);
  });
});
