import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisStateStore } from '../../shared/adapters/redis/redis-state-store';
import { type Ports } from '../../shared/ports/ports';
import { type RedisPair, startRedisPair } from '../support/redis-pair';
import { type World } from '../support/in-process-world';
import {
  CRASH_STORIES,
  type CrashStory,
  endOf,
  type WorldEnd,
} from '../support/scale-crash-stories';
import { isWrite, watchPorts } from '../support/watched-ports';

const LOOKS_MAX = 90;
const LOOK_MS = 10_000;
/** Longer than two sightings of anything are apart. */
const AFTERWARDS_MS = 45_000;
/** Every so many writes there is a failover; 1, with `EVENKEEL_FAILOVER_STORIES=all`, is every place of every story. */
const STRIDE = Number(process.env['EVENKEEL_FAILOVER_STRIDE'] ?? 29);
const STORIES =
  process.env['EVENKEEL_FAILOVER_STORIES'] === 'all'
    ? CRASH_STORIES
    : CRASH_STORIES.filter(({ name }) => /sold out|waking|replacement/.test(name));

let pair: RedisPair;
beforeAll(async () => {
  pair = await startRedisPair();
}, 60_000);
afterAll(async () => pair.stop());

/** The failover comes before this write of the worker, to the store or to the cloud, in that look. */
interface Failover {
  readonly write: number;
  readonly look: number;
  readonly kind: Kind;
}

/** Whether the replica lacks what the store was told since the look began, and for how many replicas the store waits. */
interface Kind {
  readonly name: string;
  readonly isLossy: boolean;
  readonly replicas: number;
}

const KINDS: readonly Kind[] = [
  { name: 'nothing lost', isLossy: false, replicas: 0 },
  { name: 'look lost', isLossy: true, replicas: 0 },
  { name: 'replica waited for', isLossy: true, replicas: 1 },
];

interface Life {
  readonly end: WorldEnd;
  /** How many writes there had been at the beginning of each look. */
  readonly writesBefore: readonly number[];
  /** The write before which it came, and what the worker came to that was woken at that moment. */
  readonly struck: { readonly call: string; readonly other: string } | null;
  readonly personsWeights: number;
}

/** A pool's life with its state in Redis, and at most one failover, at which a second worker is woken at once. */
async function live(story: CrashStory, failover: Failover | null): Promise<Life> {
  await pair.primary().ask('FLUSHALL');
  await pair.caughtUp();
  const world = await story.begin();
  const store = new RedisStateStore({
    settings: pair.settings({ replicas: failover?.kind.replicas ?? 0, replicaTimeoutMs: 50 }),
    clock: world.clock,
    time: 'clock',
  });
  try {
    return await liveIn(world, { ...world.ports, store }, story.lookMs ?? LOOK_MS, failover);
  } finally {
    store.close();
    world.stop();
    if (failover !== null) await pair.mend();
  }
}

async function liveIn(
  world: World,
  ports: Ports,
  lookMs: number,
  failover: Failover | null,
): Promise<Life> {
  const seen = new Set(world.instanceIds);
  const look = (): void =>
    world.region.ecs.visible().forEach(({ instanceId }) => seen.add(instanceId));
  look();
  const before = seen.size;
  const writesBefore: number[] = [];
  let writes = 0;
  const strikes: NonNullable<Life['struck']>[] = [];
  const strike = async (call: string, { isLossy, replicas }: Kind): Promise<void> => {
    if (!isLossy) await pair.caughtUp();
    await pair.failOver();
    if (replicas > 0) await pair.mend();
    const { kind } = await world.work({ ports, holder: 'other' });
    strikes.push({ call, other: kind });
  };
  const watched = watchPorts(ports, async (call, proceed) => {
    if (isWrite(call) && (writes += 1) === failover?.write) await strike(call.name, failover.kind);
    return proceed();
  });
  for (let quiet = 0; quiet < 2 && writesBefore.length < LOOKS_MAX;) {
    const isCut = failover?.kind.isLossy === true && failover.look === writesBefore.length;
    if (isCut) {
      await pair.caughtUp();
      await pair.cutReplication();
    }
    writesBefore.push(writes);
    const result = await world.work({ ports: watched });
    // Who waits for replicas stops at the first change that none of them has.
    if (isCut && strikes.length === 0) await strike('none', failover.kind);
    look();
    const tick = world.ticks.at(-1);
    const isQuiet = tick !== undefined && !tick.proposal.isUnsteady && tick.plan.steps.length === 0;
    quiet = isQuiet && result.kind === 'worked' ? quiet + 1 : 0;
    await world.pass(lookMs);
  }
  for (let more = 0; more < 2; more += 1) {
    await world.pass(AFTERWARDS_MS);
    await world.work({ ports });
    look();
  }
  const verdicts = world.ticks.flatMap(({ proposal }) => proposal.verdicts);
  return {
    end: endOf(world, seen, before),
    writesBefore: [...writesBefore, writes],
    struck: strikes[0] ?? null,
    personsWeights: verdicts.filter(({ reason }) => reason === 'person-set-weight').length,
  };
}

/** Every place for a failover, by the writes of an undisturbed life. */
const placesIn = ({ writesBefore }: Life): readonly Omit<Failover, 'kind'>[] =>
  writesBefore.slice(1).flatMap((end, look) => {
    const first = writesBefore[look]!;
    return Array.from({ length: end - first }, (_, index) => ({ look, write: first + index + 1 }));
  });

const isAsWanted = ({ end }: Life, story: CrashStory): boolean =>
  JSON.stringify(end) === JSON.stringify(story.end);

/**
 * The call was on its way when its note and its lease were lost, and landed after another worker had looked: nobody is left who
 * knows whose it is. A weight stays as a person's would, and people are told; a launch comes on top, and leaves by scaling in.
 */
function isOrphaned({ struck, end, personsWeights }: Life, story: CrashStory): boolean {
  const differsOnlyIn = (part: 'weights' | 'launched'): boolean =>
    JSON.stringify({ ...end, [part]: 0 }) === JSON.stringify({ ...story.end, [part]: 0 });
  if (struck?.call === 'loadBalancer.setWeights')
    return personsWeights > 0 && differsOnlyIn('weights');
  const isTwice = end.launched <= 2 * story.end.launched;
  return struck?.call === 'fleet.launch' && isTwice && differsOnlyIn('launched');
}

describe('a failover of Redis in the middle of a tick', () => {
  it.each(STORIES)(
    'does nothing twice and loses no operation: $name',
    async (story) => {
      const whole = await live(story, null);
      expect(whole.end).toEqual(story.end);
      const places = placesIn(whole).filter((_, index) => index % STRIDE === 0);
      const strays: unknown[] = [];
      const told: Record<string, number> = {};
      const count = (what: string): void => void (told[what] = (told[what] ?? 0) + 1);
      for (const place of places)
        for (const kind of KINDS) {
          const life = await live(story, { ...place, kind });
          count(`${kind.name}: other ${life.struck?.other ?? 'not woken'}`);
          if (isAsWanted(life, story)) continue;
          if (kind.name === 'look lost' && isOrphaned(life, story))
            count(`orphaned ${life.struck?.call ?? 'nothing'}`);
          else strays.push({ place, kind: kind.name, life });
        }
      process.stderr.write(
        `${story.name}: ${KINDS.length * places.length} failovers, ${JSON.stringify(told)}\n`,
      );
      expect(strays).toEqual([]);
    },
    1_800_000,
  );
});
