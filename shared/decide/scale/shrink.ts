import { changeBudget } from '../../domain/change-budget';
import { type PoolPolicy } from '../../domain/policy';
import { type PoolSnapshot } from '../../domain/pool';
import { type Step } from '../../domain/proposal';
import { type ScalePolicy } from '../../domain/scale-policy';
import { isKnownDead, isReliable } from '../../domain/serving';
import { servingFloor } from '../../domain/serving-floor';
import { retire, seconds } from './departures';
import { type Entry } from './entry';
import { type Sources } from './sources';
import { chooseVictims } from './victims';

/**
 * Sends the most dispensable instances on their way out, no more at once than the budget lets be drained in one window and the
 * floor lets go at all: whoever is marked is lost to the pool, and would only wait. Who carries nothing, and is not
 * given any weight in this tick, waits for nobody. Nobody leaves in panic.
 *
 * Example: 4 of 10 are too many, 2 changes are allowed in 5 min, 1 marked before still has weight → 1 is marked.
 */
export function shrink(
  surplus: number,
  { retire: { order } }: ScalePolicy,
  sources: Pick<Sources, 'roster' | 'pool' | 'policy' | 'isPanic' | 'raised'>,
): { readonly steps: readonly Step[]; readonly notes: readonly string[] } {
  const { roster, pool, policy, isPanic, raised } = sources;
  if (isPanic) return { steps: [], notes: ['the pool is in panic: nobody leaves'] };
  const victims = chooseVictims(roster, order, surplus);
  const willCost = (entry: Entry): boolean => costsBudget(entry) || raised.has(entry.instanceId);
  const idle = victims.filter((entry) => !willCost(entry));
  const costly = victims.filter(willCost);
  const turns = turnsLeft(roster, pool, policy);
  const leaving = [...idle, ...costly.slice(0, turns)];
  return {
    steps: leaving.map((entry) => retire(entry, 'scale-in', pool)),
    notes: [
      ...(victims.length < surplus
        ? [
            `${surplus} may leave, ${victims.length} can: the others are protected, drained by a person or not this pool’s own`,
          ]
        : []),
      ...(leaving.length < victims.length
        ? [waitingNote(victims.length - leaving.length, turns, pool, policy)]
        : []),
    ],
  };
}

/** Its weights have to be lowered under the budget of changes. */
const costsBudget = ({ backend }: Pick<Entry, 'backend'>): boolean =>
  backend !== null && backend.attachments.some(({ weight }) => weight > 0) && !isKnownDead(backend);

/** How many more can be drained soon: what the budget and the floor leave after those who wait already. */
function turnsLeft(
  roster: readonly Entry[],
  { backends }: PoolSnapshot,
  policy: PoolPolicy,
): number {
  const waiting = roster.filter(isWaiting).length;
  const spare = backends.filter(isReliable).length - servingFloor(backends.length, policy);
  return Math.max(0, Math.min(changeBudget(backends.length, policy), spare) - waiting);
}

/** Marked, and to be drained; who is protected stays as it is and has no turn. */
const isWaiting = (entry: Entry): boolean =>
  entry.stage === 'retiring' && !entry.isProtected && costsBudget(entry);

function waitingNote(
  count: number,
  turns: number,
  { backends }: PoolSnapshot,
  policy: PoolPolicy,
): string {
  const budget = `${changeBudget(backends.length, policy)} changes within ${seconds(policy.guards.budget.windowMs)}`;
  return `${count} more are to leave: they serve on, as the floor and the budget of ${budget} let ${turns} go now`;
}
