import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { seededRandom } from '../../infra/local/seeded-random';
import { RedisStateStore } from '../../shared/adapters/redis/redis-state-store';
import { instant, millis, permille } from '../../shared/domain/units';
import { type Ports } from '../../shared/ports/ports';
import { type PolicyParts } from '../support/builders';
import { createWorld, type World } from '../support/in-process-world';
import { type RedisServer, startRedis } from '../support/redis-server';
import { isWrite, watchPorts } from '../support/watched-ports';

/** Real time to race for; a minute or more by the variable. */
const RACE_MS = 1000 * Number(process.env['EVENKEEL_RACE_SECONDS'] ?? 10);
/** Longer than a lease: then the other one gets it. */
const FROZEN_MS = 50_000;
const COUNT = 6;
const LOOKS_MAX = 60;

/** Short times, so that the race is about something all the time. */
const QUICK: PolicyParts = {
  heal: {
    ejection: { baseMs: millis(5000), maxMs: millis(10_000), decayMs: millis(600_000) },
    slowStart: { steps: 3, durationMs: millis(15_000), firstShare: permille(200) },
  },
  ladder: { rungs: ['drain'], settleMs: millis(5000) },
  guards: {
    budget: { windowMs: millis(60_000), share: permille(1000), count: 100 },
    ejectedShareMax: permille(400),
  },
};

let server: RedisServer;
const stores: RedisStateStore[] = [];
beforeAll(async () => {
  server = await startRedis();
}, 60_000);
afterAll(async () => {
  stores.forEach((store) => store.close());
  await server.stop();
});

interface Racer {
  readonly name: string;
  readonly ports: Ports;
}

/** What was counted; each kind apart. */
interface Tally {
  rounds: number;
  /** Rounds in which both came at once, and how many of them got the lease. */
  atOnce: number;
  bothGotIt: number;
  /** A worker was frozen at a write and thawed after its lease had passed to the other. */
  frozen: number;
  refusedByStore: number;
  withheld: number;
  lateLandings: number;
  repaired: number;
}

/** Holds up the next write until it is let go. */
class Freezer {
  private gate: { readonly at: 'call' | 'wire'; count: number } | null = null;
  private frozen: (() => void) | null = null;
  private onFrozen: () => void = () => undefined;

  /** The `count`-th write from now on: before it is made, or, of a call to the cloud, when it is on its way already. */
  arm(at: 'call' | 'wire', count: number): Promise<'frozen'> {
    this.gate = { at, count };
    return new Promise((resolve) => {
      this.onFrozen = () => resolve('frozen');
    });
  }

  disarm(): void {
    this.gate = null;
  }

  thaw(): void {
    this.frozen?.();
    this.frozen = null;
  }

  /** True when it was held up here. */
  async pass(at: 'call' | 'wire'): Promise<boolean> {
    if (this.gate?.at !== at || (this.gate.count -= 1) > 0) return false;
    this.gate = null;
    const thawed = new Promise<void>((resolve) => {
      this.frozen = resolve;
    });
    this.onFrozen();
    await thawed;
    return true;
  }
}

const CHANGES_WEIGHTS = /^Set(BackendServers|VServerGroupAttribute)$/;

/** Requests of weights may be held up on the wire: then they land late, whatever their caller's deadline was. */
function slowWire(world: World, freezer: Freezer, tally: Tally): void {
  const { rpc } = world.region;
  const direct = rpc.call.bind(rpc);
  Object.assign(rpc, {
    call: async (...[request, options]: Parameters<typeof direct>) => {
      if (!CHANGES_WEIGHTS.test(request.action) || !(await freezer.pass('wire')))
        return direct(request, options);
      const before = JSON.stringify(world.weights());
      const deadline = instant(world.clock.now() + 10_000);
      const reply = await direct(request, { ...options, deadline });
      await world.pass(1000);
      if (JSON.stringify(world.weights()) !== before) tally.lateLandings += 1;
      return reply;
    },
  });
}

function racer(name: string, world: World, freezer: Freezer, tally: Tally): Racer {
  const store = new RedisStateStore({
    settings: server.settings(),
    clock: world.clock,
    time: 'clock',
  });
  stores.push(store);
  const ports = watchPorts({ ...world.ports, store }, async (call, proceed) => {
    if (isWrite(call)) await freezer.pass('call');
    const result = await proceed();
    const isRefused = result === 'fenced' || (call.name === 'store.isFenced' && result === true);
    if (isRefused) tally.refusedByStore += 1;
    return result;
  });
  return { name, ports };
}

const wanted = (world: World, sick: number | null): readonly number[] =>
  world.instanceIds.map((_, index) => (index === sick ? 0 : 100));

/** Looks by both in turn until the weights are as they should be. False when they do not become so. */
async function settles(
  world: World,
  racers: readonly Racer[],
  sick: number | null,
): Promise<boolean> {
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const { name, ports } = racers[look % racers.length]!;
    await world.work({ ports, holder: name });
    const weights = world.instanceIds.map((id) => world.weightOf(id));
    if (JSON.stringify(weights) === JSON.stringify(wanted(world, sick))) return true;
    await world.pass(5000);
  }
  return false;
}

interface Round {
  readonly freezer: Freezer;
  readonly tally: Tally;
  readonly draw: (below: number) => number;
}

/** The first is frozen at some write of its tick until the second has its lease and has looked, and then goes on. */
async function freezeOne(
  world: World,
  [victim, successor]: readonly [Racer, Racer],
  { freezer, tally, draw }: Round,
): Promise<void> {
  const at = draw(3) === 0 ? 'call' : 'wire';
  const frozen = freezer.arm(at, at === 'wire' ? 1 : 1 + draw(8));
  const known = world.ticks.length;
  const working = world.work({ ports: victim.ports, holder: victim.name });
  const first = await Promise.race([frozen, working]);
  if (first !== 'frozen') {
    freezer.disarm();
    return;
  }
  tally.frozen += 1;
  await world.pass(FROZEN_MS);
  for (let look = 0; look <= draw(3); look += 1) {
    await world.work({ ports: successor.ports, holder: successor.name });
    await world.pass(5000);
  }
  freezer.thaw();
  await working;
  const late = world.ticks
    .slice(known)
    .filter(({ request }) => request.lease.holder === victim.name);
  const steps = late.flatMap(({ outcome }) => outcome.steps);
  tally.withheld += steps.filter(({ result }) => result.kind === 'not-sent').length;
}

describe('two workers on one Redis', () => {
  it(
    `racing for ${RACE_MS / 1000} s: the store refuses stale tokens, cloud writes are withheld, and what lands late is set right`,
    async () => {
      const tally: Tally = {
        ...{ rounds: 0, atOnce: 0, bothGotIt: 0, frozen: 0 },
        ...{ refusedByStore: 0, withheld: 0, lateLandings: 0, repaired: 0 },
      };
      const world = await createWorld({ count: COUNT, policy: QUICK });
      const freezer = new Freezer();
      slowWire(world, freezer, tally);
      const racers = [
        racer('one', world, freezer, tally),
        racer('other', world, freezer, tally),
      ] as const;
      const random = seededRandom(7);
      const draw = (below: number): number => Math.floor(random() * below);
      const round = { freezer, tally, draw };
      expect(await settles(world, racers, null)).toBe(true);
      const endAt = performance.now() + RACE_MS;
      let sick: number | null = null;
      while (performance.now() < endAt) {
        tally.rounds += 1;
        if (sick === null) {
          sick = draw(COUNT);
          const id = world.instanceIds[sick]!;
          await world.region.ecs.injectFaults(id, { isCrashed: true }, 'reboot');
        } else {
          await world.region.ecs.clearFaults(world.instanceIds[sick]!);
          sick = null;
        }
        await world.pass(15_000);
        const results = await Promise.all(
          racers.map(({ name, ports }) => world.work({ ports, holder: name })),
        );
        tally.atOnce += 1;
        if (results.every(({ kind }) => kind === 'worked')) tally.bothGotIt += 1;
        const landed = tally.lateLandings;
        const [one, other] = racers;
        await freezeOne(world, draw(2) === 0 ? [one, other] : [other, one], round);
        const isSettled = await settles(world, racers, sick);
        expect({ round: tally.rounds, isSettled }).toMatchObject({ isSettled: true });
        tally.repaired += tally.lateLandings - landed;
      }
      world.stop();
      process.stderr.write(
        `two workers on one Redis, ${RACE_MS / 1000} s: ${JSON.stringify(tally)}\n`,
      );
      expect(tally).toMatchObject({ bothGotIt: 0, repaired: tally.lateLandings });
      for (const what of ['frozen', 'refusedByStore', 'withheld', 'lateLandings'] as const)
        expect(tally[what]).toBeGreaterThan(0);
    },
    RACE_MS + 120_000,
  );
});
