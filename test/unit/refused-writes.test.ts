import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { healTag } from '../../shared/domain/heal-tag';
import { millis } from '../../shared/domain/units';
import { createWorld, type World } from '../support/in-process-world';

const worlds: World[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

jest.setTimeout(60_000);

const HOUR_MS = 3_600_000;
const QUARTER_MS = 900_000;
type Fault = Parameters<World['region']['faults']['set']>[0];

async function aWorld(policy: Parameters<typeof createWorld>[0]['policy'] = {}): Promise<World> {
  const world = await createWorld({ count: 6, policy: { watch: 'unsteady', ...policy } });
  worlds.push(world);
  await world.tick();
  return world;
}

/** The write policy is detached from the role, or attached again. */
const refuse = (
  world: World,
  actions = ['Set', 'Tag', 'Untag', 'Run', 'Reboot'],
  by: Fault = 'forbidden',
) => {
  const names: Readonly<Record<string, readonly [string, string]>> = {
    Set: ['Slb', 'SetBackendServers'],
    Tag: ['Ecs', 'TagResources'],
    Untag: ['Ecs', 'UntagResources'],
    Run: ['Ecs', 'RunCommand'],
    Reboot: ['Ecs', 'RebootInstances'],
  };
  for (const name of actions) {
    const [product, action] = names[name]!;
    world.region.faults.set(by, { product, action } as never);
  }
};
const workFor = async (world: World, ms: number): Promise<void> => {
  for (const from = world.clock.now(); world.clock.now() - from < ms;) {
    await world.work({ mayWatch: true });
    await world.pass(5000);
  }
};
const refusals = (world: World) => world.alerts.filter(({ reason }) => reason === 'writes-refused');

describe('writes that the cloud refuses', () => {
  it('for an hour: few calls, people called once in a quarter of an hour, and a clean resume', async () => {
    const world = await aWorld();
    const id = world.instanceIds[0]!;
    refuse(world);
    const before = world.writes();
    await world.region.ecs.injectFaults(id, { errorShare: 500, latencyFactor: 8000 });
    await workFor(world, HOUR_MS);
    expect(world.writes() - before).toBeLessThanOrEqual(12);
    expect(world.weightOf(id)).toBe(100);
    const times = refusals(world).map(({ at }) => at);
    expect([4, 5]).toContain(times.length);
    expect(
      Math.min(...times.slice(1).map((at, index) => at - times[index]!)),
    ).toBeGreaterThanOrEqual(QUARTER_MS);
    expect(refusals(world)[0]).toMatchObject({
      key: expect.stringContaining('writes-refused/Forbidden'),
      message: expect.stringContaining(id),
    });
    world.region.faults.clear();
    await workFor(world, 320_000);
    expect(world.weightOf(id)).toBeLessThan(100);
    expect(world.tagsOf(id).has(healTag('web'))).toBe(true);
    expect((await world.tick()).pool.memory.refusals).toBeUndefined();
  });

  it('are one call in a tick, however many backends want the same', async () => {
    const world = await aWorld({
      guards: { ejectedShareMax: 1000 as never, floorShare: 0 as never },
    });
    refuse(world);
    const before = world.calls('Ecs.TagResources');
    for (const id of world.instanceIds.slice(0, 2))
      await world.region.ecs.injectFaults(id, { isCrashed: true });
    await workFor(world, 120_000);
    expect(world.calls('Ecs.TagResources') - before).toBe(1);
  });

  it('rest for as long as the policy says', async () => {
    const world = await aWorld({ guards: { refusedWaitMs: millis(60_000) } });
    refuse(world, ['Tag']);
    await world.region.ecs.injectFaults(world.instanceIds[0]!, { errorShare: 600 });
    await workFor(world, 1_200_000);
    expect(world.calls('Ecs.TagResources')).toBeGreaterThanOrEqual(12);
    expect(world.calls('Ecs.TagResources')).toBeLessThanOrEqual(20);
  });

  it('do not keep what may be written from being written', async () => {
    const world = await aWorld();
    const [sick, drained] = [world.instanceIds[0]!, world.instanceIds[1]!];
    refuse(world, ['Tag']);
    await world.region.ecs.injectFaults(sick, { errorShare: 600 });
    await workFor(world, 60_000);
    await world.setWeight(drained, 40);
    await workFor(world, 60_000);
    expect(world.weightOf(drained)).toBe(40);
    expect(refusals(world)).toHaveLength(1);
  });

  it('to take a mark off hold neither probation up nor the worker awake, and are made up for', async () => {
    const world = await aWorld();
    const id = world.instanceIds[0]!;
    await world.region.ecs.injectFaults(id, { errorShare: 600 }, 'reboot');
    await workFor(world, 120_000);
    expect(world.weightOf(id)).toBeLessThan(100);
    refuse(world, ['Untag']);
    await world.region.ecs.clearFaults(id);
    await workFor(world, 2400_000);
    const tick = await world.tick();
    expect(world.weightOf(id)).toBe(100);
    expect(tick.proposal.verdicts.find(({ instanceId }) => instanceId === id)).toMatchObject({
      state: 'healthy',
    });
    expect(tick.proposal.isUnsteady).toBe(false);
    expect(world.calls('Ecs.UntagResources')).toBeLessThanOrEqual(9);
    expect(refusals(world).length).toBeGreaterThan(0);
    world.region.faults.clear();
    await workFor(world, 320_000);
    expect(world.tagsOf(id).has(healTag('web'))).toBe(false);
  });
});
