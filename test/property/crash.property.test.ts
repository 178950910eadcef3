import { afterEach, describe, expect, it } from '@jest/globals';
import { type FleetPolicy } from '../../shared/config/fleet-policy';
import { healTag } from '../../shared/domain/heal-tag';
import { instant, millis, permille } from '../../shared/domain/units';
import { liftDrain, orderDrain } from '../../shared/operate/order-drain';
import { type PolicyParts } from '../support/builders';
import { createWorld, type World } from '../support/in-process-world';
import { Crash, mortalPorts, watchPorts } from '../support/watched-ports';

/** Short times, so that a whole episode (suspect, out, restart, back by slow start) takes some twenty looks. */
const QUICK: PolicyParts = {
  heal: {
    ejection: { baseMs: millis(5000), maxMs: millis(60_000), decayMs: millis(600_000) },
    slowStart: { steps: 3, durationMs: millis(15_000), firstShare: permille(100) },
  },
  ladder: {
    rungs: ['drain', 'restart', 'reboot'],
    settleMs: millis(10_000),
    restart: {
      command: 'systemctl restart app',
      timeoutMs: millis(10_000),
      waitMs: millis(10_000),
    },
    reboot: { waitMs: millis(40_000), force: false },
  },
  guards: {
    budget: { windowMs: millis(60_000), share: permille(1000), count: 10 },
    ejectedShareMax: permille(300),
  },
};
const SICK = 2;
const LOOKS_MAX = 60;
/** Longer than a lease: a successor of a crashed worker comes no sooner. */
const SUCCESSION_MS = 60_000;

const worlds: World[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

async function sickWorld(
  survives: 'nothing' | 'restart' = 'nothing',
  policy: PolicyParts = QUICK,
): Promise<World> {
  const world = await createWorld({
    count: 5,
    policy,
    weightOf: (index) => [100, 80, 60, 40, 100][index]!,
  });
  worlds.push(world);
  await world.tick();
  await world.region.ecs.injectFaults(
    world.instanceIds[SICK]!,
    { errorShare: 500, latencyFactor: 8000 },
    survives,
  );
  return world;
}

/** Looks every five seconds until the pool has been quiet for some looks. Gives the number of looks. */
async function settle(world: World): Promise<number> {
  for (let looks = 1, quiet = 0; looks <= LOOKS_MAX; looks += 1) {
    const tick = await world.tick();
    quiet = tick.proposal.isUnsteady ? 0 : quiet + 1;
    if (quiet === 4) return looks;
    await world.pass(5000);
  }
  throw new Error(
    `Still unsteady after ${LOOKS_MAX} looks: ${JSON.stringify(world.ticks.at(-1)?.proposal.verdicts.map(({ nextState, reason, detail }) => ({ nextState, reason, detail })))}`,
  );
}

/** What must be the same with and without a crash. */
const endOf = (world: World) => ({
  weights: Object.values(world.weights()),
  marks: world.instanceIds.filter((id) => world.tagsOf(id).has(healTag(world.policy.name))).length,
  restarts: [...world.region.runtime.restarts.values()],
  reboots: world.calls('Ecs.RebootInstances'),
  isWell: world.region.ecs.find(world.instanceIds[SICK]!)!.faults.errorShare === 0,
});

const HEALED = {
  weights: [100, 80, 60, 40, 100],
  marks: 0,
  restarts: [1],
  reboots: 0,
  isWell: true,
};

const wantedEnd = (survives: 'nothing' | 'restart') => ({
  ...HEALED,
  reboots: survives === 'nothing' ? 0 : 1,
});

/** The looks of an undisturbed episode that did or concluded something: there a crash matters. */
async function eventfulLooks(survives: 'nothing' | 'restart'): Promise<readonly number[]> {
  const world = await sickWorld(survives);
  await settle(world);
  const looks = world.ticks.slice(1).map((tick, index) => ({
    index,
    isEventful:
      tick.proposal.steps.length > 0 ||
      tick.proposal.verdicts.some((verdict) => verdict.state !== verdict.nextState),
  }));
  expect(endOf(world)).toEqual(wantedEnd(survives));
  return looks.filter(({ isEventful }) => isEventful).map(({ index }) => index);
}

/** Runs an episode, with the worker of one look dying after its n-th write; `after` is null when it has fewer writes. */
async function episodeWithCrash(
  survives: 'nothing' | 'restart',
  look: number,
  write: number,
): Promise<{ readonly world: World; readonly after: string | null }> {
  const world = await sickWorld(survives);
  for (let before = 0; before < look; before += 1) {
    await world.tick();
    await world.pass(5000);
  }
  const mortal = mortalPorts(world.ports, write);
  const end = await world
    .work({ ports: mortal.ports, holder: 'mortal' })
    .catch((error: unknown) => error);
  if (!(end instanceof Crash)) return { world, after: null };
  await world.pass(SUCCESSION_MS);
  await settle(world);
  return { world, after: mortal.lastWords() };
}

describe('a worker that dies in the middle of healing', () => {
  it.each(['nothing', 'restart'] as const)(
    'leaves a world that its successor heals as if nothing had happened, after whichever write it dies (fault survives: %s)',
    async (survives) => {
      const looks = await eventfulLooks(survives);
      const wanted = wantedEnd(survives);
      const strays: { readonly after: string; readonly end: unknown }[] = [];
      let crashes = 0;
      for (const look of looks)
        for (let write = 0; ; write += 1) {
          const { world, after } = await episodeWithCrash(survives, look, write);
          if (after === null) break;
          crashes += 1;
          const end = endOf(world);
          if (JSON.stringify(end) !== JSON.stringify(wanted)) strays.push({ after, end });
          expect(end.restarts).toEqual([1]);
          expect(end.reboots).toBeLessThanOrEqual(wanted.reboots);
          worlds.splice(0).forEach((each) => each.stop());
        }
      expect(looks.length).toBeGreaterThan(4);
      expect(crashes).toBeGreaterThan(40);
      // A reboot has no client token: noted and perhaps not sent, it is not sent again. It stays out and people are called.
      const held = {
        ...wanted,
        weights: [100, 80, 0, 40, 100],
        marks: 1,
        reboots: 0,
        isWell: false,
      };
      expect(strays).toEqual(
        survives === 'nothing'
          ? []
          : [{ after: 'after store.compareAndSet operations', end: held }],
      );
    },
    200_000,
  );

  it('calls people when a reboot was noted and its worker died before it could be sent', async () => {
    const world = await sickWorld('restart');
    const reboot = (await eventfulLooks('restart'))[3]!;
    for (let before = 0; before < reboot; before += 1) {
      await world.tick();
      await world.pass(5000);
    }
    await expect(
      world.work({
        ports: watchPorts(world.ports, (call, proceed) =>
          call.name === 'compute.reboot'
            ? Promise.reject(new Crash('before the reboot'))
            : proceed(),
        ),
      }),
    ).rejects.toThrow(Crash);
    await world.pass(SUCCESSION_MS);
    await settle(world);
    expect(world.alerts.map(({ reason }) => reason)).toContain('repair-exhausted');
    expect(world.calls('Ecs.RebootInstances')).toBe(0);
  });
});

describe('a state store that is lost while a backend is being healed', () => {
  it.each(['nothing', 'restart'] as const)(
    'costs no base weight, no second repair and no mark, whenever it is lost (fault survives: %s)',
    async (survives) => {
      const undisturbed = await sickWorld(survives);
      const looks = await settle(undisturbed);
      for (let lostBefore = 1; lostBefore < looks; lostBefore += 1) {
        const world = await sickWorld(survives);
        for (let before = 0; before < lostBefore; before += 1) {
          await world.tick();
          await world.pass(5000);
        }
        world.loseStore();
        await settle(world);
        expect({ lostBefore, ...endOf(world) }).toEqual({ lostBefore, ...wantedEnd(survives) });
        world.stop();
      }
    },
    100_000,
  );

  it('costs nothing when it is lost before every single look', async () => {
    const world = await sickWorld();
    for (let look = 0; look < 40; look += 1) {
      await world.tick();
      world.loseStore();
      await world.pass(5000);
    }
    const {
      restarts: [restarts = 0],
      weights,
    } = endOf(world);
    expect(restarts).toBeLessThanOrEqual(1);
    expect(weights[0]).toBe(100);
  });

  it('costs no drain order: the tag keeps it, every order can be lifted by itself, and the backend returns to its weight', async () => {
    const world = await createWorld({ count: 5, policy: QUICK });
    worlds.push(world);
    const [ann, bob] = [world.instanceIds[0]!, world.instanceIds[1]!];
    const context = () => ({
      fleet: {} as FleetPolicy, // an order is about one pool
      ports: world.ports,
      policyHash: 'p',
      deadline: instant(world.clock.now() + 10_000),
      holder: 'cli',
      newTickId: () => 't',
    });
    const order = (instanceId: string, by: string) => ({
      instanceId,
      by,
      reason: 'kernel',
      at: world.clock.now(),
      until: null,
    });
    await world.tick();
    await orderDrain(world.policy, order(ann, 'ann'), context());
    await orderDrain(world.policy, order(bob, 'bob'), context());
    await settle(world);
    expect([world.weightOf(ann), world.weightOf(bob)]).toEqual([0, 0]);
    world.loseStore();
    await settle(world);
    expect([world.weightOf(ann), world.weightOf(bob)]).toEqual([0, 0]);
    await liftDrain(world.policy, { instanceId: ann, by: 'ann' }, context());
    await settle(world);
    expect([world.weightOf(ann), world.weightOf(bob)]).toEqual([100, 0]);
  });
});

describe('a doubled or contended wake-up', () => {
  it('the same request twice leaves the same world', async () => {
    const [once, twice] = [await sickWorld(), await sickWorld()];
    for (let look = 0; look < 24; look += 1) {
      await once.tick();
      await once.pass(5000);
      await twice.tick();
      await twice.work({ ports: { ...twice.ports, prober: once.ports.prober } });
      await twice.pass(2500);
    }
    await settle(twice);
    await settle(once);
    expect(endOf(twice)).toEqual(endOf(once));
    expect(endOf(twice)).toEqual(HEALED);
  });

  it('two workers on one pool: one works, the other is told that it is busy, and nothing is done twice', async () => {
    const world = await sickWorld();
    const results: string[] = [];
    for (let look = 0; look < 24; look += 1) {
      const both = await Promise.all([
        world.work({ holder: 'one' }),
        world.work({ holder: 'two' }),
      ]);
      results.push(
        both
          .map(({ kind }) => kind)
          .sort()
          .join(),
      );
      await world.pass(5000);
    }
    expect(new Set(results)).toEqual(new Set(['busy,worked']));
    expect(endOf(world)).toEqual(HEALED);
  });

  it('a worker that was thought dead and wakes up late changes nothing: its tick is fenced off', async () => {
    const world = await sickWorld();
    await world.tick();
    await world.pass(5000);
    const stalled = watchPorts(world.ports, async (call, proceed) => {
      if (
        call.name === 'loadBalancer.describeHealth' &&
        world.logged.every((line) => !line.includes('stalled'))
      ) {
        world.ports.log.info('stalled');
        await world.pass(50_000);
        await world.work({ holder: 'successor' });
      }
      return proceed();
    });
    await world.work({ ports: stalled, holder: 'stalled' });
    const late = world.ticks.at(-1)!;
    expect(late.request.lease.holder).toBe('stalled');
    expect(late.outcome.steps.filter(({ result }) => result.kind === 'done')).toEqual([]);
    await settle(world);
    expect(endOf(world)).toEqual(HEALED);
  });
});
