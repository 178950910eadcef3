import { afterEach, describe, expect, it } from '@jest/globals';
import { classifyVendorError } from '../../../shared/adapters/alicloud/error-table';
import { FLOOR_LIMITS } from '../../../shared/domain/capacity-floor';
import { CloudError, type CloudErrorDetails } from '../../../shared/domain/cloud-error';
import { floorsKey, poolLease } from '../../../shared/domain/store-keys';
import { instant, plus } from '../../../shared/domain/units';
import { type FloorRequest } from '../../../shared/ports/region-pools';
import { createWorld, type World } from '../../support/in-process-world';
import { operatorOf, type RegionOperator } from '../../support/operator-of';
import { createScaleWorld } from '../../support/scale-world';
import { watchPorts } from '../../support/watched-ports';

const MINUTE = 60_000;
const POOL = { regionId: 'cn-hangzhou', poolName: 'web' };
const worlds: World[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

const keep = <W extends World>(world: W): W => {
  worlds.push(world);
  return world;
};
/** Four instances with the work of 3.67 at their target of 60 %. */
const aWorld = async (options: Parameters<typeof createScaleWorld>[0] = {}) => {
  const world = keep(await createScaleWorld({ demand: 4.4, ...options }));
  await world.live(2);
  return world;
};
const soon = (world: World) => ({ deadline: plus(world.clock.now(), 30_000) });
const capacityOf = (world: World, operator: RegionOperator = operatorOf(world)) =>
  operator.pools.describeCapacity(POOL, soon(world));
const aFloor = (world: World, more: Partial<FloorRequest> = {}): FloorRequest => ({
  count: 7,
  by: 'shop',
  reason: 'hz is down',
  until: plus(world.clock.now(), 10 * MINUTE),
  ...more,
});
const request = (
  world: World,
  more: Partial<FloorRequest> = {},
  operator: RegionOperator = operatorOf(world),
) => operator.pools.requestFloor(POOL, aFloor(world, more), soon(world));
const stored = async (world: World) => (await world.store.read(floorsKey('web')))?.value;
const refusalOf = async (asked: Promise<unknown>): Promise<CloudErrorDetails> => {
  const error = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof CloudError)) throw new Error('it was not refused');
  return error.details;
};

describe('the capacity of a pool, asked from another region', () => {
  it('is what it serves, what it has to do and how far it can grow', async () => {
    const world = await aWorld({ scale: { warmPool: { size: 1 } } });
    await world.live(4);
    const before = world.writes();
    expect(await capacityOf(world)).toEqual({
      serving: 4,
      bearing: 4000,
      members: 4,
      healthy: 1000,
      load: { kind: 'ok', value: 3667, sampledAt: expect.any(Number) },
      traffic: expect.objectContaining({ kind: 'ok' }),
      errorShare: expect.objectContaining({ kind: 'ok', value: 0 }),
      warm: 1,
      max: 12,
      arriving: 0,
      canLaunch: true,
      takenAt: world.clock.now(),
    });
    expect(world.writes()).toBe(before);
  });

  it('leaves the backends alone: nobody is probed for it', async () => {
    const world = await aWorld();
    const probes: string[] = [];
    const ports = watchPorts(world.ports, (call, proceed) => {
      if (call.name.startsWith('prober.')) probes.push(call.name);
      return proceed();
    });
    await capacityOf(world, operatorOf(world, { ports }));
    expect(probes).toEqual([]);
  });

  it('has its load and traffic missing where CloudMonitor does not answer', async () => {
    const world = await aWorld();
    await world.pass(2 * MINUTE);
    const ports = watchPorts(world.ports, (call, proceed) =>
      call.name.startsWith('metrics.') ? Promise.resolve([]) : proceed(),
    );
    expect(await capacityOf(world, operatorOf(world, { ports }))).toMatchObject({
      serving: 4,
      load: { kind: 'missing', reason: 'no-datapoint' },
      traffic: { kind: 'missing' },
      errorShare: { kind: 'missing' },
    });
  });

  it.each<[string, string, (reply: unknown) => unknown]>([
    ['part of the list is missing', 'fleet.describeOwned', (list) => (list as unknown[]).slice(1)],
    ['health is unreadable', 'loadBalancer.describeHealth', () => undefined],
  ])('is not known while %s', async (_, name, change) => {
    const world = await aWorld();
    const ports = watchPorts(world.ports, async (call, proceed) => {
      const reply = await proceed();
      if (call.name !== name) return reply;
      const changed = change(reply);
      if (changed === undefined)
        throw classifyVendorError({
          ...{ action: 'DescribeHealthStatus', code: 'ServiceUnavailable', message: 'm' },
        });
      return changed;
    });
    expect(await refusalOf(capacityOf(world, operatorOf(world, { ports })))).toMatchObject({
      code: 'capacity-unknown',
      reaction: 'stop',
    });
  });

  it('cannot grow where nothing is launched: frozen, in mode observe, switched off, backed off', async () => {
    const world = await aWorld({ scale: { warmPool: { size: 1 } } });
    await world.live(4);
    const { policy } = world;
    const scale = policy.scale!;
    const asked = async (changed: typeof policy) =>
      capacityOf(world, operatorOf(world, { policy: changed }));
    expect(await asked({ ...policy, mode: 'observe' })).toMatchObject({
      ...{ canLaunch: false, warm: 0, max: 12 },
    });
    const off = { ...scale, out: { ...scale.out, enabled: false } };
    expect(await asked({ ...policy, scale: off })).toMatchObject({ canLaunch: false });
    const nothing = { ...scale, launch: { ...scale.launch, options: [] } };
    expect(await asked({ ...policy, scale: nothing })).toMatchObject({ canLaunch: false, warm: 1 });
    const freeze = { verb: 'freeze', by: 'ann', reason: 'x', until: world.clock.now() + MINUTE };
    await operatorOf(world).invoker.call('operator', freeze, soon(world));
    expect(await capacityOf(world)).toMatchObject({ canLaunch: false, warm: 0 });
  });

  it('has no bounds and no load where the pool is not scaled', async () => {
    const world = keep(await createWorld({ count: 3 }));
    await world.pass(2 * MINUTE);
    expect(await capacityOf(world)).toMatchObject({
      ...{ serving: 3, members: 3, max: null, canLaunch: false, warm: 0, arriving: 0 },
      load: { kind: 'missing', reason: 'not-configured' },
      errorShare: { kind: 'ok', value: 0 },
    });
  });

  it('is unknown for a pool that the policy there does not have', async () => {
    const world = await aWorld();
    const asked = operatorOf(world).pools.describeCapacity(
      { ...POOL, poolName: 'api' },
      soon(world),
    );
    expect(await refusalOf(asked)).toMatchObject({ code: 'unknown-pool' });
  });
});

describe('a floor, requested from another region', () => {
  it('is written down, marks the pool and has its worker sent for', async () => {
    const world = await aWorld();
    const operator = operatorOf(world);
    const at = world.clock.now();
    await request(world, {}, operator);
    expect(await stored(world)).toEqual([{ ...aFloor(world), at }]);
    expect(await world.store.isDirty(poolLease('web'))).toBe(true);
    expect(operator.rung).toEqual(['web']);
  });

  it('repeated is the same floor; a late lower or shorter one changes nothing', async () => {
    const world = await aWorld();
    const { until } = aFloor(world);
    await request(world);
    await request(world);
    await request(world, { count: 3, until: plus(world.clock.now(), MINUTE) });
    expect(await stored(world)).toMatchObject([{ count: 7, until }]);
    await request(world, { count: 8, until: plus(until, MINUTE) });
    expect(await stored(world)).toMatchObject([{ count: 8, until: until + MINUTE }]);
  });

  it('stands beside those of other names, and drops what is over', async () => {
    const world = await aWorld();
    await request(world, { by: 'blog', count: 3, until: plus(world.clock.now(), MINUTE) });
    await request(world);
    expect(await stored(world)).toMatchObject([{ by: 'blog' }, { by: 'shop' }]);
    await world.pass(2 * MINUTE);
    await request(world, { by: 'wiki' });
    expect(await stored(world)).toMatchObject([{ by: 'shop' }, { by: 'wiki' }]);
  });

  it.each<[string, (world: World) => Partial<FloorRequest>, string]>([
    ['that is over', ({ clock }) => ({ until: clock.now() }), 'past-time'],
    [
      'of more than a day',
      ({ clock }) => ({ until: plus(clock.now(), 90_000_000) }),
      'out-of-bounds',
    ],
    ['of nobody', () => ({ count: 0 }), 'malformed'],
    ['of half an instance', () => ({ count: 2.5 }), 'malformed'],
    ['of more than any pool has', () => ({ count: 2001 }), 'malformed'],
    ['without an end', () => ({ until: instant(-1) }), 'malformed'],
    ['without an asker', () => ({ by: ' ' }), 'malformed'],
  ])('%s is refused, and nothing is written', async (_, more, code) => {
    const world = await aWorld();
    const operator = operatorOf(world);
    expect(await refusalOf(request(world, more(world), operator))).toMatchObject({
      ...{ code, reaction: 'stop' },
    });
    expect([await stored(world), operator.rung]).toEqual([undefined, []]);
  });

  it('lasts a day at most, a name that runs a little ahead included', async () => {
    const world = await aWorld();
    await request(world, { until: plus(world.clock.now(), FLOOR_LIMITS.spanMs + 1000) });
    expect(await stored(world)).toHaveLength(1);
  });

  it('is one of so many at most; who has one may renew it', async () => {
    const world = await aWorld();
    const operator = operatorOf(world);
    for (let index = 0; index < FLOOR_LIMITS.perPool; index += 1)
      await request(world, { by: `name-${index}` }, operator);
    expect(await refusalOf(request(world, {}, operator))).toMatchObject({
      code: 'too-many-floors',
    });
    await request(world, { by: 'name-0', count: 9 }, operator);
    expect(await stored(world)).toHaveLength(FLOOR_LIMITS.perPool);
    expect(JSON.stringify(await stored(world))).not.toContain('shop');
  });

  it('of a pool that is not scaled is refused: it cannot grow', async () => {
    const world = keep(await createWorld({ count: 2 }));
    expect(await refusalOf(request(world))).toMatchObject({
      code: 'not-scaled',
      reaction: 'stop',
      message: 'The policy does not scale web: it cannot grow.',
    });
    expect(await stored(world)).toBeUndefined();
  });

  it('gives up where others keep changing it, and says so', async () => {
    const world = await aWorld();
    const ports = watchPorts(world.ports, (call, proceed) =>
      call.name === 'store.compareAndSet' ? Promise.resolve('conflict') : proceed(),
    );
    expect(await refusalOf(request(world, {}, operatorOf(world, { ports })))).toMatchObject({
      code: 'contention',
    });
  });

  it('and another at the same moment both stand', async () => {
    const world = await aWorld();
    const operator = operatorOf(world);
    await Promise.all(['shop', 'blog', 'wiki'].map(async (by) => request(world, { by }, operator)));
    const floors = (await stored(world)) as readonly FloorRequest[];
    expect(floors.map(({ by }) => by).sort()).toEqual(['blog', 'shop', 'wiki']);
  });
});

describe('a pool of which a floor was requested', () => {
  it('grows to it at once, says for whom, keeps it while it is idle, and lets go when it is over', async () => {
    const world = await aWorld();
    await request(world);
    const { proposal } = await world.tick();
    expect(proposal.scale).toMatchObject({ desired: 7, direction: 'out' });
    expect(proposal.steps.find(({ kind }) => kind === 'launch')).toMatchObject({
      ...{ count: 3, reason: 'scale-out-floor' },
    });
    expect(proposal.scale?.explanations.join(' ')).toContain('shop asks for at least 7');
    await world.live(5);
    expect(world.serving()).toHaveLength(7);
    expect(await capacityOf(world)).toMatchObject({ serving: 7, members: 7, arriving: 0 });
    world.demand = 1;
    await request(world, { until: plus(world.clock.now(), 30 * MINUTE) });
    await world.live(28);
    expect(world.serving()).toHaveLength(7);
    expect(world.ticks.at(-1)?.proposal.scale?.limitedBy).toContain('floor');
    await world.live(30);
    expect(world.serving().length).toBeLessThan(7);
    expect(world.ticks.at(-1)?.pool.capacity?.floors).toBeUndefined();
  });

  it('shows it in its status', async () => {
    const world = await aWorld();
    const { invoker } = operatorOf(world);
    await request(world);
    const reply = await invoker.call('operator', { verb: 'status', pool: 'web' }, soon(world));
    expect(reply).toMatchObject({
      replies: [{ pools: [{ floors: [{ by: 'shop', count: 7 }] }] }],
    });
  });

  it('never has more than its maximum, and says that it held', async () => {
    const world = await aWorld({ scale: { max: 6 } });
    const operator = operatorOf(world);
    const payload = { verb: 'request-floor', pool: 'web', ...aFloor(world, { count: 9 }) };
    expect(await operator.invoker.call('operator', payload, soon(world))).toMatchObject({
      replies: [{ kind: 'floor-requested', max: 6, floor: { count: 9 } }],
    });
    await world.live(6);
    expect(world.existing()).toHaveLength(6);
    const told = world.ticks.find(({ proposal }) => proposal.scale?.desired === 6);
    expect(told?.proposal.scale?.limitedBy).toEqual(expect.arrayContaining(['floor', 'max']));
  });

  it('grows no faster than its rate', async () => {
    const world = await aWorld();
    const { policy } = world;
    const scale = policy.scale!;
    const rate = { windowMs: scale.out.rate.windowMs, share: scale.in.rate.share, count: 1 };
    const slow = {
      ...policy,
      scale: { ...scale, out: { ...scale.out, rate: { ...rate, share: 0 as never } } },
    };
    await request(world);
    await world.work({ policy: slow });
    expect(
      world.ticks.at(-1)?.proposal.steps.filter(({ kind }) => kind === 'launch'),
    ).toMatchObject([{ count: 1 }]);
  });

  it('takes a floor that cannot be understood for none, and logs it', async () => {
    const world = await aWorld();
    await world.store.compareAndSet(floorsKey('web'), [{ by: 'x' }, 7], null);
    const { pool } = await world.tick();
    expect(pool.capacity?.floors).toBeUndefined();
    expect(world.logged.join(' ')).toContain('a floor in the store cannot be understood');
    await request(world);
    expect(await stored(world)).toMatchObject([{ by: 'shop' }]);
  });
});
