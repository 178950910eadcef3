import { encodeHealTag, healTag } from '../../shared/domain/heal-tag';
import { type PoolMemory } from '../../shared/domain/memory';
import { type PoolPolicy } from '../../shared/domain/policy';
import { type BackendSnapshot, type DrainOrder } from '../../shared/domain/pool';
import { type Chance, happens, pick } from '../support/chance';
import { aWorld, placeKey, type PureWorld } from '../support/pure-world';
import { somePoolPast } from './pasts';
import { castAs, type Part } from './roles';
import { type Layout, type Look, sight, someLayout } from './sights';
import { storyPolicy } from './story-policy';
import { type Theme } from './themes';

/** All that a story goes on with from one tick to the next. */
export interface Stage {
  readonly theme: Theme;
  readonly policy: PoolPolicy;
  readonly layout: Layout;
  readonly chance: Chance;
  readonly world: PureWorld;
  readonly members: readonly string[];
  readonly parts: Readonly<Record<string, Part>>;
  readonly orders: readonly DrainOrder[];
  readonly isStoreLost: boolean;
}

export function openStage(theme: Theme, chance: Chance): Stage {
  const size = pick(chance, theme.sizes);
  const layout = someLayout(chance);
  const policy = storyPolicy(
    theme,
    size,
    layout.targets.map(({ target }) => target),
    chance,
  );
  const world = aWorld();
  const members = Array.from({ length: size }, (_, index) => `i-${index}`);
  const parts = Object.fromEntries(
    members.map((id) => [id, somePart(theme, world.now, policy, chance)]),
  );
  const bare: Stage = {
    ...{ theme, policy, layout, chance, world, members, parts },
    orders: [],
    isStoreLost: false,
  };
  if (!happens(chance, theme.past)) return bare;
  const backends = sights(bare);
  const memory = somePoolPast(backends, parts, lookOf(bare));
  const weights = heldWeights(backends, memory, chance);
  if (!happens(chance, theme.lost)) return { ...bare, world: { ...world, memory, weights } };
  const tags = tagsOf(backends, memory, policy.name);
  return { ...bare, world: { ...world, weights, tags }, isStoreLost: true };
}

/** What the tags of a pool say when nothing else is left. */
function tagsOf(
  backends: readonly BackendSnapshot[],
  memory: PoolMemory,
  poolName: string,
): PureWorld['tags'] {
  const entries = backends.flatMap(({ instanceId, attachments }) => {
    const known = memory.backends[instanceId];
    if (known?.state !== 'ejected' && known?.state !== 'probation') return [];
    const value = encodeHealTag({
      ...{ state: known.state, cause: known.cause, since: known.since, offences: known.offences },
      until: known.ejectedUntil,
      rung: known.ladder?.rung ?? null,
      baseWeights: known.offences === 3 ? [] : attachments.map(({ weight }) => weight),
      operationId: known.ladder?.operationId === 'op-1' ? 'op-1' : null,
    });
    return [[instanceId, { [healTag(poolName)]: value }] as const];
  });
  return Object.fromEntries(entries);
}

/** What a member plays from `now` on: mostly that it is well. */
export function somePart(theme: Theme, now: number, policy: PoolPolicy, chance: Chance): Part {
  const role = happens(chance, theme.sickness) ? pick(chance, theme.roles) : 'well';
  return castAs(role, now, policy, chance);
}

const lookOf = ({ theme, policy, layout, chance, world }: Stage): Look => ({
  ...{ theme, policy, layout, chance },
  now: world.now,
});

/** Every member as this tick sees it. */
export function sights(stage: Stage): readonly BackendSnapshot[] {
  const look = lookOf(stage);
  return stage.members.flatMap((id) => {
    const part = stage.parts[id];
    return part === undefined ? [] : [sight(id, part, stage.world.memory.backends[id], look)];
  });
}

/** Mostly what was written last is what there is. */
function heldWeights(
  backends: readonly BackendSnapshot[],
  memory: PoolMemory,
  chance: Chance,
): PureWorld['weights'] {
  const entries = backends.flatMap(({ instanceId, attachments }) =>
    attachments.flatMap((attachment): readonly [string, number][] => {
      const newest = memory.backends[instanceId]?.written.find(({ targetKey }) =>
        targetKey.startsWith(attachment.targetKey),
      );
      return newest === undefined || chance(4) === 0
        ? []
        : [[placeKey(instanceId, attachment), newest.weight]];
    }),
  );
  return Object.fromEntries(entries);
}
