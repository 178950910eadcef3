import { afterEach, describe, expect, it } from '@jest/globals';
import { type ScaleWorld } from '../support/scale-world';
import { aQuickWorld, ofSize } from '../support/scale-crash-stories';

const worlds: ScaleWorld[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

const LOOK_MS = 10_000;

/** Looks until `what` holds. */
async function lookUntil(world: ScaleWorld, what: () => boolean, looksMax = 40): Promise<void> {
  for (let looks = 0; !what() && looks < looksMax; looks += 1) {
    await world.work();
    await world.pass(LOOK_MS);
  }
  expect(what()).toBe(true);
}

describe('nobody looks for longer than an instance may take to come into service', () => {
  const ABSENCE_MS = 400_000; // the policy’s `registrationTimeout` is 120 s

  it.each([
    ['between its launch and its registration', 'Ecs.RunInstances', false],
    ['between its registration and its service', 'Slb.AddBackendServers', false],
    ['between its launch and its registration, and the store is lost', 'Ecs.RunInstances', true],
    [
      'between its registration and its service, and the store is lost',
      'Slb.AddBackendServers',
      true,
    ],
  ])('%s: it is put into service, and nobody is launched in its place', async (_, api, isLost) => {
    const world = await aQuickWorld(ofSize(3), { count: 2 });
    worlds.push(world);
    const before = world.calls(api);
    await lookUntil(world, () => world.calls(api) > before);
    if (isLost) world.loseStore();
    await world.pass(ABSENCE_MS);
    await lookUntil(world, () => world.serving().length === 3);
    await lookUntil(world, () => world.ticks.at(-1)?.proposal.isUnsteady === false);
    expect(world.calls('Ecs.RunInstances')).toBe(1);
    expect(world.existing()).toHaveLength(3);
  });
});
