import { chanceFrom, pick } from '../support/chance';
import { type Fate, type Turn, turn } from '../support/pure-world';
import { betweenTicks } from './happenings';
import { openStage, sights, type Stage } from './stage';
import { type Theme } from './themes';

export interface StoryTick {
  readonly taken: Turn;
  readonly fates: Readonly<Record<string, ReturnType<Fate>>>;
}

/**
 * A pseudo-random story of a theme, the same every time: faults that last, people who meddle, writes that fail, and looks
 * taken just when something is due, a millisecond earlier or later.
 */
export function* tellStory(theme: Theme, number: number): Generator<StoryTick> {
  let stage = openStage(theme, chanceFrom(theme.seed + number));
  for (let tick = 0; tick < theme.ticks; tick += 1) {
    const { taken, fates } = playTick(stage);
    yield { taken, fates };
    stage = betweenTicks({ ...stage, world: taken.world, isStoreLost: false });
  }
}

const FATES: readonly ReturnType<Fate>[] = [
  ...(['done', 'done', 'done', 'done', 'done'] as const),
  ...(['refused', 'lost', 'lost-but-landed'] as const),
];

function playTick(stage: Stage): StoryTick {
  const { chance, layout, world, policy, orders, theme } = stage;
  const fates: Record<string, ReturnType<Fate>> = {};
  const taken = turn(
    world,
    {
      backends: sights(stage),
      targets: layout.targets,
      drainOrders: orders,
      foreignMembers: theme.churn > 0 && chance(12) === 0 ? ['eni-1'] : [],
      ...(stage.isStoreLost ? { memorySource: 'tags' as const } : {}),
    },
    policy,
    ({ stepId }) => {
      const fate = pick<ReturnType<Fate>>(chance, FATES);
      fates[stepId] = fate;
      return fate;
    },
  );
  return { taken, fates };
}
