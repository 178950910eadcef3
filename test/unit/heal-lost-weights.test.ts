import { afterEach, describe, expect, it } from '@jest/globals';
import { healTag } from '../../shared/domain/heal-tag';
import { type PoolPolicy } from '../../shared/domain/policy';
import { createWorld, type World, type WorldOptions } from '../support/in-process-world';

const worlds: World[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

async function aWorld(options: Partial<WorldOptions> = {}): Promise<World> {
  const world = await createWorld({ count: 6, ...options });
  worlds.push(world);
  return world;
}

/** Looks every ten seconds at each of the pools until it is so; what happens before that is of no interest. */
async function lookUntil(
  isSo: () => boolean,
  world: World,
  policies: readonly PoolPolicy[] = [world.policy],
): Promise<void> {
  for (let looks = 0; looks < 300 && !isSo(); looks += 1) {
    await world.pass(10_000);
    for (const policy of policies) await world.work({ policy });
  }
  expect(isSo()).toBe(true);
}
const look = async (world: World, count: number, policies = [world.policy]): Promise<void> => {
  let looks = 0;
  await lookUntil(() => (looks += 1) > count, world, policies);
};
const hang = (world: World, id: string) =>
  world.region.ecs.injectFaults(id, { isHung: true }, 'reboot');
const alertsOf = (world: World) => world.alerts.map(({ key }) => key.replace(/\/\d+$/u, ''));

describe('what an ejected backend weighed', () => {
  it.each([false, true])(
    'is kept when the policy is narrowed to the port, also when the store is lost with it (%s)',
    async (isStoreLost) => {
      const world = await aWorld({ groups: 'vserver', weightOf: () => 80 });
      const id = world.instanceIds[0]!;
      await look(world, 3);
      await hang(world, id);
      await lookUntil(() => world.weightOf(id) === 0, world);
      const targets = world.policy.targets.map((target) => ({ ...target, port: 8080 }));
      if (isStoreLost) world.loseStore();
      await world.region.ecs.clearFaults(id);
      await lookUntil(() => world.weightOf(id) === 80, world, [{ ...world.policy, targets }]);
      expect(alertsOf(world)).not.toContain(`person-set-weight/${id}`);
    },
  );

  it('is kept when the store is lost and a target was added', async () => {
    const world = await aWorld({ copies: 2, weightOf: () => 80 });
    const id = world.instanceIds[0]!;
    const one = { ...world.policy, targets: world.policy.targets.slice(0, 1) };
    await look(world, 3, [one]);
    await hang(world, id);
    await lookUntil(() => world.weights()[`0/${id}`] === 0, world, [one]);
    world.loseStore();
    await world.region.ecs.clearFaults(id);
    await lookUntil(() => world.weights()[`0/${id}`] === 80, world);
    expect(world.weights()[`1/${id}`]).toBe(80);
  });

  it('is told to each of two pools by a tag of its own', async () => {
    const world = await aWorld({ copies: 2 });
    const id = world.instanceIds[0]!;
    const [first, second] = world.policy.targets;
    const one = { ...world.policy, name: 'one', targets: [first!] };
    const other = { ...world.policy, name: 'other', targets: [second!] };
    await look(world, 3, [one, other]);
    await hang(world, id);
    await lookUntil(() => world.weights()[`0/${id}`] === 0, world, [one]);
    await look(world, 1, [one, other]);
    expect(world.tagsOf(id).has(healTag('one'))).toBe(true);
    world.loseStore();
    await world.region.ecs.clearFaults(id);
    await lookUntil(
      () => world.weights()[`0/${id}`] === 100 && world.weights()[`1/${id}`] === 100,
      world,
      [one, other],
    );
    await lookUntil(() => !world.tagsOf(id).has(healTag('one')), world, [one, other]);
    expect(alertsOf(world)).not.toContain(`person-set-weight/${id}`);
  });
});

describe('a tag that tells of times beyond all', () => {
  it('does not spoil the memory, nor hold a well backend out', async () => {
    const value = 'v1 e outlier-errors zzzzzzzzzzz zzzzzzzzzzz 1 1 100 -';
    const ahead = 'v1 e outlier-errors zzzzzzzzzz zzzzzzzzzz 1 1 100 -';
    const world = await aWorld({
      tagsOf: (index) => ({ [healTag('web')]: [value, ahead][index] ?? '' }),
    });
    await look(world, 60);
    expect(world.ticks.at(-1)?.pool.memorySource).toBe('store');
    expect(world.ticks.at(-1)?.proposal.verdicts.map(({ nextState }) => nextState)).toEqual(
      world.instanceIds.map(() => 'healthy'),
    );
  });
});

describe('a weight that a person sets', () => {
  it('to 0, minutes after a recovery, is kept and told', async () => {
    const world = await aWorld();
    const id = world.instanceIds[0]!;
    await look(world, 3);
    await hang(world, id);
    await lookUntil(() => world.weightOf(id) === 0, world);
    await world.region.ecs.clearFaults(id);
    await lookUntil(() => world.weightOf(id) === 100, world);
    await look(world, 3);
    await world.setWeight(id, 0);
    await look(world, 60);
    expect(world.weightOf(id)).toBe(0);
    expect(alertsOf(world)).toContain(`person-set-weight/${id}`);
  });

  it('while it is ejected and still bad is respected for as long as an ejection may last, and told', async () => {
    const world = await aWorld({ policy: { ladder: { rungs: ['drain'] } } });
    const id = world.instanceIds[0]!;
    await look(world, 3);
    await world.region.ecs.injectFaults(
      id,
      { errorShare: 700, sparesHealthChecks: true },
      'reboot',
    );
    await lookUntil(() => world.weightOf(id) === 0, world);
    await world.setWeight(id, 100);
    await look(world, 20);
    expect(world.weightOf(id)).toBe(100);
    expect(alertsOf(world)).toContain(`person-set-weight/${id}`);
    await lookUntil(() => world.weightOf(id) === 0, world);
  });
});
