import { afterEach, describe, expect, it } from '@jest/globals';
import { type FleetPolicy } from '../../../shared/config/fleet-policy';
import { evacuationKey, evacuationTurn, poolLease } from '../../../shared/domain/store-keys';
import { millis, plus } from '../../../shared/domain/units';
import { operate } from '../../../shared/operate/operate';
import { type EvacuationView } from '../../../shared/operate/operator-reply';
import { operatorRequest } from '../../../shared/operate/operator-request';
import { aScalePolicy } from '../../support/capacity';
import { createWorld, type World } from '../../support/in-process-world';
import { createScaleWorld, type ScaleWorld } from '../../support/scale-world';

const HOUR = 3_600_000;
const ZONE = 'cn-hangzhou-b';
const worlds: World[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

const keep = <W extends World>(world: W): W => {
  worlds.push(world);
  return world;
};
/** Moves the first `count` instances of the world into the zone. */
function settle<W extends World>(world: W, count: number): W {
  for (const instanceId of world.instanceIds.slice(0, count))
    (world.region.ecs.demand(instanceId) as { zoneId: string }).zoneId = ZONE;
  return world;
}
const aWorld = async (inZone = 2, options: Parameters<typeof createScaleWorld>[0] = {}) =>
  settle(keep(await createScaleWorld({ demand: 4.4, ...options })), inZone);

const ask = (world: World, request: object, pools = [world.policy]) =>
  operate(operatorRequest.parse({ pool: 'web', ...request }), {
    fleet: { pools, names: [], regionId: 'cn-hangzhou' } as unknown as FleetPolicy,
    policyHash: 'p',
    ports: world.ports,
    deadline: plus(world.clock.now(), 30_000),
    holder: 'h',
    newTickId: () => 't',
  });
const leave = (world: World, more: object = {}) => ({
  verb: 'evacuate',
  zoneId: ZONE,
  by: 'ann',
  reason: 'fire',
  until: world.clock.now() + 4 * HOUR,
  ...more,
});
const viewOf = async (asked: ReturnType<typeof ask>): Promise<EvacuationView> => {
  const reply = await asked;
  if (reply.kind === 'evacuation-planned' || reply.kind === 'evacuation-ordered') return reply.view;
  if (reply.kind === 'evacuations' && reply.pools[0] !== undefined) return reply.pools[0];
  throw new Error(JSON.stringify(reply));
};
const inZone = (world: ScaleWorld): readonly string[] =>
  world.existing().filter((id) => world.region.ecs.demand(id).zoneId === ZONE);

describe('A46: a zone is lost, and left in one command', () => {
  it('says first what it would do, and writes nothing', async () => {
    const world = await aWorld();
    await world.live(2);
    const before = world.writes();
    const view = await viewOf(ask(world, leave(world, { isPlan: true })));
    expect(view).toMatchObject({
      standing: 2,
      drained: [],
      draining: [...world.instanceIds.slice(0, 2)].sort(),
      remaining: [],
      servingElsewhere: 2,
      launching: 2,
    });
    expect(view.notes.join(' ')).toContain('2 of them stand in a zone that is evacuated');
    expect(world.writes()).toBe(before);
    expect(await world.store.read(evacuationKey('web'))).toBeNull();
  });

  it('empties the zone, launches as many elsewhere, shows how far it is, and goes back', async () => {
    const world = await aWorld(2, { scale: { in: { ...aScalePolicy().in, enabled: false } } });
    await world.live(2);
    expect(await ask(world, leave(world))).toMatchObject({ kind: 'evacuation-ordered' });
    expect(await world.store.isDirty(poolLease('web'))).toBe(true);
    const tick = await world.tick();
    const [first, second] = world.instanceIds;
    expect([world.weightOf(first!), world.weightOf(second!)]).toEqual([0, 0]);
    expect(tick.proposal.scale?.explanations.join(' ')).toContain('b is not tried');
    expect(tick.plan.steps.filter(({ kind }) => kind === 'launch')).toMatchObject([{ count: 2 }]);
    await world.live(6);
    expect(world.serving()).toHaveLength(4);
    expect(world.serving().some((id) => inZone(world).includes(id))).toBe(false);
    expect(inZone(world)).toHaveLength(2);
    const progress = await viewOf(ask(world, { verb: 'evacuation-status' }));
    expect(progress).toMatchObject({
      drained: [first, second].sort(),
      draining: [],
      remaining: [],
      servingElsewhere: 4,
      launching: 0,
    });
    expect(progress.launched.map(({ isServing }) => isServing)).toEqual([true, true]);
    expect(await ask(world, { verb: 'end-evacuation', zoneId: ZONE, by: 'ann' })).toMatchObject({
      wasOrdered: true,
    });
    await world.live(3);
    expect(world.serving()).toEqual(expect.arrayContaining([first, second]));
    expect(await ask(world, { verb: 'evacuation-status' })).toMatchObject({ pools: [] });
  });

  it('keeps the floor: what nobody can replace yet goes on serving, and the reply says by which rule', async () => {
    const world = await aWorld(3);
    await world.live(2);
    const view = await viewOf(ask(world, leave(world)));
    expect(view.draining).toHaveLength(2);
    expect(view.remaining).toMatchObject([{ rule: 'guard-floor' }]);
    await world.tick();
    expect(world.serving()).toHaveLength(2);
    await world.live(8);
    expect(world.serving().some((id) => inZone(world).includes(id))).toBe(false);
  });

  it('moves a pool that stands wholly in the zone, and at no moment does nobody serve', async () => {
    const world = await aWorld(4);
    await world.live(2);
    const view = await viewOf(ask(world, leave(world)));
    expect(view.remaining.map(({ rule }) => rule)).toContain('guard-floor');
    expect(view.servingElsewhere).toBe(0);
    const serving: number[] = [];
    for (let minute = 0; minute < 15; minute += 1) {
      await world.live(1);
      serving.push(world.serving().length);
    }
    expect(Math.min(...serving)).toBeGreaterThanOrEqual(2);
    expect(world.serving().some((id) => inZone(world).includes(id))).toBe(false);
    expect(world.serving().length).toBeGreaterThanOrEqual(4);
  });

  it('finds room at the maximum: whoever stands in the zone takes none, and the surplus leaves afterwards', async () => {
    const world = await aWorld(2, { scale: { max: 4 } });
    await world.live(2);
    const view = await viewOf(ask(world, leave(world)));
    expect(view.launching).toBe(2);
    world.demand = 20;
    await world.live(8);
    expect([world.existing().length, inZone(world).length]).toEqual([6, 2]);
    expect(world.serving()).toHaveLength(4);
    await ask(world, { verb: 'end-evacuation', zoneId: ZONE, by: 'ann' });
    await world.live(45);
    expect(world.existing()).toHaveLength(4);
  });

  it('ends by itself', async () => {
    const world = await aWorld();
    await world.live(2);
    await ask(world, leave(world, { until: world.clock.now() + 2 * 60_000 }));
    await world.live(1);
    expect(world.weightOf(world.instanceIds[0]!)).toBe(0);
    await world.live(4);
    expect(world.weightOf(world.instanceIds[0]!)).toBe(100);
  });
});

describe('evacuate refuses', () => {
  it.each([
    ['a zone that nobody of the pool has to do with', { zoneId: 'cn-hangzhou-z' }, 'unknown-zone'],
    ['a time that is past', { until: 1 }, 'past-time'],
    ['a pool that is not in the policy', { pool: 'api' }, 'unknown-pool'],
  ])('%s, and writes nothing', async (_, more, code) => {
    const world = await aWorld();
    expect(await ask(world, leave(world, more))).toMatchObject({ kind: 'refused', code });
    expect(await world.store.list('evacuations/')).toEqual([]);
  });

  it('when everything is in that zone and nothing can grow elsewhere', async () => {
    const world = settle(keep(await createWorld({ count: 4 })), 4);
    expect(await ask(world, leave(world))).toMatchObject({
      kind: 'refused',
      code: 'nobody-elsewhere',
      message: expect.stringContaining('All 4 backends of web stand in cn-hangzhou-b'),
    });
    expect(await world.store.list('evacuations/')).toEqual([]);
  });

  it('a second zone, of this pool or of another one of the region, but not the same zone again', async () => {
    const world = await aWorld();
    const pools = [world.policy, { ...world.policy, name: 'api' }];
    await ask(world, leave(world), pools);
    expect(await ask(world, leave(world, { zoneId: 'cn-hangzhou-a' }), pools)).toMatchObject({
      code: 'another-zone',
    });
    expect(
      await ask(world, leave(world, { pool: 'api', zoneId: 'cn-hangzhou-a' }), pools),
    ).toMatchObject({ code: 'another-zone', message: expect.stringContaining('by order of ann') });
    expect(await ask(world, leave(world, { pool: 'api' }), pools)).toMatchObject({
      kind: 'evacuation-ordered',
    });
    const wrong = { verb: 'end-evacuation', zoneId: 'cn-hangzhou-a', by: 'ann' };
    expect(await ask(world, wrong, pools)).toMatchObject({ code: 'another-zone' });
  });

  it('while somebody else is giving such an order', async () => {
    const world = await aWorld();
    await world.store.acquireLease(evacuationTurn('cn-hangzhou'), 'other', millis(30_000));
    expect(await ask(world, leave(world))).toMatchObject({ code: 'contention' });
  });

  it('nothing where there was nothing to take back', async () => {
    const world = await aWorld();
    const end = { verb: 'end-evacuation', zoneId: ZONE, by: 'ann' };
    expect(await ask(world, end)).toMatchObject({ kind: 'evacuation-ended', wasOrdered: false });
  });
});
