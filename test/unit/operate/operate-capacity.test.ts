import { afterEach, describe, expect, it } from '@jest/globals';
import { type FleetPolicy } from '../../../shared/config/fleet-policy';
import { PROTECTED_TAG } from '../../../shared/domain/heal-tag';
import { POOL_TAG } from '../../../shared/domain/ownership-tags';
import { capacityKey, poolLease } from '../../../shared/domain/store-keys';
import { plus } from '../../../shared/domain/units';
import { operate } from '../../../shared/operate/operate';
import { type PoolInventory } from '../../../shared/operate/operator-reply';
import { operatorRequest } from '../../../shared/operate/operator-request';
import { type Ports } from '../../../shared/ports/ports';
import { createWorld, type World } from '../../support/in-process-world';
import { createScaleWorld } from '../../support/scale-world';
import { watchPorts } from '../../support/watched-ports';

const worlds: World[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

const keep = <W extends World>(world: W): W => {
  worlds.push(world);
  return world;
};
const aWorld = async (options: Parameters<typeof createScaleWorld>[0] = {}) =>
  keep(await createScaleWorld({ demand: 4.4, ...options }));

const ask = (world: World, request: object, ports: Ports = world.ports) =>
  operate(operatorRequest.parse({ pool: 'web', ...request }), {
    fleet: { pools: [world.policy], regionId: 'cn-hangzhou' } as unknown as FleetPolicy,
    policyHash: 'p',
    ports,
    deadline: plus(world.clock.now(), 30_000),
    holder: 'h',
    newTickId: () => 't',
  });

const anOrder = (world: World, more: object = {}) => ({
  verb: 'scale',
  by: 'ann',
  order: {
    kind: 'exactly',
    count: 6,
    reason: 'sale',
    until: world.clock.now() + 3_600_000,
    ...more,
  },
});
const isMarked = (world: World) => world.store.isDirty(poolLease('web'));

describe('scale', () => {
  it('has the pool grow to what is ordered, and go back when the order is taken back', async () => {
    const world = await aWorld();
    await world.live(1);
    expect(await ask(world, anOrder(world))).toMatchObject({
      kind: 'capacity-ordered',
      order: { kind: 'exactly', count: 6, by: 'ann', reason: 'sale' },
    });
    expect(await isMarked(world)).toBe(true);
    await world.live(10);
    expect(world.serving()).toHaveLength(6);
    expect(await ask(world, { verb: 'scale', by: 'ann' })).toMatchObject({ order: null });
    await world.live(30);
    expect(world.serving()).toHaveLength(4);
  });

  it.each([
    ['more than the maximum', { count: 13 }, 'out-of-bounds'],
    ['less than the minimum', { count: 1 }, 'out-of-bounds'],
    ['until a time that is past', { until: 1 }, 'past-time'],
  ])('refuses %s and writes nothing', async (_, more, code) => {
    const world = await aWorld();
    expect(await ask(world, anOrder(world, more))).toMatchObject({ kind: 'refused', code });
    expect([await world.store.read(capacityKey('web')), await isMarked(world)]).toEqual([
      null,
      false,
    ]);
  });

  it('refuses a pool that is not scaled', async () => {
    const world = keep(await createWorld({ count: 2 }));
    expect(await ask(world, anOrder(world))).toMatchObject({ kind: 'refused', code: 'not-scaled' });
  });

  it('gives up where others keep changing the order, and says so', async () => {
    const world = await aWorld();
    const ports = watchPorts(world.ports, (call, proceed) =>
      call.name === 'store.compareAndSet' ? Promise.resolve('conflict') : proceed(),
    );
    expect(await ask(world, anOrder(world), ports)).toMatchObject({ code: 'contention' });
  });

  it.each([
    [{ order: { kind: 'about', count: 3, reason: 'x', until: 9 } }],
    [{ order: { kind: 'exactly', count: 2.5, reason: 'x', until: 9 } }],
    [{ order: { kind: 'exactly', count: -1, reason: 'x', until: 9 } }],
    [{ order: { kind: 'exactly', count: 3, reason: ' ', until: 9 } }],
    [{ order: { kind: 'exactly', count: 3, reason: 'x' } }],
    [{ by: '' }],
  ])('does not understand %j', (change) => {
    expect(
      operatorRequest.safeParse({ verb: 'scale', pool: 'web', by: 'ann', ...change }).success,
    ).toBe(false);
  });
});

describe('protect', () => {
  it('keeps every hand off an instance until it is taken back', async () => {
    const world = await aWorld();
    const [first] = world.instanceIds;
    const protect = { verb: 'protect', instanceId: first, by: 'ann' };
    expect(await ask(world, protect)).toMatchObject({ isProtected: true, wasProtected: false });
    expect(world.tagsOf(first!).get(PROTECTED_TAG)).toBe('ann');
    expect(await isMarked(world)).toBe(true);
    expect(await ask(world, protect)).toMatchObject({ isProtected: true, wasProtected: true });
    const unprotect = { verb: 'unprotect', instanceId: first, by: 'ann' };
    expect(await ask(world, unprotect)).toMatchObject({ isProtected: false, wasProtected: true });
    expect(world.tagsOf(first!).has(PROTECTED_TAG)).toBe(false);
    const before = world.writes();
    expect(await ask(world, unprotect)).toMatchObject({ isProtected: false, wasProtected: false });
    expect(world.writes()).toBe(before);
  });

  it('writes a long name as far as a tag holds it', async () => {
    const world = await aWorld();
    const [first] = world.instanceIds;
    await ask(world, { verb: 'protect', instanceId: first, by: 'x'.repeat(200) });
    expect(world.tagsOf(first!).get(PROTECTED_TAG)).toHaveLength(128);
  });

  it('does not know an instance that ECS does not know', async () => {
    const world = await aWorld();
    expect(await ask(world, { verb: 'protect', instanceId: 'i-nobody', by: 'ann' })).toMatchObject({
      kind: 'refused',
      code: 'unknown-instance',
    });
    expect(await isMarked(world)).toBe(false);
  });

  it('promises nothing in mode observe, in which no tag is written', async () => {
    const world = await aWorld({ policy: { mode: 'observe' } });
    const [first] = world.instanceIds;
    expect(await ask(world, { verb: 'protect', instanceId: first, by: 'ann' })).toMatchObject({
      kind: 'refused',
      code: 'mode-observe',
      message: expect.stringContaining('guards.protectedInstances'),
    });
    expect(world.tagsOf(first!).has(PROTECTED_TAG)).toBe(false);
  });
});

describe('inventory', () => {
  const inventory = async (world: World, ports?: Ports): Promise<PoolInventory> => {
    const reply = await ask(world, { verb: 'inventory' }, ports);
    if (reply.kind !== 'inventories') throw new Error(reply.kind);
    return reply.pools[0]!;
  };

  it('joins tags, groups, launches and orders, and writes nothing', async () => {
    const world = await aWorld({ isOwned: (index) => index > 0 });
    await world.live(2);
    await ask(world, anOrder(world, { kind: 'at-least' }));
    await world.work();
    await world.pass(5_000);
    const before = world.writes();
    const found = await inventory(world);
    expect(world.writes()).toBe(before);
    expect(found).toMatchObject({
      poolName: 'web',
      desired: 6,
      contradictions: [],
      order: { kind: 'at-least', count: 6 },
      launches: [{ count: 2, isAnswered: true }],
    });
    const stray = found.instances.find(({ instanceId }) => instanceId === world.instanceIds[0]);
    expect(stray).toMatchObject({ owner: null, isProtected: false, weights: [{ weight: 100 }] });
    const others = found.instances.filter(({ weights }) => weights.length === 0);
    expect(others.map(({ owner, stage }) => [owner, stage])).toEqual([
      ['web', 'starting'],
      ['web', 'starting'],
    ]);
  });

  it('says what keeps everybody where they are', async () => {
    const world = await aWorld();
    await world.live(1);
    const ports = watchPorts(world.ports, async (call, proceed) => {
      const reply = await proceed();
      return call.name === 'fleet.describeOwned' ? (reply as unknown[]).slice(1) : reply;
    });
    const found = await inventory(world, ports);
    expect(found.contradictions).toEqual([
      expect.stringMatching(/^i-\w+ is there by its id and absent from the list of its tag$/u),
    ]);
    expect(found.desired).toBeNull();
  });

  it('lists the members of a pool that is not scaled', async () => {
    const world = keep(await createWorld({ count: 2, tagsOf: () => ({ [POOL_TAG]: 'api' }) }));
    const found = await inventory(world);
    expect(found.instances.map(({ owner, stage }) => [owner, stage])).toEqual([
      ['api', 'member'],
      ['api', 'member'],
    ]);
  });
});
