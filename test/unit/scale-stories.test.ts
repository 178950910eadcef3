import { afterEach, describe, expect, it } from '@jest/globals';
import { WARM_TAG } from '../../shared/domain/ownership-tags';
import { millis } from '../../shared/domain/units';
import { aWorldScalePolicy, createScaleWorld, type ScaleWorld } from '../support/scale-world';

const worlds: ScaleWorld[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

async function aWorld(options: Parameters<typeof createScaleWorld>[0] = {}): Promise<ScaleWorld> {
  const world = await createScaleWorld(options);
  worlds.push(world);
  return world;
}

describe('a pool that is scaled', () => {
  it('holds still where the load suits it', async () => {
    const world = await aWorld({ demand: 4.4 });
    await world.live(10);
    expect(world.existing()).toHaveLength(4);
    expect(world.writes()).toBe(0);
  });

  it('believes instances that served before it looked for the first time, warm-up or not', async () => {
    const world = await aWorld({ demand: 7.2 });
    await world.pass(600_000);
    await world.live(3);
    expect(world.calls('Ecs.RunInstances')).toBe(1);
  });

  it('launches what is missing, verifies it at weight 0 and ramps it up', async () => {
    const world = await aWorld({ demand: 7.2 });
    await world.live(12);
    expect(world.serving()).toHaveLength(6);
    expect(world.existing('Running')).toHaveLength(6);
    expect(Object.values(world.weights())).toEqual([100, 100, 100, 100, 100, 100]);
    expect(world.calls('Ecs.RunInstances')).toBe(1);
  });

  it('lets go of what is too much: weight 0, out of the groups, deleted, in that order', async () => {
    const world = await aWorld({ count: 6, demand: 3 });
    await world.live(25);
    expect(world.serving()).toHaveLength(3);
    expect(world.existing()).toHaveLength(3);
    const kinds = world.ticks.flatMap(({ plan }) => plan.steps.map((step) => step.kind));
    expect(kinds.indexOf('set-weight')).toBeLessThan(kinds.indexOf('deregister'));
    expect(kinds.indexOf('deregister')).toBeLessThan(kinds.indexOf('delete'));
  });

  it('rests what leaves in the warm pool, and wakes it before it launches', async () => {
    const world = await aWorld({ count: 6, demand: 3, scale: { warmPool: { size: 2 } } });
    await world.live(25);
    expect(world.existing('Stopped')).toHaveLength(2);
    const launched = world.calls('Ecs.RunInstances');
    world.demand = 6;
    await world.live(15);
    expect(world.serving()).toHaveLength(5);
    for (const id of world.serving()) expect(world.tagsOf(id).has(WARM_TAG)).toBe(false);
    expect(world.calls('Ecs.StartInstances')).toBeGreaterThan(0);
    expect(world.calls('Ecs.RunInstances') - launched).toBeLessThanOrEqual(1);
  });

  it('lets one rest on whose start finds no machine, and launches where there are some', async () => {
    const world = await aWorld({ count: 6, demand: 3, scale: { warmPool: { size: 1 } } });
    await world.live(25);
    const [resting] = world.existing('Stopped');
    const { zoneId } = world.region.ecs.demand(resting!);
    world.region.ecs.supply.stock.set({
      ...{ zoneId, instanceType: 'ecs.c7.large', isSpot: false, available: 0 },
    });
    world.demand = 6;
    const { length: before } = world.ticks;
    await world.live(12);
    expect(world.serving()).toHaveLength(5);
    expect(world.serving()).not.toContain(resting);
    expect(world.existing('Stopped')).toEqual([resting]);
    expect(world.tagsOf(resting!).has(WARM_TAG)).toBe(true);
    const since = world.ticks.slice(before);
    const at = (kind: string, reason: string): number =>
      since.findIndex(({ plan }) =>
        plan.steps.some((step) => step.kind === kind && step.reason === reason),
      );
    expect(at('tag', 'warm-unavailable')).toBe(at('start', 'warm-started') + 1);
    expect(since[at('tag', 'warm-unavailable')]?.plan.steps.map(({ kind }) => kind)).toContain(
      'launch',
    );
  });

  it('looks again as soon as it may launch, timer or not', async () => {
    const world = await aWorld({
      scale: { min: 6, launch: { ...aWorldScalePolicy().launch, visibilityMs: millis(20_000) } },
    });
    await world.work({ mayWatch: true, spanMs: 55_000 });
    expect(world.calls('Ecs.RunInstances')).toBe(1);
  });

  it('falls back to the next option in the same tick when the first is sold out', async () => {
    const world = await aWorld({
      demand: 7.2,
      ecsSettings: {
        stock: [
          { zoneId: 'cn-hangzhou-a', instanceType: 'ecs.c7.large', isSpot: false, available: 0 },
        ],
      },
    });
    await world.live(12);
    expect(world.serving()).toHaveLength(6);
    const launch = world.ticks.find(({ plan }) => plan.steps.some(({ kind }) => kind === 'launch'));
    const outcome = launch?.outcome.steps.find(({ launch: each }) => each !== undefined);
    expect(outcome?.launch?.attempts.map(({ option, state }) => [option, state])).toEqual([
      ['a', 'refused'],
      ['b', 'accepted'],
    ]);
    expect(outcome?.launch?.refusals).toEqual([
      { option: 'a', kind: 'stock', code: 'OperationDenied.NoStock' },
    ]);
  });

  it('replaces a dead instance: the new one first, then the dead one goes', async () => {
    const world = await aWorld({
      demand: 4.4,
      policy: { ladder: { rungs: ['drain', 'replace'] } },
    });
    await world.live(3);
    const [dead] = world.instanceIds;
    await world.region.ecs.injectFaults(dead!, { isCrashed: true }, 'reboot');
    await world.live(20);
    expect(world.existing()).toHaveLength(4);
    expect(world.existing()).not.toContain(dead);
    expect(world.serving()).toHaveLength(4);
  });
});
