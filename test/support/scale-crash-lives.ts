import { expect } from '@jest/globals';
import { type Tick } from '../../shared/domain/tick';
import { type World } from './in-process-world';
import { type CrashStory, endOf, type WorldEnd } from './scale-crash-stories';
import { Crash, mortalPorts } from './watched-ports';

const LOOKS_MAX = 90;
const LOOK_MS = 10_000;
/** Longer than a lease: a successor comes no sooner, unless the store with the lease is gone. */
const SUCCESSION_MS = 50_000;
/** Longer than two sightings of anything are apart. */
const AFTERWARDS_MS = 45_000;

/** A life of a pool, with one worker that dies right after its `count`-th write. */
interface Life {
  readonly end: WorldEnd;
  /** Which write it was; null when there were fewer. */
  readonly after: string | null;
  readonly writes: number;
  readonly looks: number;
  readonly history: readonly string[];
}

interface Death {
  readonly count: number;
  readonly isStoreLost: boolean;
}

const WHOLE: Death = { count: Infinity, isStoreLost: false };

async function live(story: CrashStory, death: Death): Promise<Life> {
  const world = await story.begin();
  try {
    return await liveIn(world, story.lookMs ?? LOOK_MS, death);
  } finally {
    world.stop();
  }
}

async function liveIn(world: World, lookMs: number, { count, isStoreLost }: Death): Promise<Life> {
  const seen = new Set(world.region.ecs.visible().map(({ instanceId }) => instanceId));
  for (const instanceId of world.instanceIds) seen.add(instanceId);
  const before = seen.size;
  const look = (): void =>
    world.region.ecs.visible().forEach(({ instanceId }) => seen.add(instanceId));
  const mortal = mortalPorts(world.ports, count);
  let isDead = false;
  let looks = 0;
  let writes = 0;
  for (let quiet = 0; quiet < 2; looks += 1) {
    if (looks === LOOKS_MAX) break;
    try {
      await world.work(isDead ? { holder: 'successor' } : { ports: mortal.ports });
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      isDead = true;
      look();
      quiet = 0;
      if (isStoreLost) world.loseStore();
      else await world.pass(SUCCESSION_MS);
      continue;
    }
    look();
    const { proposal, plan } = world.ticks.at(-1)!;
    quiet = proposal.isUnsteady || plan.steps.length > 0 ? 0 : quiet + 1;
    if (quiet === 0) writes = mortal.writes();
    await world.pass(lookMs);
  }
  for (let more = 0; more < 2; more += 1) {
    await world.pass(AFTERWARDS_MS);
    await world.work({ holder: 'successor' });
    look();
  }
  return {
    end: endOf(world, seen, before),
    after: isDead ? mortal.lastWords() : null,
    writes,
    looks,
    history: world.ticks.map(told),
  };
}

/** One line of a look that did anything, for whoever has to find out what went wrong. */
function told({ pool, outcome, plan, proposal }: Tick): string {
  const steps = outcome.steps.map(({ stepId, result }) => `${stepId} ${result.kind}`);
  const withheld = plan.withheld.map(({ step, rule }) => `${step.stepId} withheld by ${rule}`);
  const stages = proposal.scale?.stages.map(
    ({ instanceId, stage }) => `${instanceId.slice(-3)}:${stage}`,
  );
  return [
    `${(pool.takenAt / 1000) % 100_000}`,
    `desired ${proposal.scale?.desired}`,
    ...(stages ?? []),
    ...steps,
    ...withheld,
    ...(proposal.scale?.explanations.slice(-1) ?? []),
  ].join(' | ');
}

const isAsWanted = (life: Life, { end }: CrashStory): boolean =>
  JSON.stringify(life.end) === JSON.stringify(end);

/** What of the lives with a crash did not end as they should, in words. */
async function strays(
  story: CrashStory,
  writes: number,
  isStoreLost: boolean,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (let count = 0; count <= writes; count += 1) {
    const life = await live(story, { count, isStoreLost });
    if (!isAsWanted(life, story))
      found.push(
        `after ${count} writes (${life.after ?? 'nobody died'}), store ${isStoreLost ? 'lost' : 'kept'}: ${JSON.stringify(life.end)}\n${life.history.join('\n')}`,
      );
  }
  return found;
}

/** Lives the story once whole, and once with a worker that dies before and after each of its writes, the store kept and lost: all must end alike. */
export async function endsAlike(story: CrashStory): Promise<void> {
  const whole = await live(story, WHOLE);
  expect({ end: whole.end, history: whole.history }).toEqual({
    end: story.end,
    history: whole.history,
  });
  const kept = await strays(story, whole.writes, false);
  const lost = await strays(story, whole.writes, true);
  const lives = 2 * (whole.writes + 1);
  // eslint-disable-next-line no-console -- the counts are the result of this test
  console.info(
    `${story.name}: ${whole.writes} writes, killed before and after each, store kept and lost: ${lives - kept.length - lost.length} of ${lives} converged`,
  );
  expect([...kept, ...lost]).toEqual([]);
}
