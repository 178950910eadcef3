import { afterEach, describe, expect, it } from '@jest/globals';
import { type FleetPolicy } from '../../../shared/config/fleet-policy';
import { poolLease, reversalKey } from '../../../shared/domain/store-keys';
import { plus } from '../../../shared/domain/units';
import { operate } from '../../../shared/operate/operate';
import { operatorRequest } from '../../../shared/operate/operator-request';
import { explanationOf } from '../../../shared/record/explain';
import { createWorld, type World } from '../../support/in-process-world';

const HOUR = 3_600_000;
const worlds: World[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

const ask = (world: World, request: object) =>
  operate(operatorRequest.parse({ pool: 'web', ...request }), {
    fleet: { pools: [world.policy], names: [], regionId: 'cn-hangzhou' } as unknown as FleetPolicy,
    policyHash: 'p',
    ports: world.ports,
    deadline: plus(world.clock.now(), 30_000),
    holder: 'h',
    newTickId: () => 't',
  });
const revert = (world: World, more: object = {}) => ({
  verb: 'revert',
  by: 'ann',
  reason: 'it is not they',
  until: world.clock.now() + HOUR,
  ...more,
});

/** One of six answers with errors and is taken down for it. */
async function aWorldThatHeals() {
  const world = await createWorld({ count: 6, policy: { watch: 'always' } });
  worlds.push(world);
  await world.work();
  await world.region.ecs.injectFaults(world.instanceIds[0]!, { errorShare: 900 });
  await look(world, () => world.weightOf(world.instanceIds[0]!) < 100);
  return world;
}

/** Looks until `isThere`, for twenty minutes at most. */
async function look(world: World, isThere: () => boolean): Promise<void> {
  for (let turn = 0; turn < 120 && !isThere(); turn += 1) {
    await world.pass(10_000);
    await world.tick();
  }
  expect(isThere()).toBe(true);
}

describe('revert', () => {
  it('gives back what healing took, and leaves the pool alone until it ends', async () => {
    const world = await aWorldThatHeals();
    const [ill] = world.instanceIds;
    expect(await ask(world, revert(world))).toMatchObject({
      kind: 'reversal-changed',
      reversal: { by: 'ann' },
      before: null,
    });
    expect(await world.store.isDirty(poolLease('web'))).toBe(true);
    const tick = await world.tick();
    expect(world.weightOf(ill!)).toBe(100);
    expect(tick.proposal.verdicts.find(({ instanceId }) => instanceId === ill)).toMatchObject({
      reason: 'reverted',
      nextState: 'healthy',
    });
    expect(
      explanationOf(tick)
        .map(({ text }) => text)
        .join('\n'),
    ).toContain('ann takes back what healing did');
    expect(await ask(world, { verb: 'status' })).toMatchObject({
      pools: [{ reversal: { reason: 'it is not they' } }],
    });
    const before = world.writes();
    for (let turn = 0; turn < 30; turn += 1) {
      await world.pass(10_000);
      await world.tick();
    }
    expect(world.writes()).toBe(before);
    expect(await ask(world, { verb: 'end-revert', by: 'bob' })).toMatchObject({
      reversal: null,
      before: { by: 'ann' },
    });
    await look(world, () => world.weightOf(ill!) < 100);
  });

  it('ends by itself', async () => {
    const world = await aWorldThatHeals();
    await ask(world, revert(world, { until: world.clock.now() + 60_000 }));
    await world.tick();
    expect(world.weightOf(world.instanceIds[0]!)).toBe(100);
    await look(world, () => world.weightOf(world.instanceIds[0]!) < 100);
    expect(await ask(world, { verb: 'status' })).toMatchObject({ pools: [{ reversal: null }] });
  });

  it('shows first what it would do, and writes nothing', async () => {
    const world = await aWorldThatHeals();
    const before = world.writes();
    const reply = await ask(world, revert(world, { isPlan: true }));
    expect(reply).toMatchObject({
      kind: 'plans',
      plans: [{ plan: { steps: [{ kind: 'set-weight', to: 100 }, { kind: 'tag' }] } }],
    });
    expect(world.writes()).toBe(before);
    expect(await world.store.read(reversalKey('web'))).toBeNull();
  });

  it('leaves a person’s drain as it is', async () => {
    const world = await aWorldThatHeals();
    const drained = world.instanceIds[3]!;
    await ask(world, { verb: 'drain', instanceId: drained, by: 'bob', reason: 'kernel' });
    await world.tick();
    await ask(world, revert(world));
    await world.tick();
    expect([world.weightOf(drained), world.weightOf(world.instanceIds[0]!)]).toEqual([0, 100]);
  });

  it('is refused when it would be over before it began', async () => {
    const world = await aWorldThatHeals();
    expect(await ask(world, revert(world, { until: world.clock.now() }))).toMatchObject({
      kind: 'refused',
      code: 'past-time',
    });
  });

  it('that cannot be understood is none, and the log says so', async () => {
    const world = await aWorldThatHeals();
    await world.store.compareAndSet(reversalKey('web'), { by: 7 }, null);
    await world.tick();
    expect(world.weightOf(world.instanceIds[0]!)).toBeLessThan(100);
    expect(world.logged.join('\n')).toContain('the order to revert in the store');
  });
});
