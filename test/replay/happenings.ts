import { healTag, PROTECTED_TAG } from '../../shared/domain/heal-tag';
import { EMPTY_MEMORY } from '../../shared/domain/memory';
import { instant } from '../../shared/domain/units';
import { chanceFrom, happens, pick } from '../support/chance';
import { asIs, placeKey, type PureWorld } from '../support/pure-world';
import { sights, somePart, type Stage } from './stage';

/** What happens between two ticks: time passes, faults come and go, people meddle, members and memories are lost. */
export function betweenTicks(stage: Stage): Stage {
  const { theme, chance } = stage;
  const later = { ...stage, world: { ...stage.world, now: instant(nextTime(stage)) } };
  const recast = {
    ...later,
    parts: Object.fromEntries(
      Object.entries(later.parts).map(([id, part]) => [
        id,
        happens(chance, theme.change)
          ? somePart(theme, later.world.now, later.policy, chance)
          : part,
      ]),
    ),
  };
  const meddled = happens(chance, theme.meddling) ? meddle(recast) : recast;
  return happens(chance, theme.churn) ? churn(meddled) : meddled;
}

/** A few seconds on, or just when something that is remembered falls due. */
function nextTime(stage: Stage): number {
  const { chance, world } = stage;
  const due = [...new Set(deadlines(stage))].filter((at) => at > world.now).sort((a, b) => a - b);
  const soon = due.slice(0, 4);
  const at = soon[chance(Math.max(1, soon.length))];
  if (at === undefined || chance(2) === 0)
    return world.now + pick(chance, [1000, 2500, 3500, 5000, 5000, 20_000]);
  return Math.max(world.now + 1, at + pick(chance, [0, 0, 0, -1, 1]));
}

function deadlines({ world, policy, orders, parts }: Stage): readonly number[] {
  const { memory } = world;
  const { heal, guards } = policy;
  const stepMs = Math.floor(heal.slowStart.durationMs / heal.slowStart.steps);
  const ofBackends = Object.values(memory.backends).flatMap((each) => [
    each.ejectedUntil ?? 0,
    each.ladder?.verifyAt ?? 0,
    each.ladder?.rung === 'restart'
      ? each.ladder.verifyAt + (heal.ladder.restart?.timeoutMs ?? 0)
      : 0,
    each.state === 'probation' ? (each.probationStepAt ?? each.since) + stepMs : 0,
    each.state === 'suspect' ? each.since + heal.ladder.settleMs : 0,
    each.personWeightAt === null ? 0 : each.personWeightAt + heal.ejection.maxMs,
  ]);
  const ofEvents = Object.values(parts).flatMap(({ events }) =>
    events.map(({ notBefore }) => (notBefore ?? 0) - (heal.ladder.drainAheadMs ?? 300_000)),
  );
  return [
    ...ofBackends,
    ...ofEvents,
    ...orders.map(({ until }) => until ?? 0),
    ...memory.changes.map(({ at }) => at + guards.budget.windowMs),
    memory.breakerOpenUntil ?? 0,
  ];
}

/** A person sets a weight, perhaps to one that we wrote ourselves, or gives or takes back an order, or protects an instance. */
function meddle(stage: Stage): Stage {
  const { chance, world, members, orders } = stage;
  const instanceId = members[chance(members.length)];
  if (instanceId === undefined) return stage;
  if (chance(10) === 0) return { ...stage, world: protect(world, instanceId) };
  if (chance(3) > 0) return { ...stage, world: setWeight(stage, instanceId) };
  const others = orders.filter((order) => order.instanceId !== instanceId);
  if (others.length < orders.length) return { ...stage, orders: others };
  const until = pick(chance, [null, null, world.now, world.now + 1, world.now + 30_000]);
  return {
    ...stage,
    orders: [
      ...others,
      {
        ...{ instanceId, by: 'ann', reason: 'kernel' },
        at: instant(world.now - 1000),
        until: until === null ? null : instant(until),
      },
    ],
  };
}

const protect = (world: PureWorld, instanceId: string): PureWorld => ({
  ...world,
  tags: { ...world.tags, [instanceId]: { ...world.tags[instanceId], [PROTECTED_TAG]: '1' } },
});

function setWeight(stage: Stage, instanceId: string): PureWorld {
  const { chance, world } = stage;
  const memory = world.memory.backends[instanceId];
  const [backend] = asIs(sights({ ...stage, members: [instanceId], chance: chanceFrom(1) }), world);
  const attachments = backend?.attachments ?? [];
  const attachment = attachments[chance(Math.max(1, attachments.length))];
  if (attachment === undefined) return world;
  const bases = Object.values(memory?.baseWeights ?? {});
  const written = (memory?.written ?? []).map(({ weight }) => weight);
  const weight = pick(chance, [0, 1, 100, 40, ...bases, ...bases, ...written]);
  const everywhere = chance(2) === 0 ? attachments : [attachment];
  return {
    ...world,
    weights: {
      ...world.weights,
      ...Object.fromEntries(everywhere.map((each) => [placeKey(instanceId, each), weight])),
    },
  };
}

/** A member leaves, one or two come, an instance's tag is garbage, or the store is lost. */
function churn(stage: Stage): Stage {
  const { chance, members, world, theme, policy } = stage;
  switch (chance(6)) {
    case 0:
      return { ...stage, members: chance(4) === 0 ? [] : members.filter(() => chance(4) > 0) };
    case 1:
    case 2: {
      const arrived = [`i-${members.length + 20}`, `i-${members.length + 21}`]
        .slice(0, 1 + chance(2))
        .filter((id) => !members.includes(id));
      const parts = arrived.map((id) => [id, somePart(theme, world.now, policy, chance)] as const);
      return {
        ...stage,
        members: [...members, ...arrived],
        parts: { ...stage.parts, ...Object.fromEntries(parts) },
      };
    }
    case 3: {
      const instanceId = members[chance(Math.max(1, members.length))] ?? 'i-0';
      const tags = { ...world.tags[instanceId], [healTag(policy.name)]: 'v1 e nonsense' };
      return { ...stage, world: { ...world, tags: { ...world.tags, [instanceId]: tags } } };
    }
    default:
      return { ...stage, world: { ...world, memory: EMPTY_MEMORY }, isStoreLost: chance(4) > 0 };
  }
}
