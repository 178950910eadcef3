import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decide } from '../../shared/decide/decide';
import { type Step } from '../../shared/domain/proposal';
import { type Tick } from '../../shared/domain/tick';
import { healTag } from '../../shared/domain/heal-tag';
import { isReadableMemory } from '../../shared/observe/readable-memory';
import { rememberTick } from '../../shared/record/remember-tick';
import {
  BUDGET_WINDOW_MS,
  endTrouble,
  largeStories,
  play,
  SECRET,
  servingCounts,
  smallStories,
  type Story,
  weightAt,
  type Weights,
} from '../support/loop-story';
import { type World } from '../support/in-process-world';
import { propertyRuns } from '../support/property-runs';

/** A look sees everything anew, so its evidence is no older than the freshness limits say. */
const EVIDENCE_MS_MAX = 30_000 * 3 * 2;

/** What of the promises a look broke, in words; nothing when all is well. */
function breaches(
  tick: Tick,
  around: { readonly before: Weights; readonly after: Weights; readonly world: World },
): readonly string[] {
  const { before, after, world } = around;
  const { floorCount, floorShare } = world.policy.guards;
  const broken: string[] = [];
  const [servedBefore, servedAfter] = [servingCounts(tick, before), servingCounts(tick, after)];
  const members = tick.pool.targets.flatMap(({ key, listeners }) =>
    listeners.map(
      () =>
        tick.pool.backends.filter((backend) =>
          backend.attachments.some((attachment) => attachment.targetKey === key),
        ).length,
    ),
  );
  servedAfter.forEach((count, place) => {
    const floor = Math.max(1, floorCount, Math.ceil((floorShare * members[place]!) / 1000));
    if (count < servedBefore[place]! && count < floor)
      broken.push(`promise 1: ${count} serve at place ${place}, the floor is ${floor}`);
  });
  for (const id of world.instanceIds.filter((each) =>
    world.tagsOf(each).has('evenkeel:protected'),
  )) {
    const isChanged = Object.keys(before).some(
      (key) => key.endsWith(`/${id}`) && before[key] !== after[key],
    );
    if (
      isChanged ||
      tick.outcome.steps.some(
        ({ stepId, result }) => stepId.startsWith(`${id}/`) && result.kind !== 'not-sent',
      )
    )
      broken.push(`promise 2: ${id} is protected and was touched`);
  }
  for (const step of lowered(tick.plan.steps))
    if (!isFounded(step, tick)) broken.push(`promise 5: ${JSON.stringify(step)}`);
  if (!isReadableMemory(rememberTick(tick, tick.outcome, tick.finishedAt)))
    broken.push('promise 8: what is remembered could not be read again');
  const text = JSON.stringify(tick);
  if (text.includes(SECRET)) broken.push('promise 9: a secret is in the tick');
  if (
    JSON.stringify(decide((JSON.parse(text) as Tick).pool, tick.request.policy)) !==
    JSON.stringify(tick.proposal)
  )
    broken.push('the recorded tick does not decide the same again');
  return broken;
}

const lowered = (steps: readonly Step[]) =>
  steps.filter((step) => step.kind === 'set-weight').filter((step) => step.to < step.from);

function isFounded(step: ReturnType<typeof lowered>[number], { pool }: Tick): boolean {
  if (step.reason === 'late-write-repaired' || (step.reason === 'newcomer' && step.to > 0))
    return true;
  const fresh = step.evidence.filter(
    (fact) =>
      fact.signal === 'operator-order' ||
      pool.takenAt - fact.sampledAt <= EVIDENCE_MS_MAX * Math.max(1, pool.backends.length),
  );
  return (
    fresh.some((fact) => fact.strength === 'decisive') ||
    new Set(fresh.map((fact) => `${fact.signal} ${fact.sampledAt}`)).size >= 2
  );
}

/** The most weight-lowering changes that any window of the budget saw. */
function changesPerWindow(ticks: readonly Tick[]): number {
  const changes = ticks.flatMap((tick) => {
    const landed = new Set(
      tick.outcome.steps
        .filter(
          ({ result }) =>
            result.kind === 'done' || (result.kind === 'failed' && result.isAmbiguous),
        )
        .map(({ stepId }) => stepId),
    );
    return [
      ...new Set(
        lowered(tick.plan.steps)
          .filter((step) => step.costsBudget && landed.has(step.stepId))
          .map((step) => step.instanceId),
      ),
    ].map(() => tick.pool.takenAt);
  });
  return Math.max(
    0,
    ...changes.map(
      (from) => changes.filter((at) => at >= from && at < from + BUDGET_WINDOW_MS).length,
    ),
  );
}

async function tell(story: Story, looks: number): Promise<World> {
  const broken: string[] = [];
  const world = await play(story, looks, (tick, around) => {
    if (tick !== null) broken.push(...breaches(tick, around));
    else if (JSON.stringify(around.before) !== JSON.stringify(around.after))
      broken.push('promise 7: weights changed without a tick');
  });
  const budget = Math.min(story.budgetCount, story.size);
  const changes = changesPerWindow(world.ticks);
  if (!story.hasTampering && changes > budget)
    broken.push(`promise 4: ${changes} changes in a window, ${budget} allowed`);
  if (world.logged.some((line) => line.includes(SECRET)))
    broken.push('promise 9: a secret is in the log');
  world.stop();
  expect(broken).toEqual([]);
  return world;
}

describe('the whole loop over real adapters, whatever happens in whatever order', () => {
  it('keeps promises 1, 2, 4, 5 and 9 in pools of 1 to 80', async () => {
    await fc.assert(
      fc.asyncProperty(smallStories, async (story) => {
        await tell(story, 20);
      }),
      propertyRuns(40),
    );
  }, 120_000);

  it('keeps them in pools of 200 to 2,000', async () => {
    await fc.assert(
      fc.asyncProperty(largeStories, async (story) => {
        await tell(story, 6);
      }),
      { ...propertyRuns(4), endOnFailure: true },
    );
  }, 120_000);

  it('is the same run byte for byte from the same seed', async () => {
    await fc.assert(
      fc.asyncProperty(smallStories, async (story) => {
        const runs = [await tell(story, 10), await tell(story, 10)];
        const [one, other] = runs.map((world) =>
          JSON.stringify([world.ticks, world.alerts, world.logged]),
        );
        expect(one === other).toBe(true);
      }),
      { ...propertyRuns(6), endOnFailure: true },
    );
  }, 120_000);

  it('promise 6: once the trouble is over every pool returns to its weights within 150 looks, and then nothing is written', async () => {
    await fc.assert(
      fc.asyncProperty(smallStories, async (drawn) => {
        const story = {
          ...drawn,
          hasPeople: false,
          hasTampering: false,
          size: Math.min(drawn.size, 30),
          copies: 1,
        };
        const world = await play(story, 12, () => undefined);
        await endTrouble(world);
        let quiet = 0;
        for (let look = 0; look < 150 && quiet < 5; look += 1) {
          await world.pass(10_000);
          quiet = (await world.tick()).proposal.isUnsteady ? 0 : quiet + 1;
        }
        const writes = world.writes();
        for (let look = 0; look < 10; look += 1) {
          await world.pass(30_000);
          await world.tick();
        }
        world.stop();
        expect(
          world.ticks
            .at(-1)!
            .proposal.verdicts.filter(({ nextState }) => nextState !== 'healthy')
            .map(({ nextState, reason, detail }) => ({ nextState, reason, detail })),
        ).toEqual([]);
        expect(world.writes()).toBe(writes);
        expect(Object.values(world.weights())).toEqual(
          world.instanceIds.map((_, index) => weightAt(index)),
        );
        expect(
          world.instanceIds.filter((id) => world.tagsOf(id).has(healTag(world.policy.name))),
        ).toEqual([]);
      }),
      { ...propertyRuns(8), endOnFailure: true },
    );
  }, 120_000);
});
