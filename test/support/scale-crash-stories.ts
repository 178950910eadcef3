import { DEFAULT_PROBE } from '../../shared/domain/heal-defaults';
import {
  encodeWarmTag,
  LAUNCH_TAG,
  MEMBER_TAG,
  POOL_TAG,
  WARM_TAG,
} from '../../shared/domain/ownership-tags';
import { type ScalePolicy } from '../../shared/domain/scale-policy';
import { instant, millis, permille } from '../../shared/domain/units';
import { type PolicyParts } from './builders';
import { aScalePolicy } from './capacity';
import { createWorld, type World } from './in-process-world';
import { aWorldScalePolicy, createScaleWorld, type ScaleWorld } from './scale-world';

/** One operation of scaling, short enough to be lived through hundreds of times. */
export interface CrashStory {
  readonly name: string;
  readonly begin: () => Promise<World>;
  readonly end: WorldEnd;
  /** Between two looks; a drain by the defaults takes minutes. Default 10 s. */
  readonly lookMs?: number;
}

/** What must be the same whether or not somebody died on the way. */
export interface WorldEnd {
  /** Weights of the members, for each group. */
  readonly weights: readonly (readonly number[])[];
  /** How many there are of each status; every running one is a member of every group, and nobody else is. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Marks that say of an instance more than whose it is. */
  readonly marks: readonly string[];
  /** Instances that the story has launched, whatever became of them. */
  readonly launched: number;
  /** Launches that memory still expects something of. */
  readonly awaited: number;
}

const seconds = (count: number) => millis(count * 1000);

const BASE = aScalePolicy();

/** A pool of a fixed size: the story is about how it gets there. All spans are short. */
export function ofSize(
  size: number,
  parts: Partial<ScalePolicy> = {},
  options: ScalePolicy['launch']['options'] = aWorldScalePolicy().launch.options,
): Partial<ScalePolicy> {
  const { launch } = aWorldScalePolicy();
  return {
    min: size,
    max: size,
    warmUpMs: seconds(10),
    ...parts,
    launch: {
      ...launch,
      options,
      visibilityMs: seconds(20),
      provisionTimeoutMs: seconds(60),
      registrationTimeoutMs: seconds(120),
      quarantineMs: seconds(30),
      tokenValidityMs: seconds(240),
      backOff: { baseMs: seconds(60), maxMs: seconds(120), resetMs: seconds(600) },
    },
    retire: { ...BASE.retire, softMs: seconds(10), hardMs: seconds(20) },
    inventory: { strays: 'leave', orphanMs: seconds(30) },
  };
}

const QUICK: PolicyParts = {
  heal: {
    probe: { path: '/', ...DEFAULT_PROBE },
    ejection: { baseMs: seconds(5), maxMs: seconds(60), decayMs: seconds(600) },
    slowStart: { steps: 2, durationMs: seconds(10), firstShare: permille(500) },
  },
  ladder: { rungs: ['drain', 'replace'], settleMs: seconds(5) },
  guards: {
    budget: { windowMs: seconds(60), share: permille(1000), count: 10 },
    ejectedShareMax: permille(400),
  },
};

const at = (ms: number) => ({ minMs: ms, maxMs: ms });

/** A region that has run for a while: there are figures of it. */
export async function aQuickWorld(
  scale: Partial<ScalePolicy>,
  options: Parameters<typeof createScaleWorld>[0] = {},
): Promise<ScaleWorld> {
  const world = await createScaleWorld({
    ...options,
    scale,
    policy: { ...QUICK, watch: 'never', ...options.policy },
    ecsSettings: {
      bootTimes: { pending: at(1000), running: at(4000), guest: at(1000), service: at(4000) },
      ...options.ecsSettings,
    },
  });
  await world.pass(90_000);
  return world;
}

/** One more instance that runs, behind no load balancer. */
const put = ({ region }: World, tags: Readonly<Record<string, string>>): Promise<string> =>
  region.ecs.createInstance({ instanceType: 'ecs.c7.large', isBooted: true, tags });

async function putToRest(world: World): Promise<void> {
  const { ports, clock, pass } = world;
  const id = await put(world, { [POOL_TAG]: 'web', [WARM_TAG]: encodeWarmTag(clock.now()) });
  await ports.fleet.stopEconomically([id], { deadline: instant(clock.now() + 10_000) });
  await pass(20_000);
}

const full = (count: number): readonly number[] => Array.from({ length: count }, () => 100);

const MEMBER_KEY = 'kubernetes';

/** Instances that are launched, woken or made up for. */
export const COMING_STORIES: readonly CrashStory[] = [
  {
    name: 'scale-out, first option sold out',
    begin: () =>
      aQuickWorld(ofSize(4), {
        count: 2,
        ecsSettings: {
          stock: [
            { zoneId: 'cn-hangzhou-a', instanceType: 'ecs.c7.large', isSpot: false, available: 0 },
          ],
        },
      }),
    end: { weights: [full(4)], statuses: { Running: 4 }, marks: [], launched: 2, awaited: 0 },
  },
  {
    name: 'warm pool: filling',
    begin: () => aQuickWorld(ofSize(2, { warmPool: { size: 1 } }), { count: 2 }),
    end: {
      weights: [full(2)],
      statuses: { Running: 2, Stopped: 1 },
      marks: [WARM_TAG],
      launched: 1,
      awaited: 0,
    },
  },
  {
    name: 'warm pool: waking, and filling up again',
    begin: async () => {
      const made = await aQuickWorld(ofSize(3, { warmPool: { size: 1 } }), { count: 2 });
      await putToRest(made);
      return made;
    },
    end: {
      weights: [full(3)],
      statuses: { Running: 3, Stopped: 1 },
      marks: [WARM_TAG],
      launched: 1,
      awaited: 0,
    },
  },
  {
    name: 'ghost removal, and its place filled',
    begin: async () => {
      const made = await aQuickWorld(ofSize(3), { count: 3 });
      await made.region.ecs.release(made.instanceIds[0]!);
      return made;
    },
    end: { weights: [full(3)], statuses: { Running: 3 }, marks: [], launched: 1, awaited: 0 },
  },
];

/** Who comes and goes by a tag, in a pool that is not scaled, on two load balancers at once. */
const MEMBERSHIP_STORY: CrashStory = {
  name: 'membership by tag: one joins, one departs',
  lookMs: 30_000,
  begin: async () => {
    // The last of three was added by the rule once and has lost the tag since; a fourth has it and is no member.
    const made = await createWorld({
      count: 3,
      copies: 2,
      groups: 'vserver',
      tagsOf: (index) => (index === 2 ? { [MEMBER_TAG]: 'web' } : { [MEMBER_KEY]: 'node' }),
      policy: {
        ...QUICK,
        watch: 'never',
        membership: { tagKey: MEMBER_KEY, tagValue: 'node', weight: 100 },
      },
    });
    await put(made, { [MEMBER_KEY]: 'node' });
    return made;
  },
  end: {
    weights: [full(3), full(3)],
    statuses: { Running: 4 },
    marks: [MEMBER_TAG],
    launched: 0,
    awaited: 0,
  },
};

/** Instances that leave service, by scaling in, by a replacement or by a tag. */
export const LEAVING_STORIES: readonly CrashStory[] = [
  {
    name: 'scale-in to deletion',
    begin: () => aQuickWorld(ofSize(3), { count: 4 }),
    end: { weights: [full(3)], statuses: { Running: 3 }, marks: [], launched: 0, awaited: 0 },
  },
  {
    name: 'scale-in to the warm pool',
    begin: () => aQuickWorld(ofSize(3, { warmPool: { size: 1 } }), { count: 4 }),
    end: {
      weights: [full(3)],
      statuses: { Running: 3, Stopped: 1 },
      marks: [WARM_TAG],
      launched: 0,
      awaited: 0,
    },
  },
  {
    name: 'replacement of a dead instance',
    begin: async () => {
      const made = await aQuickWorld(ofSize(4), { count: 4 });
      await made.region.ecs.injectFaults(made.instanceIds[0]!, { isCrashed: true }, 'reboot');
      return made;
    },
    end: { weights: [full(4)], statuses: { Running: 4 }, marks: [], launched: 1, awaited: 0 },
  },
  MEMBERSHIP_STORY,
];

/** All of pools that are scaled. */
export const CRASH_STORIES: readonly CrashStory[] = [...COMING_STORIES, ...LEAVING_STORIES].filter(
  (story) => story !== MEMBERSHIP_STORY,
);

const IDENTITY: readonly string[] = [POOL_TAG, LAUNCH_TAG, MEMBER_KEY];

/** How a world stands that began with `before` instances. */
export function endOf(world: World, seen: ReadonlySet<string>, before: number): WorldEnd {
  const groups = new Map<string, number[]>();
  for (const [place, weight] of Object.entries(world.weights())) {
    const group = place.split('/')[0] ?? '';
    groups.set(group, [...(groups.get(group) ?? []), weight]);
  }
  const there = world.region.ecs.visible();
  const statuses: Record<string, number> = {};
  for (const { status } of there) statuses[status] = (statuses[status] ?? 0) + 1;
  return {
    weights: [...groups.values()],
    statuses,
    marks: there.flatMap(({ tags }) => [...tags.keys()].filter((key) => !IDENTITY.includes(key))),
    launched: seen.size - before,
    awaited: world.ticks.at(-1)?.proposal.scale?.memory.launches.length ?? 0,
  };
}
