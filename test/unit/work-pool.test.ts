import { afterEach, describe, expect, it } from '@jest/globals';
import { StoreClock } from '../../shared/adapters/system/store-clock';
import { type PoolMemory } from '../../shared/domain/memory';
import { memoryKey, poolLease } from '../../shared/domain/store-keys';
import { type Millis, millis, plus } from '../../shared/domain/units';
import { StoreUnavailable } from '../../shared/ports/state-store';
import { aPolicy } from '../support/builders';
import { createWorld, type World, type WorldOptions } from '../support/in-process-world';
import { isWrite, watchPorts } from '../support/watched-ports';

const worlds: World[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

async function aWorld(options: Partial<WorldOptions> = {}): Promise<World> {
  const world = await createWorld({ count: 6, ...options });
  worlds.push(world);
  return world;
}

/** Makes the third backend gray: the load balancer goes on calling it normal. */
const sicken = (world: World) =>
  world.region.ecs.injectFaults(
    world.instanceIds[2]!,
    { errorShare: 500, latencyFactor: 8000 },
    'reboot',
  );
const mark = (world: World, reason = 'alarm') =>
  world.store.markDirty(poolLease(world.policy.name), { reason, at: world.clock.now() });
const isMarked = (world: World) => world.store.isDirty(poolLease(world.policy.name));

describe('a worker and the lease of its pool', () => {
  it('finds a held pool busy and leaves the mark for the holder', async () => {
    const world = await aWorld();
    await world.store.acquireLease(poolLease('web'), 'somebody', millis(45_000));
    await mark(world);
    expect(await world.work()).toEqual({ kind: 'busy' });
    expect(await isMarked(world)).toBe(true);
    expect(world.ticks).toEqual([]);
  });

  it('runs again for a mark that was set while it ran, and says what woke it', async () => {
    const world = await aWorld();
    let isSet = false;
    const ports = watchPorts(world.ports, async (call, proceed) => {
      if (call.name === 'archive.append' && !isSet) {
        isSet = true;
        await mark(world, 'alarm on port 80');
        expect(await world.work({ holder: 'woken' })).toEqual({ kind: 'busy' });
      }
      return proceed();
    });
    expect(await world.work({ ports })).toMatchObject({ kind: 'worked', ticks: 2 });
    expect(world.ticks[1]?.request.wake).toMatchObject({
      source: 'dirty',
      detail: expect.stringContaining('alarm on port 80'),
    });
    expect(await isMarked(world)).toBe(false);
  });

  it('looks once more for a mark that was set in the instant before the lease was given back', async () => {
    const world = await aWorld();
    let isSet = false;
    const ports = watchPorts(world.ports, async (call, proceed) => {
      if (
        call.name === 'store.releaseLease' &&
        !isSet &&
        JSON.stringify(call.arguments).includes('pool/')
      ) {
        isSet = true;
        await mark(world);
      }
      return proceed();
    });
    await world.work({ ports });
    expect(world.ticks).toHaveLength(2);
    expect(await isMarked(world)).toBe(false);
  });

  it('clears the marks before it observes, so that no event falls between', async () => {
    const world = await aWorld();
    await mark(world);
    const order: string[] = [];
    const ports = watchPorts(world.ports, (call, proceed) => {
      order.push(call.name);
      return proceed();
    });
    await world.work({ ports });
    expect(order.indexOf('store.clearDirty')).toBeGreaterThan(order.indexOf('store.acquireLease'));
    expect(order.indexOf('store.clearDirty')).toBeLessThan(
      order.findIndex((name) => name.startsWith('loadBalancer.')),
    );
  });

  it('goes by the store’s clock: a turn begins, and its lease ends, at the same time whatever the machine’s shows', async () => {
    const world = await aWorld();
    const wall = {
      now: () => plus(world.clock.now(), 400_000),
      sleep: async (span: Millis) => world.clock.sleep(span),
    };
    const clock = new StoreClock({ wall, elapsed: () => world.clock.now() });
    await world.work({ ports: { ...world.ports, clock } });
    const { startedAt, lease, deadline } = world.ticks[0]!.request;
    expect(startedAt - world.clock.now()).toBeLessThanOrEqual(0);
    expect(lease.expiresAt - startedAt).toBeLessThanOrEqual(45_000);
    expect(deadline).toBeLessThanOrEqual(lease.expiresAt);
    expect(world.ticks[0]!.pool.takenAt).toBeLessThan(deadline);
  });

  it('does nothing while the store does not tell the time', async () => {
    const world = await aWorld();
    const ports = watchPorts(world.ports, async ({ name }, proceed) => {
      if (name === 'store.tellTime') throw new StoreUnavailable('down');
      return proceed();
    });
    const clock = new StoreClock({ wall: world.clock, elapsed: () => world.clock.now() });
    expect(await world.work({ ports: { ...ports, clock } })).toMatchObject({
      ...{ kind: 'blind', code: 'StoreUnavailable' },
    });
    expect(world.ticks).toEqual([]);
  });

  it('turns a thousand marks into one more look', async () => {
    const world = await aWorld();
    for (let count = 0; count < 1000; count += 1) await mark(world, `alarm ${count}`);
    await world.work();
    expect(world.ticks.length).toBeLessThanOrEqual(2);
    expect(world.ticks[0]!.request.wake.detail.length).toBeLessThan(200);
  });
});

describe('whether a worker stays awake', () => {
  it.each([
    ['never', 1],
    ['unsteady', 1],
    ['always', 8],
  ] as const)('watch: %s, nothing going on', async (watch, looks) => {
    const world = await aWorld({ policy: { watch } });
    await world.tick();
    const result = await world.work({ mayWatch: true, spanMs: 50_000 });
    expect(result.kind).toBe('worked');
    if (looks === 1) expect(world.ticks).toHaveLength(2);
    else expect(world.ticks.length).toBeGreaterThanOrEqual(looks);
  });

  it('looks into a suspicion at once, whatever the policy says of watching: a gray backend is out with the timer that found it', async () => {
    const world = await aWorld({ policy: { watch: 'never' } });
    await world.tick();
    await sicken(world);
    await world.pass(55_000);
    const startedAt = world.clock.now();
    await world.work({ mayWatch: true, spanMs: 50_000, source: 'timer' });
    expect(world.clock.now() - startedAt).toBeLessThan(10_000);
    expect(world.weightOf(world.instanceIds[2]!)).toBeLessThan(100);
    expect(world.ticks.at(-1)!.request.wake.detail).toBe('a suspicion to confirm or clear');
  });

  it('goes to sleep over a suspicion that two more looks neither confirm nor clear', async () => {
    const world = await aWorld({
      policy: {
        watch: 'never',
        heal: { outlier: { ...aPolicy().heal.outlier, confirmations: 6 } },
      },
    });
    await world.tick();
    await world.region.ecs.injectFaults(world.instanceIds[2]!, { latencyFactor: 8000 }, 'reboot');
    await world.work({ mayWatch: true, spanMs: 50_000, source: 'timer' });
    expect(world.ticks.slice(2).map(({ request }) => request.wake.detail)).toEqual([
      'a suspicion to confirm or clear',
      'a suspicion to confirm or clear',
    ]);
    expect(world.weightOf(world.instanceIds[2]!)).toBe(100);
  });

  it('watch: unsteady stays while a backend is sick, and no longer than its time', async () => {
    const world = await aWorld({ policy: { watch: 'unsteady' } });
    await world.tick();
    await sicken(world);
    const startedAt = world.clock.now();
    await world.work({ mayWatch: true, spanMs: 40_000 });
    expect(world.ticks.length).toBeGreaterThan(4);
    expect(world.clock.now() - startedAt).toBeLessThanOrEqual(40_000);
    expect(world.weightOf(world.instanceIds[2]!)).toBeLessThan(100);
  });

  it('takes a single look when it is not to watch, whatever the policy says', async () => {
    const world = await aWorld({ policy: { watch: 'always' } });
    await world.work({ mayWatch: false });
    expect(world.ticks).toHaveLength(1);
  });

  it('keeps its lease through a pause that is longer than the lease', async () => {
    const world = await aWorld();
    const policy = { ...world.policy, watch: 'always', watchIntervalMs: millis(120_000) } as const;
    await world.work({ policy, mayWatch: true, spanMs: 400_000 });
    expect(world.ticks.length).toBeGreaterThanOrEqual(3);
    expect(new Set(world.ticks.map((tick) => tick.request.lease.token)).size).toBe(1);
  });

  it('gives the lease back at the end', async () => {
    const world = await aWorld();
    await world.work();
    expect(await world.store.acquireLease(poolLease('web'), 'next', millis(1000))).not.toBeNull();
  });
});

describe('a cloud that cannot be read', () => {
  it.each(['forbidden', 'internal-error', 'html', 'hang', 'reset', 'throttling'] as const)(
    '%s for two hours: nothing is written, calls stay few, people are called once in a quarter of an hour, and healing resumes by itself',
    async (fault) => {
      const world = await aWorld();
      await world.tick();
      await sicken(world);
      const calls = () =>
        Object.values(world.region.requestLog.counts()).reduce((sum, count) => sum + count, 0);
      const [weights, writes, before] = [world.weights(), world.writes(), calls()];
      const end = world.region.faults.set(fault);
      for (let minute = 0; minute < 120; minute += 1) {
        expect(await world.work()).toMatchObject({ kind: 'blind', ticks: 1 });
        await world.pass(60_000);
      }
      expect(world.writes()).toBe(writes);
      expect(world.weights()).toEqual(weights);
      // Two calls name the members of a default group; each is tried four times at most: no more than eight a minute.
      expect((calls() - before) / 120).toBeLessThanOrEqual(8);
      expect(world.alerts.map(({ reason, severity }) => `${reason} ${severity}`)).toEqual(
        Array.from({ length: world.alerts.length }, () => 'cloud-unreadable critical'),
      );
      expect([7, 8, 9]).toContain(world.alerts.length);
      end();
      for (let look = 0; look < 6; look += 1) {
        await world.tick();
        await world.pass(5000);
      }
      expect(world.weightOf(world.instanceIds[2]!)).toBeLessThan(100);
    },
  );

  it('ECS and CloudMonitor out for two hours: nothing is lowered whose mark cannot be written, and afterwards it is healed once', async () => {
    const world = await aWorld({ policy: { ladder: { settleMs: millis(5000) } } });
    await world.tick();
    world.region.faults.set('internal-error', { product: 'Ecs' });
    world.region.faults.set('hang', { product: 'Cms' });
    await world.region.ecs.injectFaults(world.instanceIds[1]!, { isHung: true });
    for (let minute = 0; minute < 120; minute += 1) {
      expect((await world.work()).kind).toBe('worked');
      await world.pass(60_000);
    }
    expect(world.calls('Slb.SetBackendServers')).toBe(0); // its mark cannot be written, so its weight stays
    expect(world.ticks.at(-1)!.outcome.steps.map(({ result }) => result.kind)).toEqual(
      expect.arrayContaining(['failed', 'not-sent']),
    );
    world.region.faults.clear();
    for (let look = 0; look < 60; look += 1) {
      await world.tick();
      await world.pass(10_000);
    }
    expect(world.weightOf(world.instanceIds[1]!)).toBe(100);
    expect([...world.region.runtime.restarts.values()]).toEqual([1]);
  });

  it('a reply to a write that is lost at the start of a two-hour outage costs no base weight', async () => {
    const world = await aWorld({
      policy: {
        ladder: { rungs: ['drain'] },
        heal: { ejection: { baseMs: millis(5000), maxMs: millis(5000), decayMs: millis(600_000) } },
      },
    });
    await world.tick();
    await sicken(world);
    while (world.weightOf(world.instanceIds[2]!) === 100) {
      await world.tick();
      await world.pass(5000);
    }
    await world.region.ecs.clearFaults(world.instanceIds[2]!);
    while (
      !world.ticks
        .at(-1)!
        .plan.steps.some((step) => step.kind === 'set-weight' && step.reason === 'ejection-served')
    ) {
      world.region.faults.clear();
      world.region.faults.set('reset', { action: 'SetBackendServers' });
      await world.tick();
      await world.pass(5000);
    }
    world.region.faults.set('internal-error');
    await world.pass(7_200_000);
    world.region.faults.clear();
    for (let look = 0; look < 60 && world.weightOf(world.instanceIds[2]!) < 100; look += 1) {
      await world.tick();
      await world.pass(10_000);
    }
    expect(world.weightOf(world.instanceIds[2]!)).toBe(100);
  });
});

describe('a state store that cannot be reached', () => {
  const unreachable = (world: World, from: (name: string) => boolean) =>
    watchPorts(world.ports, (call, proceed) =>
      call.name.startsWith('store.') && from(call.name)
        ? Promise.reject(new StoreUnavailable('connection refused'))
        : proceed(),
    );

  it('lets nothing reach the cloud and calls people under a key that names the quarter of an hour', async () => {
    const world = await aWorld();
    await world.tick();
    await sicken(world);
    const [weights, writes] = [world.weights(), world.writes()];
    const ports = unreachable(world, () => true);
    for (let minute = 0; minute < 30; minute += 1) {
      expect(await world.work({ ports })).toEqual({
        kind: 'blind',
        ticks: 0,
        code: 'StoreUnavailable',
      });
      await world.pass(60_000);
    }
    expect(world.writes()).toBe(writes);
    expect(world.weights()).toEqual(weights);
    expect(new Set(world.alerts.map(({ key }) => key)).size).toBeLessThanOrEqual(3);
    expect(world.alerts[0]).toMatchObject({
      reason: 'store-unavailable',
      key: expect.stringMatching(/^store\/\d+$/),
    });
  });

  it('that goes away before the first write of a tick lets nothing be sent', async () => {
    const [world, other] = [await aWorld(), await aWorld()];
    for (const each of [world, other]) {
      await each.tick();
      await sicken(each);
      await each.tick();
    }
    let hasObserved = false;
    const ports = watchPorts(world.ports, (call, proceed) => {
      if (call.name === 'loadBalancer.describeHealth') hasObserved = true;
      return hasObserved && call.name.startsWith('store.')
        ? Promise.reject(new StoreUnavailable('gone'))
        : proceed();
    });
    expect(await world.work({ ports })).toMatchObject({ kind: 'blind' });
    expect(world.writes()).toBe(0);
    await other.tick();
    expect(other.writes()).toBe(2); // the same look with a store: the mark and the weight
  });

  it('that goes away after a write does not make Evenkeel take its own weight for a person’s', async () => {
    const world = await aWorld({ policy: { ladder: { rungs: ['drain', 'restart'] } } });
    await world.tick();
    await world.region.ecs.injectFaults(world.instanceIds[2]!, {
      errorShare: 500,
      latencyFactor: 8000,
    });
    let hasWritten = false;
    const ports = watchPorts(world.ports, async (call, proceed) => {
      if (hasWritten && call.name.startsWith('store.')) throw new StoreUnavailable('gone');
      const reply = await proceed();
      if (call.name === 'loadBalancer.setWeights') hasWritten = true;
      return reply;
    });
    for (let look = 0; look < 5; look += 1) {
      await world.work({ ports });
      await world.pass(5000);
    }
    expect(world.weightOf(world.instanceIds[2]!)).toBe(0);
    await world.region.ecs.clearFaults(world.instanceIds[2]!);
    await world.pass(60_000);
    for (let look = 0; look < 60 && world.weightOf(world.instanceIds[2]!) < 100; look += 1) {
      await world.tick();
      await world.pass(10_000);
    }
    expect(world.weightOf(world.instanceIds[2]!)).toBe(100);
    expect(world.alerts.filter(({ reason }) => reason === 'person-set-weight')).toEqual([]);
  });
});

describe('a worker that was replaced', () => {
  it('stores no memory over its successor’s', async () => {
    const world = await aWorld();
    const ports = watchPorts(world.ports, async (call, proceed) => {
      if (
        call.name === 'archive.append' ||
        !isWrite(call) ||
        call.arguments[0] !== memoryKey('web')
      )
        return proceed();
      await world.pass(50_000);
      const successor = await world.store.acquireLease(
        poolLease('web'),
        'successor',
        millis(45_000),
      );
      await world.store.compareAndSet(memoryKey('web'), { of: 'successor' }, null, successor!);
      return proceed();
    });
    await world.work({ ports });
    expect((await world.store.read(memoryKey('web')))?.value).toEqual({ of: 'successor' });
    expect(world.logged.join()).toContain('memory of this tick was not stored');
  });

  it('is told apart from one that merely finds nonsense in the store: that is rebuilt, and said so', async () => {
    const world = await aWorld();
    await world.store.compareAndSet(memoryKey('web'), { schema: 2, backends: null }, null);
    const tick = await world.tick();
    expect(tick.pool.memorySource).toBe('none');
    expect(((await world.store.read(memoryKey('web')))?.value as PoolMemory).schema).toBe(1);
    expect(world.logged.join()).toContain('cannot be understood');
  });
});
