import { afterEach, describe, expect, it } from '@jest/globals';
import { MemoryStateStore } from '../../../shared/adapters/memory/memory-state-store';
import { type FleetPolicy } from '../../../shared/config/fleet-policy';
import { DRAIN_TAG, drainsKey } from '../../../shared/domain/store-keys';
import { instant } from '../../../shared/domain/units';
import { operate } from '../../../shared/operate/operate';
import { operatorRequest } from '../../../shared/operate/operator-request';
import { type Ports } from '../../../shared/ports/ports';
import { createWorld, type World } from '../../support/in-process-world';

const worlds: World[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

/** A pool, and a person who gives orders by the functions' own store or from a machine with another one. */
async function aPerson() {
  const world = await createWorld({ count: 6 });
  worlds.push(world);
  await world.tick();
  const elsewhere: Ports = { ...world.ports, store: new MemoryStateStore(world.clock) };
  const ask = async (verb: 'drain' | 'undrain', instanceId: string, ports = elsewhere) =>
    operate(
      operatorRequest.parse({
        ...{ verb, pool: 'web', instanceId, by: 'ann' },
        ...(verb === 'drain' && { reason: 'kernel' }),
      }),
      {
        fleet: { pools: [world.policy] } as Partial<FleetPolicy> as FleetPolicy,
        policyHash: 'x',
        ports,
        deadline: instant(world.clock.now() + 60_000),
        holder: 'ann',
        newTickId: () => 'x',
      },
    );
  const work = async (ticks: number) => {
    for (let tick = 0; tick < ticks; tick += 1) {
      await world.pass(10_000);
      await world.tick();
    }
  };
  return { world, ask, work };
}

describe('orders that the functions’ store does not know', () => {
  it('count by their tags, one after the other, and end with them', async () => {
    const { world, ask, work } = await aPerson();
    const [first, second] = [world.instanceIds[0]!, world.instanceIds[1]!];
    await ask('drain', first);
    await work(3);
    expect(world.weightOf(first)).toBe(0);
    await ask('drain', second);
    await work(3);
    expect(world.weightOf(second)).toBe(0);
    await ask('undrain', first);
    await work(4);
    expect([world.weightOf(first), world.weightOf(second)]).toEqual([100, 0]);
  });

  it('can be taken back by the functions’ store, though the tag cannot be removed', async () => {
    const { world, ask, work } = await aPerson();
    const id = world.instanceIds[0]!;
    await ask('drain', id);
    await work(3);
    const tag = world.tagsOf(id).get(DRAIN_TAG)!;
    expect(await ask('undrain', id, world.ports)).toMatchObject({ wasOrdered: true });
    world.setTag(id, DRAIN_TAG, tag);
    await work(4);
    expect(world.weightOf(id)).toBe(100);
  });

  it('count again when they are given again after that', async () => {
    const { world, ask, work } = await aPerson();
    const id = world.instanceIds[0]!;
    await ask('drain', id, world.ports);
    await work(3);
    await ask('undrain', id, world.ports);
    await work(4);
    await ask('drain', id);
    await work(3);
    expect(world.weightOf(id)).toBe(0);
  });

  it('count beside a document that is damaged, which a person can then replace', async () => {
    const { world, ask, work } = await aPerson();
    const [first, second] = [world.instanceIds[0]!, world.instanceIds[1]!];
    await world.store.compareAndSet(drainsKey('web'), [null, 7, { instanceId: 3 }], null);
    await ask('drain', first);
    await work(3);
    expect(world.weightOf(first)).toBe(0);
    await ask('drain', second, world.ports);
    await work(3);
    expect(world.weightOf(second)).toBe(0);
  });

  it('do not outweigh one that it knows and whose tag is gone', async () => {
    const { world, ask, work } = await aPerson();
    const id = world.instanceIds[0]!;
    await ask('drain', id, world.ports);
    await work(2);
    world.region.ecs.demand(id).tags.delete(DRAIN_TAG);
    await work(3);
    expect(world.weightOf(id)).toBe(0);
  });
});
