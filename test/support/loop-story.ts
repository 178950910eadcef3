import fc from 'fast-check';
import { mutated } from '../../infra/simulation/mutate';
import { healTag } from '../../shared/domain/heal-tag';
import { memoryKey, poolLease } from '../../shared/domain/store-keys';
import { isServingAt } from '../../shared/domain/serving';
import { type BackendSnapshot } from '../../shared/domain/pool';
import { type Tick } from '../../shared/domain/tick';
import { millis, permille } from '../../shared/domain/units';
import { type Chance, chanceFrom } from './arbitraries';
import { type PolicyParts } from './builders';
import { createWorld, type World } from './in-process-world';

/** What may happen to a pool: to its backends, to the cloud's control plane, to the store, and by people. */
export interface Story {
  readonly size: number;
  readonly seed: number;
  readonly groups: 'default' | 'vserver';
  readonly copies: number;
  /** Happenings between two looks. */
  readonly trouble: number;
  readonly hasPeople: boolean;
  readonly hasOutages: boolean;
  readonly hasTampering: boolean;
  readonly floorShare: number;
  readonly capShare: number;
  readonly budgetCount: number;
}

const ofSize = (size: fc.Arbitrary<number>): fc.Arbitrary<Story> =>
  fc.record({
    size,
    seed: fc.integer({ min: 1, max: 0x7fffffff }),
    groups: fc.constantFrom('default' as const, 'vserver' as const),
    copies: fc.constantFrom(1, 1, 2),
    trouble: fc.constantFrom(0, 1, 2, 4),
    hasPeople: fc.boolean(),
    hasOutages: fc.boolean(),
    hasTampering: fc.boolean(),
    floorShare: fc.constantFrom(0, 300, 500, 800, 1000),
    capShare: fc.constantFrom(0, 200, 500, 1000),
    budgetCount: fc.constantFrom(1, 2, 10),
  });

/** Mostly small pools, where off-by-one lives. */
export const smallStories = ofSize(
  fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 1, max: 12 }) },
    { weight: 1, arbitrary: fc.integer({ min: 13, max: 80 }) },
  ),
);
export const largeStories = ofSize(fc.constantFrom(200, 201, 600, 2000));

/** A value that no log and no tick may repeat. */
export const SECRET = 'hunter2';
export const BUDGET_WINDOW_MS = 60_000;

/** Short times, so that whole episodes fit into a story. */
const policyOf = ({ floorShare, capShare, budgetCount }: Story): PolicyParts => ({
  heal: {
    ejection: { baseMs: millis(10_000), maxMs: millis(30_000), decayMs: millis(600_000) },
    slowStart: { steps: 3, durationMs: millis(30_000), firstShare: permille(100) },
  },
  ladder: {
    settleMs: millis(10_000),
    restart: {
      command: 'systemctl restart app',
      timeoutMs: millis(10_000),
      waitMs: millis(15_000),
    },
    reboot: { waitMs: millis(45_000), force: false },
    breakerMs: millis(60_000),
  },
  guards: {
    floorShare: permille(floorShare),
    ejectedShareMax: permille(capShare),
    budget: { windowMs: millis(BUDGET_WINDOW_MS), share: permille(1000), count: budgetCount },
  },
});

export const WEIGHTS = [100, 50, 1, 30, 80];
export const weightAt = (index: number): number => WEIGHTS[index % WEIGHTS.length]!;

export async function openStory(story: Story): Promise<World> {
  return createWorld({
    count: story.size,
    seed: story.seed,
    groups: story.groups,
    copies: story.size > 200 ? 1 : story.copies,
    policy: policyOf(story),
    weightOf: weightAt,
    tagsOf: (index) => ({
      'db-password': SECRET,
      ...(index % 7 === 3 ? { 'evenkeel:protected': 'yes' } : {}),
    }),
  });
}

/** Lets some things happen. */
export async function happen(world: World, story: Story, chance: Chance): Promise<void> {
  for (let count = 0; count < story.trouble; count += 1) {
    await befall(world, chance);
    if (story.hasPeople && chance(3) === 0) await meddle(world, chance);
    if (story.hasOutages && chance(3) === 0) disturb(world, chance);
    if (story.hasTampering && chance(4) === 0) await tamper(world, chance);
  }
}

async function befall({ region, instanceIds }: World, chance: Chance): Promise<void> {
  const id = instanceIds[chance(instanceIds.length)]!;
  const survives = (['nothing', 'restart', 'reboot'] as const)[chance(3)]!;
  switch (chance(8)) {
    case 0:
      return region.ecs.injectFaults(id, { isCrashed: true });
    case 1:
      return region.ecs.injectFaults(id, { isHung: true }, survives);
    case 2:
      return region.ecs.injectFaults(id, { errorShare: 100 + chance(900) }, survives);
    case 3:
      return region.ecs.injectFaults(
        id,
        { latencyFactor: 1500 + chance(20_000), sparesHealthChecks: chance(2) === 0 },
        survives,
      );
    case 4:
      region.ecs.failHost(id);
      return;
    case 5:
      region.ecs.scheduleReboot(id, region.clock.now() + chance(600_000));
      return;
    default:
      return region.ecs.clearFaults(id);
  }
}

async function meddle(world: World, chance: Chance): Promise<void> {
  const id = world.instanceIds[chance(world.instanceIds.length)]!;
  if (chance(4) === 0) world.setTag(id, 'evenkeel:protected', 'by hand');
  else await world.setWeight(id, chance(101));
}

function disturb({ region }: World, chance: Chance): void {
  const fault = (
    ['forbidden', 'internal-error', 'throttling', 'html', 'hang', 'reset', 'lost-reply'] as const
  )[chance(7)]!;
  const product = ([undefined, 'Slb', 'Ecs', 'Cms'] as const)[chance(4)];
  region.faults.set(fault, { times: 1 + chance(12), ...(product && { product }) });
}

/** Values of a heal tag that nobody wrote, or somebody whose clock was wrong: instants of long ago, far ahead, and beyond all. */
const NONSENSE_TAGS: readonly string[] = [
  '',
  'v1',
  'v2 e x',
  'v1 e outlier-errors zzz - 1 1 100 -',
  '\u0000',
  'v1 e outlier-errors zzzzzzzzzzz zzzzzzzzzzz 1 1 100 -',
  'v1 e outlier-errors mjuoij08 zzzzzzzzzzz 1 1 100 -',
  'v1 e probes-failing zzzzzzzz zzzzzzzz 1 1 - -',
  'v1 e outlier-latency 0 zzzzzzzzzz 9999 2 100,50 -',
  'v1 e operator-drain 0 zzzzzzzzzz 0 - 100 -',
  'v1 p - zzzzzzzz - 1 - 100 - abcdef',
];

/** Somebody writes nonsense into the store or onto an instance, or marks the pool once more. */
async function tamper(world: World, chance: Chance): Promise<void> {
  const { store, policy } = world;
  const keys = [
    ...(await store.list('memory/')),
    ...(await store.list('alerted/')),
    `drains/${policy.name}`,
    memoryKey(policy.name),
  ];
  const key = keys[chance(keys.length)]!;
  const stored = await store.read(key);
  switch (chance(6)) {
    case 0:
      return store.markDirty(poolLease(policy.name), { reason: 'forged', at: 0 });
    case 1:
      world.loseStore();
      return;
    case 2:
      world.setTag(
        world.instanceIds[chance(world.instanceIds.length)]!,
        healTag(world.policy.name),
        NONSENSE_TAGS[chance(NONSENSE_TAGS.length)]!,
      );
      return;
    default:
      await store.compareAndSet(
        key,
        mutated(stored?.value ?? null, chance),
        stored?.version ?? null,
      );
  }
}

/** Plays a story; `look` gets each tick with the weights around it. Gives the world, for the end. */
export async function play(
  story: Story,
  looks: number,
  look: (
    tick: Tick | null,
    around: { readonly before: Weights; readonly after: Weights; readonly world: World },
  ) => void,
): Promise<World> {
  const chance = chanceFrom(story.seed);
  const world = await openStory(story);
  for (let index = 0; index < looks; index += 1) {
    await happen(world, story, chance);
    await world.pass([1000, 5000, 20_000, 60_000][chance(4)]!);
    const before = world.weights();
    const count = world.ticks.length;
    await world.work();
    for (const tick of world.ticks.slice(count))
      look(tick, { before, after: world.weights(), world });
    if (world.ticks.length === count) look(null, { before, after: world.weights(), world });
  }
  return world;
}

export type Weights = Readonly<Record<string, number>>;

/** Everything that ails the pool or its cloud ends; what was scheduled has come and gone. */
export async function endTrouble(world: World): Promise<void> {
  await world.pass(700_000);
  world.region.faults.clear();
  for (const id of world.instanceIds) await world.region.ecs.clearFaults(id);
}

/** Who serves at each listener by what the tick saw, with the given weights. */
export function servingCounts(tick: Tick, weights: Weights): readonly number[] {
  return tick.pool.targets.flatMap(({ key, listeners }, place) =>
    listeners.map(
      ({ port }) =>
        tick.pool.backends.filter((backend) => serves(backend, { key, place, port }, weights))
          .length,
    ),
  );
}

const serves = (
  backend: BackendSnapshot,
  { key, place, port }: { key: string; place: number; port: number },
  weights: Weights,
): boolean =>
  backend.attachments.some(
    (attachment) =>
      attachment.targetKey === key &&
      isServingAt(
        backend,
        { ...attachment, weight: weights[`${place}/${backend.instanceId}`] ?? 0 },
        port,
      ),
  );
