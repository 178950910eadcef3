import { afterEach, describe, expect, it } from '@jest/globals';
import { poolLease } from '../../../shared/domain/store-keys';
import { type Lease } from '../../../shared/domain/tick';
import { millis } from '../../../shared/domain/units';
import { createWorld, type World } from '../../support/in-process-world';
import { type PortCall, watchPorts } from '../../support/watched-ports';

const POOL = poolLease('web');
const worlds: World[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

/** Looks at a pool with a crashed backend until one has something to write; there, at that call, the lease is another's. */
async function stolenAt(isThere: (call: PortCall) => boolean): Promise<World> {
  const world = await createWorld({ count: 6 });
  worlds.push(world);
  await world.tick();
  await world.region.ecs.injectFaults(world.instanceIds[2]!, { isCrashed: true }, 'reboot');
  let held: Lease | null = null;
  const theft = { isDone: false };
  const ports = watchPorts(world.ports, async (call, proceed) => {
    if (held !== null && !theft.isDone && isThere(call)) {
      theft.isDone = true;
      await world.store.releaseLease(held);
      await world.store.acquireLease(POOL, 'thief', millis(45_000));
    }
    const result = await proceed();
    if (call.name === 'store.acquireLease' && call.arguments[0] === POOL) held = result as Lease;
    return result;
  });
  for (let looks = 0; looks < 20 && !theft.isDone; looks += 1) {
    await world.pass(5000);
    await world.work({ ports });
  }
  expect(theft.isDone).toBe(true);
  return world;
}

const results = (world: World): readonly string[] =>
  world.ticks.at(-1)!.outcome.steps.map(({ result }) => result.kind);

describe('a worker whose lease the store has given to another in the middle of its tick', () => {
  it('sends nothing to the cloud', async () => {
    const world = await stolenAt(({ name }) => name === 'store.isFenced');
    expect(world.writes()).toBe(0);
    expect(results(world)).toEqual(['not-sent', 'not-sent']);
  });

  it('while it waited for the write slot of a load balancer writes no weight', async () => {
    const world = await stolenAt(
      ({ name, arguments: [key] }) =>
        name === 'store.acquireLease' && String(key).startsWith('slot/'),
    );
    expect(world.calls('Slb.SetBackendServers')).toBe(0);
    expect(results(world)).toEqual(['done', 'not-sent']);
  });
});
