import { afterEach, describe, expect, it } from '@jest/globals';
import { CloudError } from '../../../shared/domain/cloud-error';
import { type InstanceFacts } from '../../../shared/domain/instance';
import { POOL_TAG, RETIRE_TAG } from '../../../shared/domain/ownership-tags';
import { reading, type Reading } from '../../../shared/domain/reading';
import { type MembershipPolicy } from '../../../shared/domain/scale-policy';
import { type Tick } from '../../../shared/domain/tick';
import { instant, millis } from '../../../shared/domain/units';
import { findContradictions } from '../../../shared/observe/observe-fleet';
import { type ListedInstance } from '../../../shared/ports/fleet';
import { inSeconds, NOW } from '../../support/builders';
import { anOwnedInstance } from '../../support/scale-builders';
import { createScaleWorld, type ScaleWorld } from '../../support/scale-world';
import { type Around, watchPorts } from '../../support/watched-ports';

const worlds: ScaleWorld[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

const list = (instances: readonly ListedInstance[]): Reading<readonly ListedInstance[]> =>
  reading(instances, NOW, NOW, millis(180_000));
const seen = (facts: Partial<InstanceFacts>): Reading<InstanceFacts> =>
  reading({ ...anOwnedInstance('x').facts, ...facts }, NOW, NOW, millis(180_000));
const found = (
  owned: Reading<readonly ListedInstance[]>,
  facts: Readonly<Record<string, Reading<InstanceFacts>>> = {},
) =>
  findContradictions({ owned, tagged: null }, new Map(Object.entries(facts)), { name: 'web' }, NOW);

describe('what contradicts itself', () => {
  it('is nothing where list and ids agree', () => {
    const owned = list([anOwnedInstance('i-1'), anOwnedInstance('i-2')]);
    expect(found(owned, { 'i-1': seen({}), 'i-9': seen({ tags: { [POOL_TAG]: 'api' } }) })).toEqual(
      [],
    );
  });

  it('is somebody listed twice', () => {
    const owned = list([anOwnedInstance('i-1'), anOwnedInstance('i-2'), anOwnedInstance('i-1')]);
    expect(found(owned)).toEqual(['i-1 is listed twice']);
  });

  it.each([
    [120, []],
    [121, ['i-1 was created in the future']],
  ])('is a creation %d s ahead of us: %j', (ahead, expected) => {
    const owned = list([anOwnedInstance('i-1', { facts: { createdAt: inSeconds(ahead) } })]);
    expect(found(owned)).toEqual(expected);
  });

  it('is who is there by its id and not on the list, and who is on the list and unknown by its id', () => {
    const owned = list([anOwnedInstance('i-2')]);
    expect(found(owned, { 'i-1': seen({}), 'i-2': seen({ status: 'Missing', tags: {} }) })).toEqual(
      [
        'i-1 is there by its id and absent from the list of its tag',
        'i-2 is on the list of its tag and unknown by its id',
      ],
    );
  });

  it('is the same of the list of the membership tag', () => {
    const membership = { tagKey: 'role', tagValue: 'web', weight: 100 } as MembershipPolicy;
    const facts = new Map([['i-1', seen({ tags: { role: 'web' } })]]);
    const lists = { owned: list([]), tagged: list([]) };
    expect(findContradictions(lists, facts, { name: 'web', membership }, NOW)).toEqual([
      'i-1 is there by its id and absent from the list of its tag',
    ]);
  });

  it('is found in two thousand instances in the time of a blink', () => {
    const many = Array.from({ length: 2000 }, (_, index) => anOwnedInstance(`i-${index}`));
    const facts = Object.fromEntries(many.map(({ instanceId }) => [instanceId, seen({})]));
    const startedAt = performance.now();
    expect(found(list([...many, many[0]!]), facts)).toEqual(['i-0 is listed twice']);
    expect(performance.now() - startedAt).toBeLessThan(250);
  });
});

type Listing = (listed: readonly ListedInstance[]) => readonly ListedInstance[];

/** The cloud lists as `change` says; a load that wants more instances than there are. */
async function aContradictedWorld(change: Listing): Promise<ScaleWorld & { truth: () => void }> {
  const world = await createScaleWorld({ demand: 7.2 });
  worlds.push(world);
  await world.live(1);
  let isLying = true;
  const around: Around = async (call, proceed) => {
    const reply = await proceed();
    return isLying && call.name === 'fleet.describeOwned'
      ? change(reply as readonly ListedInstance[])
      : reply;
  };
  const ports = watchPorts(world.ports, around);
  const { work } = world;
  return Object.assign(world, {
    work: (more = {}) => work({ ports, ...more }),
    truth: () => (isLying = false),
  });
}

const SCALING: readonly string[] = ['launch', 'start', 'register', 'deregister', 'stop', 'delete'];
const comings = (ticks: readonly Tick[]): readonly string[] =>
  ticks.flatMap(({ plan }) =>
    plan.steps
      .filter(
        (step) => SCALING.includes(step.kind) || (step.kind === 'tag' && RETIRE_TAG in step.tags),
      )
      .map(({ kind }) => kind),
  );

describe('an answer of an earlier tick', () => {
  it('does not contradict a list: whoever has left meanwhile is asked for once more', async () => {
    const world = await createScaleWorld({ demand: 4.4, policy: { watch: 'always' } });
    worlds.push(world);
    const [leaver] = world.instanceIds;
    const asked: (readonly string[])[] = [];
    let lists = 0;
    const ports = watchPorts(world.ports, (call, proceed) => {
      if (call.name === 'compute.describeInstances')
        asked.push(call.arguments[0] as readonly string[]);
      if (call.name === 'fleet.describeOwned' && (lists += 1) === 3)
        world.setTag(leaver!, POOL_TAG, 'api');
      return proceed();
    });
    await world.work({ ports, mayWatch: true, spanMs: 40_000 });
    expect(lists).toBeGreaterThan(3);
    expect(asked[1]).toEqual([leaver]);
    expect(world.ticks.flatMap(({ pool }) => pool.capacity!.contradictions)).toEqual([]);
  });
});

describe('answers that contradict each other hold the pool', () => {
  it.each<[string, Listing, RegExp]>([
    [
      'an instance that runs is absent from the list',
      (all) => all.slice(1),
      /absent from the list/,
    ],
    ['an id is repeated', (all) => [...all, all[0]!], /is listed twice/],
    ['fewer than half of the ids come', (all) => all.slice(0, 1), /absent from the list/],
    ['nobody is listed at all', () => [], /absent from the list/],
    [
      'one was created in the future',
      (all) =>
        all.map((each, index) =>
          index > 0
            ? each
            : { ...each, facts: { ...each.facts, createdAt: instant(each.facts.createdAt + 9e9) } },
        ),
      /created in the future/,
    ],
  ])('while %s, and lets go when it is over', async (_, change, why) => {
    const world = await aContradictedWorld(change);
    const before = world.ticks.length;
    await world.live(6);
    const lied = world.ticks.slice(before);
    expect(comings(lied)).toEqual([]);
    expect(world.existing()).toHaveLength(4);
    const last = lied.at(-1)!.proposal;
    expect(last.scale).toMatchObject({ desired: null, limitedBy: ['inventory'] });
    expect(last.scale!.explanations.join()).toMatch(why);
    expect(world.alerts.find(({ reason }) => reason === 'inventory-hold')?.message).toMatch(why);
    world.truth();
    await world.live(12);
    expect(world.serving()).toHaveLength(6);
  });

  it('while the list cannot be read', async () => {
    const world = await createScaleWorld({ demand: 7.2 });
    worlds.push(world);
    await world.live(1);
    const { work } = world;
    const outage = new CloudError({
      action: 'DescribeInstances',
      code: 'ServiceUnavailable',
      reaction: 'retry',
      isAmbiguous: false,
      message: 'down',
    });
    const ports = watchPorts(world.ports, (call, proceed) =>
      call.name === 'fleet.describeOwned' ? Promise.reject(outage) : proceed(),
    );
    const before = world.ticks.length;
    Object.assign(world, { work: (more = {}) => work({ ports, ...more }) });
    await world.live(5);
    expect(comings(world.ticks.slice(before))).toEqual([]);
    expect(world.ticks.at(-1)!.proposal.scale!.explanations).toEqual([
      'the list of the pool’s instances could not be read',
    ]);
  });
});
