import { afterEach, describe, expect, it } from '@jest/globals';
import { CloudError } from '../../../shared/domain/cloud-error';
import { type BackendMemory, EMPTY_MEMORY, type PoolMemory } from '../../../shared/domain/memory';
import { type PoolSnapshot } from '../../../shared/domain/pool';
import { reading } from '../../../shared/domain/reading';
import { DRAIN_TAG, drainsKey, liftedKey, memoryKey } from '../../../shared/domain/store-keys';
import { instant, millis, plus } from '../../../shared/domain/units';
import { healthOf } from '../../../shared/observe/observe-health';
import { observePool } from '../../../shared/observe/observe-pool';
import { type HealthRow } from '../../../shared/ports/load-balancer';
import { type Ports } from '../../../shared/ports/ports';
import { chanceFrom } from '../../support/arbitraries';
import { aListener, KEY, NOW, secondsAgo, TARGET } from '../../support/builders';
import { createWorld, type World, type WorldOptions } from '../../support/in-process-world';
import { mutated } from '../../../infra/simulation/mutate';
import { watchPorts } from '../../support/watched-ports';

const worlds: World[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

async function aWorld(options: Partial<WorldOptions> = {}): Promise<World> {
  const world = await createWorld({ count: 4, ...options });
  worlds.push(world);
  return world;
}

async function look(
  world: World,
  previous: PoolSnapshot | null = null,
  ports: Ports = world.ports,
): Promise<PoolSnapshot> {
  const now = world.clock.now();
  const lease = { name: 'pool/web', holder: 'w', token: 1, expiresAt: plus(now, 45_000) };
  return observePool(
    {
      tickId: 't',
      policy: world.policy,
      policyHash: 'p',
      wake: { source: previous === null ? 'timer' : 'watch', detail: '', at: now },
      startedAt: now,
      deadline: plus(now, 33_000),
      lease,
    },
    ports,
    previous,
  );
}

/** Ports that count the instances ECS was asked for, call by call. */
function counted(world: World): { readonly ports: Ports; readonly asked: readonly string[][] } {
  const asked: string[][] = [];
  const ports = watchPorts(world.ports, (call, proceed) => {
    if (call.name === 'compute.describeInstances')
      asked.push([...(call.arguments[0] as readonly string[])]);
    return proceed();
  });
  return { ports, asked };
}

const remember = (world: World, memory: PoolMemory) =>
  world.store.compareAndSet(memoryKey('web'), memory, null);

describe('what ECS is asked', () => {
  it('is nothing new within half the freshness limit, and everything after it', async () => {
    const world = await aWorld();
    await world.tick();
    const { ports, asked } = counted(world);
    const first = await look(world, null, ports);
    await world.pass(5000);
    const second = await look(world, first, ports);
    expect(asked).toHaveLength(1);
    await world.pass(90_000);
    await look(world, second, ports);
    expect(asked.map((ids) => ids.length)).toEqual([4, 4]);
  });

  it('is only about those that something is going on with: not running, held back, or marked', async () => {
    const world = await aWorld({
      tagsOf: (index) => (index === 1 ? { 'evenkeel:heal:web': 'v1' } : {}),
    });
    const { ports, asked } = counted(world);
    const first = await look(world, null, ports);
    const held = {
      ...(await world.tick()).proposal.verdicts[0]!.memoryIfDone,
      state: 'ejected' as const,
    };
    const document = await world.store.read(memoryKey('web'));
    const memory = document!.value as PoolMemory;
    await world.store.compareAndSet(
      memoryKey('web'),
      { ...memory, backends: { ...memory.backends, [world.instanceIds[3]!]: held } },
      document!.version,
    );
    await look(world, first, ports);
    expect(asked.at(-1)!.sort()).toEqual([world.instanceIds[1]!, world.instanceIds[3]!].sort());
  });

  it('and cannot be learnt stays as it was seen last, until that is too old', async () => {
    const world = await aWorld();
    await world.tick();
    const first = await look(world);
    world.region.faults.set('internal-error', { product: 'Ecs' });
    await world.pass(100_000);
    const second = await look(world, first);
    expect(second.backends.map(({ instance, probe }) => `${instance.kind} ${probe.kind}`)).toEqual(
      Array.from({ length: 4 }, () => 'ok ok'),
    );
    await world.pass(100_000);
    const third = await look(world, second);
    expect(third.backends.map(({ instance }) => instance.kind)).toEqual([
      'stale',
      'stale',
      'stale',
      'stale',
    ]);
  });

  it('about tags is remembered only where the tag is one of ours', async () => {
    const world = await aWorld({
      tagsOf: () => ({ 'db-password': 'hunter2', 'evenkeel:protected': 'yes' }),
    });
    const { backends } = await look(world);
    expect(backends[0]!.instance).toMatchObject({
      value: { tags: { 'evenkeel:protected': 'yes' } },
    });
    expect(JSON.stringify(backends)).not.toContain('hunter2');
  });
});

describe('signals that a look can do without', () => {
  it.each(['forbidden', 'internal-error', 'throttling', 'html', 'hang', 'reset'] as const)(
    'A6: are missing alike at whichever layer their read fails (%s)',
    async (fault) => {
      const world = await aWorld();
      world.region.faults.set(fault, { product: 'Cms' });
      world.region.faults.set(fault, { product: 'Ecs' });
      const { metrics, backends } = await look(world);
      const missing = { kind: 'missing', reason: 'read-failed' };
      expect(metrics).toEqual({
        unhealthyServerCount: missing,
        qps: missing,
        responseTimeMs: missing,
        upstream5xx: missing,
      });
      expect(backends.map(({ instance, events, cpu }) => [instance, events, cpu])).toEqual(
        Array.from({ length: 4 }, () => [missing, missing, missing]),
      );
      expect(backends[0]!.attachments[0]!.health).toMatchObject({
        kind: 'ok',
        value: [{ verdict: 'normal' }],
      });
    },
  );

  it('do not use up the time in which a backend could be healed when they hang', async () => {
    const world = await aWorld();
    const hanging = watchPorts(world.ports, async (call, proceed) => {
      if (!/^(compute\.describe|metrics)/.test(call.name)) return proceed();
      const { deadline } = call.arguments.at(-1) as { readonly deadline: number };
      await world.clock.sleep(millis(deadline - world.clock.now()));
      throw new CloudError({
        action: call.name,
        code: 'Timeout',
        reaction: 'retry',
        isAmbiguous: false,
        message: 'no answer',
      });
    });
    const startedAt = world.clock.now();
    const { takenAt } = await look(world, null, hanging);
    expect(takenAt - startedAt).toBeLessThan(20_000);
  });

  it('kept from the last look grow stale with their age', async () => {
    const world = await aWorld();
    await world.pass(240_000);
    const first = await look(world);
    expect(first.metrics.unhealthyServerCount.kind).toBe('ok');
    const old = {
      ...first,
      metrics: {
        ...first.metrics,
        unhealthyServerCount: {
          kind: 'ok' as const,
          value: 0,
          sampledAt: instant(world.clock.now() - 179_000),
        },
      },
    };
    await world.pass(5000);
    const second = await look(world, old);
    expect(second.metrics.unhealthyServerCount.kind).toBe('stale');
  });
});

describe('what is looked up before a repair', () => {
  const held = (
    memory: BackendMemory,
    verifyAt: number,
    rung: 'drain' | 'replace' = 'drain',
  ): BackendMemory => ({
    ...memory,
    state: 'ejected',
    ladder: {
      rung,
      operationId: '',
      startedAt: instant(0),
      verifyAt: instant(verifyAt),
      invokeId: null,
    },
  });

  it('is for those whose wait is over, and those that wait for a person do not stand in their way', async () => {
    const world = await aWorld({ count: 9 });
    const [known] = (await world.tick()).proposal.verdicts.map((verdict) => verdict.memoryIfDone);
    world.loseStore();
    const now = world.clock.now();
    const entries = [...world.instanceIds]
      .sort()
      .map((id, index) => [
        id,
        index < 6
          ? held(known!, 0, 'replace')
          : held(known!, index === 8 ? now + 60_000 : now - 1000),
      ]);
    await remember(world, {
      ...EMPTY_MEMORY,
      backends: Object.fromEntries(entries) as PoolMemory['backends'],
    });
    const { backends } = await look(world);
    expect(backends.map(({ otherServices }) => otherServices.kind)).toEqual([
      ...Array.from({ length: 6 }, () => 'missing'),
      'ok',
      'ok',
      'missing',
    ]);
  });

  it('is for those, too, whose wait ends while the signals are still being gathered', async () => {
    const world = await aWorld();
    const [known] = (await world.tick()).proposal.verdicts.map((verdict) => verdict.memoryIfDone);
    world.loseStore();
    const startedAt = world.clock.now();
    const ids = [...world.instanceIds].sort();
    await remember(world, {
      ...EMPTY_MEMORY,
      backends: {
        [ids[0]!]: held(known!, startedAt + 1),
        [ids[1]!]: held(known!, startedAt + 11_000),
      },
    });
    const { backends, takenAt } = await look(world);
    expect(takenAt).toBeGreaterThan(startedAt);
    expect(backends.map(({ otherServices }) => otherServices.kind)).toEqual([
      ...['ok', 'missing', 'missing', 'missing'],
    ]);
  });

  it('is for suspects, too, where a repair is the first rung', async () => {
    const world = await aWorld({ policy: { ladder: { rungs: ['restart'] } } });
    const [known] = (await world.tick()).proposal.verdicts.map((verdict) => verdict.memoryIfDone);
    world.loseStore();
    await remember(world, {
      ...EMPTY_MEMORY,
      backends: { [world.instanceIds[0]!]: { ...known!, state: 'suspect' } },
    });
    const { backends } = await look(world);
    expect(
      backends.find(({ instanceId }) => instanceId === world.instanceIds[0])!.otherServices.kind,
    ).toBe('ok');
  });
});

describe('health behind several listeners', () => {
  const listeners = [
    aListener(80),
    { ...aListener(81), hasHealthCheck: false },
    { ...aListener(82), isRunning: false },
    aListener(83),
  ];
  const target = { target: TARGET, key: KEY, listeners };
  const member = { serverId: 'i-0', port: 8080, weight: 100, type: 'ecs' as const };
  const row = (listenerPort: number) => ({
    serverId: 'i-0',
    port: 8080,
    listenerPort,
    verdict: 'abnormal' as const,
  });
  it('is told for each that runs; one that checks nobody, or has not yet, avoids nobody', () => {
    const health = { rows: [row(80), row(81), row(82)] as HealthRow[], sampledAt: NOW };
    expect(healthOf(member, target, health, { now: NOW, freshFor: millis(0) })).toEqual({
      kind: 'ok',
      sampledAt: NOW,
      value: [
        { listenerPort: 80, verdict: 'abnormal' },
        { listenerPort: 81, verdict: 'unavailable' },
        { listenerPort: 83, verdict: 'unavailable' },
      ],
    });
  });
});

describe('how fresh a reading is', () => {
  it('counts from its question: what was answered at once does not grow younger while another answer is waited for', async () => {
    const world = await aWorld();
    const askedAt = new Map<string, number>();
    const slow = watchPorts(world.ports, async (call, proceed) => {
      askedAt.set(call.name, world.clock.now());
      const answer = await proceed();
      if (/describe(Events|Health)$/.test(call.name)) await world.clock.sleep(millis(5_000));
      return answer;
    });
    const { backends } = await look(world, null, slow);
    const of = (call: string) => ({ kind: 'ok', sampledAt: askedAt.get(call) });
    for (const { instance, events, attachments } of backends) {
      expect(instance).toMatchObject(of('compute.describeInstances'));
      expect(events).toMatchObject(of('compute.describeEvents'));
      expect(attachments[0]!.health).toMatchObject(of('loadBalancer.describeHealth'));
    }
  });

  it.each<[string, number, string]>([
    ['at its limit', 30, 'ok'],
    ['beyond it', 30.001, 'stale'],
    ['as far ahead as clocks may differ', -5, 'ok'],
    ['further ahead', -5.001, 'stale'],
    ['a day ahead', -86_400, 'stale'],
  ])('%s', (_name, secondsBack, kind) => {
    expect(reading(1, secondsAgo(secondsBack), NOW, millis(30_000)).kind).toBe(kind);
  });
});

describe('what the store remembers', () => {
  it('is believed only where every part of it can be understood', async () => {
    const world = await aWorld();
    await world.region.ecs.injectFaults(world.instanceIds[2]!, { errorShare: 600 });
    for (let count = 0; count < 4; count += 1) await world.tick();
    const sound = (await world.store.read(memoryKey('web')))!.value;
    for (let seed = 1; seed <= 150; seed += 1) {
      world.loseStore();
      await world.store.compareAndSet(memoryKey('web'), mutated(sound, chanceFrom(seed)), null);
      const tick = await world.tick();
      expect(['store', 'tags', 'none']).toContain(tick.pool.memorySource);
      expect(tick.proposal.verdicts).toHaveLength(4);
    }
    expect(
      world.logged.filter((line) => line.includes('cannot be understood')).length,
    ).toBeGreaterThan(50);
  });

  it('of drain orders counts as far as it can be read; what only tags remember counts where it has nothing', async () => {
    const until = 1_900_000_000_000;
    const world = await aWorld({
      tagsOf: (index) => {
        const tag = [';ann;kernel; twice', 'soon', `${until};bob`, ''][index];
        return tag === undefined ? {} : { [DRAIN_TAG]: tag };
      },
    });
    expect(
      (await look(world)).drainOrders.map(({ by, reason, until }) => [by, reason, until]).sort(),
    ).toEqual([
      ['ann', 'kernel; twice', null],
      ['bob', '', until],
    ]);
    expect(world.logged.filter((line) => line.startsWith('a drain tag')).sort()).toEqual(
      [world.instanceIds[1]!, world.instanceIds[3]!]
        .sort()
        .map((instanceId) => `a drain tag cannot be understood ${JSON.stringify({ instanceId })}`),
    );
    const order = {
      instanceId: world.instanceIds[3]!,
      by: 'bob',
      reason: 'x',
      at: world.clock.now(),
      until: null,
    };
    await world.store.compareAndSet(drainsKey('web'), [order, { instanceId: 7 }], null);
    const by = async () => (await look(world)).drainOrders.map((one) => one.by).sort();
    expect(await by()).toEqual(['ann', 'bob', 'bob']);
    const known = await world.store.read(drainsKey('web'));
    await world.store.compareAndSet(drainsKey('web'), [], known!.version);
    expect(await by()).toEqual(['ann', 'bob']);
    await world.store.compareAndSet(
      liftedKey('web'),
      { [world.instanceIds[0]!]: world.clock.now() },
      null,
    );
    expect(await by()).toEqual(['bob']);
  });
});
