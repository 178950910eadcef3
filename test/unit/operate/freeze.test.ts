import { afterEach, describe, expect, it } from '@jest/globals';
import { freezeMeanwhile } from '../../../shared/apply/failover/freeze-meanwhile';
import { type FleetPolicy } from '../../../shared/config/fleet-policy';
import { type NamePolicy } from '../../../shared/domain/failover/name-policy';
import { type PoolPolicy } from '../../../shared/domain/policy';
import { freezeKey, nameLease, poolLease } from '../../../shared/domain/store-keys';
import { plus } from '../../../shared/domain/units';
import { observeFreeze } from '../../../shared/observe/observe-freeze';
import { operate } from '../../../shared/operate/operate';
import { operatorRequest } from '../../../shared/operate/operator-request';
import { createWorld, type World } from '../../support/in-process-world';
import { watchPorts } from '../../support/watched-ports';

const HOUR = 3_600_000;
const worlds: World[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

async function aWorld() {
  const world = await createWorld({ count: 6 });
  worlds.push(world);
  return world;
}
/** Of two regions: what the other one's deployment looks after is named in the same policy. */
const aFleet = (pool: PoolPolicy) =>
  ({
    pools: [pool, { ...pool, name: 'north', regionId: 'cn-beijing' }],
    names: [
      { name: 'shop', homeRegionId: 'cn-hangzhou' },
      { name: 'toys', homeRegionId: 'cn-beijing' },
    ],
    regionId: 'cn-hangzhou',
    failover: { homeRegionId: 'cn-hangzhou' },
  }) as unknown as FleetPolicy;
const ask = (world: World, request: object, ports = world.ports) =>
  operate(operatorRequest.parse(request), {
    fleet: aFleet(world.policy),
    policyHash: 'p',
    ports,
    deadline: plus(world.clock.now(), 30_000),
    holder: 'h',
    newTickId: () => 't',
  });
const aFreeze = (world: World, more: object = {}) => ({
  verb: 'freeze',
  by: 'ann',
  reason: 'audit',
  until: world.clock.now() + HOUR,
  ...more,
});
const aDrain = (world: World) => ({
  verb: 'drain',
  pool: 'web',
  instanceId: world.instanceIds[0],
  by: 'bob',
  reason: 'kernel',
});

describe('a freeze until a time that no calendar has', () => {
  const BEYOND = 9_007_199_254_740_991;

  it('is refused before anything is stored', async () => {
    const world = await aWorld();
    expect(() => operatorRequest.parse(aFreeze(world, { until: BEYOND }))).toThrow(
      '8640000000000000',
    );
  });

  it('that stands in the store holds, is told, and stops no tick', async () => {
    const world = await aWorld();
    await world.work();
    await ask(world, aDrain(world));
    const freeze = { by: 'ann', reason: 'x', at: 1, until: BEYOND };
    await world.store.compareAndSet(freezeKey('pool/web'), freeze, null);
    const tick = await world.tick();
    expect(tick.plan.withheld.map(({ rule }) => rule)).toContain('guard-frozen');
    expect(world.alerts.map(({ reason }) => reason)).toContain('guard-frozen');
    expect(await ask(world, { verb: 'unfreeze', by: 'bob' })).toMatchObject({
      kind: 'freeze-changed',
    });
  });
});

describe('freeze', () => {
  it.each([
    ['everything', {}, 'all'],
    ['the pool', { pool: 'web' }, 'pool/web'],
  ] as const)('of %s stops every write, until it is taken back', async (_, scope, key) => {
    const world = await aWorld();
    await world.work();
    expect(await ask(world, aFreeze(world, scope))).toMatchObject({
      kind: 'freeze-changed',
      scope: key,
      freeze: { by: 'ann', reason: 'audit' },
      before: null,
    });
    expect(await world.store.isDirty(poolLease('web'))).toBe(true);
    await ask(world, aDrain(world));
    const tagged = world.writes();
    const tick = await world.tick();
    expect(tick.plan.withheld.map(({ rule }) => rule)).toContain('guard-frozen');
    expect(world.writes()).toBe(tagged);
    expect(world.alerts.map(({ reason }) => reason)).toContain('guard-frozen');
    expect(await ask(world, { verb: 'status', pool: 'web' })).toMatchObject({
      pools: [{ freeze: { by: 'ann', reason: 'audit' } }],
    });
    expect(await ask(world, { verb: 'unfreeze', by: 'ann', ...scope })).toMatchObject({
      freeze: null,
      before: { by: 'ann' },
    });
    await world.tick();
    expect(world.weightOf(world.instanceIds[0]!)).toBe(0);
  });

  it('ends by itself', async () => {
    const world = await aWorld();
    await world.work();
    await ask(world, aFreeze(world, { until: world.clock.now() + 60_000 }));
    await ask(world, aDrain(world));
    await world.tick();
    expect(world.weightOf(world.instanceIds[0]!)).toBe(100);
    await world.pass(60_000);
    await world.tick();
    expect(world.weightOf(world.instanceIds[0]!)).toBe(0);
  });

  it('of a name leaves the pools alone and marks the name', async () => {
    const world = await aWorld();
    expect(await ask(world, aFreeze(world, { name: 'shop' }))).toMatchObject({
      scope: 'name/shop',
    });
    expect(await world.store.isDirty(nameLease('shop'))).toBe(true);
    expect(await world.store.isDirty(poolLease('web'))).toBe(false);
    expect(await observeFreeze('pool/web', world.ports)).toBeNull();
    expect(await observeFreeze('name/shop', world.ports)).toMatchObject({ by: 'ann' });
  });

  it('of everything and of one pool: the longer holds', async () => {
    const world = await aWorld();
    await ask(world, aFreeze(world, { by: 'short', until: world.clock.now() + 1000 }));
    await ask(world, aFreeze(world, { pool: 'web', by: 'long' }));
    expect(await observeFreeze('pool/web', world.ports)).toMatchObject({ by: 'long' });
    expect(await observeFreeze('name/shop', world.ports)).toMatchObject({ by: 'short' });
  });

  it.each([
    ['a pool that is not in the policy', { pool: 'api' }, 'unknown-pool'],
    ['a name that is not in the policy', { name: 'api' }, 'unknown-name'],
    ['a time that is past', { until: 1 }, 'past-time'],
  ])('refuses %s and writes nothing', async (_, more, code) => {
    const world = await aWorld();
    expect(await ask(world, aFreeze(world, more))).toMatchObject({ kind: 'refused', code });
    expect(await world.store.list('freeze/')).toEqual([]);
  });

  describe('of what another region’s deployment looks after', () => {
    it.each([
      ['a pool', { pool: 'north' }],
      ['a name', { name: 'toys' }],
    ])('is refused, as it would stop nothing, and says where to go: %s', async (_, scope) => {
      const world = await aWorld();
      for (const request of [aFreeze(world, scope), { verb: 'unfreeze', by: 'ann', ...scope }])
        expect(await ask(world, request)).toMatchObject({
          kind: 'refused',
          code: 'looked-after-elsewhere',
          message: expect.stringMatching(/cn-beijing.*there/),
        });
      expect(await world.store.list('freeze/')).toEqual([]);
    });

    it('is not marked by a freeze of everything, which is of this region alone', async () => {
      const world = await aWorld();
      await ask(world, aFreeze(world));
      const dirty = [poolLease('web'), poolLease('north'), nameLease('shop'), nameLease('toys')];
      expect(await Promise.all(dirty.map(async (lease) => world.store.isDirty(lease)))).toEqual([
        true,
        false,
        true,
        false,
      ]);
    });
  });

  it('says that others keep changing it', async () => {
    const world = await aWorld();
    const ports = watchPorts(world.ports, (call, proceed) =>
      call.name === 'store.compareAndSet' ? Promise.resolve('conflict') : proceed(),
    );
    expect(await ask(world, aFreeze(world), ports)).toMatchObject({ code: 'contention' });
  });

  describe('that somebody else owns', () => {
    it.each(['freeze', 'unfreeze'])('is not touched by %s, until they are named', async (verb) => {
      const world = await aWorld();
      const { freeze } = (await ask(world, aFreeze(world))) as { freeze: unknown };
      const request = verb === 'freeze' ? aFreeze(world, { by: 'bob' }) : { verb, by: 'bob' };
      for (const other of [{}, { of: 'eve' }])
        expect(await ask(world, { ...request, ...other })).toMatchObject({
          code: 'frozen-by-other',
          message: expect.stringMatching(/^ann has frozen everything until .*audit.*--of "ann"/u),
        });
      expect(await observeFreeze('all', world.ports)).toEqual(freeze);
      expect(await ask(world, { ...request, of: 'ann' })).toMatchObject({
        kind: 'freeze-changed',
        before: { by: 'ann' },
      });
    });

    it('is anybody’s once it is over, and the owner changes theirs at any time', async () => {
      const world = await aWorld();
      const until = world.clock.now() + 60_000;
      await ask(world, aFreeze(world));
      expect(await ask(world, aFreeze(world, { until }))).toMatchObject({ freeze: { until } });
      await world.pass(60_000);
      expect(await ask(world, aFreeze(world, { by: 'bob' }))).toMatchObject({ before: null });
    });

    it('of two who freeze at once one learns of the other', async () => {
      const world = await aWorld();
      const replies = await Promise.all(
        ['ann', 'bob'].map(async (by) => ask(world, aFreeze(world, { by }))),
      );
      expect(replies.map(({ kind }) => kind).toSorted()).toEqual(['freeze-changed', 'refused']);
      expect(replies).toContainEqual(expect.objectContaining({ code: 'frozen-by-other' }));
    });
  });

  describe('that cannot be understood', () => {
    it.each([{ by: 'ann' }, 'frozen', ['ann'], { until: 'tomorrow' }, 0])(
      'holds, and the log says so, until somebody takes it back: %j',
      async (value) => {
        const world = await aWorld();
        await world.work();
        await world.store.compareAndSet(freezeKey('pool/web'), value, null);
        await ask(world, aDrain(world));
        await world.tick();
        expect(world.weightOf(world.instanceIds[0]!)).toBe(100);
        expect(world.logged.join()).toContain('a freeze in the store cannot be understood');
        expect(world.alerts.map(({ reason }) => reason)).toContain('guard-frozen');
        await world.pass(HOUR);
        await world.tick();
        expect(world.weightOf(world.instanceIds[0]!)).toBe(100);
        expect(await ask(world, { verb: 'unfreeze', pool: 'web', by: 'bob' })).toMatchObject({
          before: { by: 'unknown' },
        });
        await world.tick();
        expect(world.weightOf(world.instanceIds[0]!)).toBe(0);
      },
    );

    it('ends when its end can be read, and holds for names just before a write, too', async () => {
      const world = await aWorld();
      const end = world.clock.now() + 60_000;
      await world.store.compareAndSet(freezeKey('all'), { until: end, owner: 'ann' }, null);
      const meanwhile = async () => freezeMeanwhile({ name: 'shop' } as NamePolicy, world.ports);
      expect(await observeFreeze('pool/web', world.ports)).toMatchObject({ until: end });
      expect(await meanwhile()).toMatchObject({ until: end });
      await world.pass(60_000);
      expect(await observeFreeze('pool/web', world.ports)).toBeNull();
      expect(await meanwhile()).toBeNull();
    });
  });

  it.each([{ pool: 'web', name: 'shop' }, { reason: ' ' }, { until: -1 }])(
    'does not understand %j',
    async (more) => {
      const world = await aWorld();
      expect(operatorRequest.safeParse(aFreeze(world, more)).success).toBe(false);
    },
  );
});
