import { type Step } from '../../domain/proposal';
import { type ScalePolicy } from '../../domain/scale-policy';
import { retire } from './departures';
import { type Sources } from './sources';
import { chooseVictims } from './victims';

/** Sends the most dispensable instances on their way out. Nobody leaves in panic. */
export function shrink(
  surplus: number,
  policy: ScalePolicy,
  { roster, pool, isPanic }: Pick<Sources, 'roster' | 'pool' | 'isPanic'>,
): { readonly steps: readonly Step[]; readonly notes: readonly string[] } {
  if (isPanic) return { steps: [], notes: ['the pool is in panic: nobody leaves'] };
  const victims = chooseVictims(roster, policy.retire.order, surplus);
  const notes =
    victims.length < surplus
      ? [
          `${surplus} may leave, ${victims.length} can: the others are protected, drained by a person or not this pool’s own`,
        ]
      : [];
  return { steps: victims.map((entry) => retire(entry, 'scale-in', pool)), notes };
}
