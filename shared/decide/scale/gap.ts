import { roundDiv, since } from '../../domain/units';
import { type HeldLimit, heldBy } from './held-limit';
import { type Allowance } from './rate';
import { type Situation } from './situation';

/** Instances to add or to take away now, and what kept it from being more. */
export interface Gap {
  readonly count: number;
  readonly held: readonly HeldLimit[];
}

export interface Rates {
  readonly out: Allowance;
  readonly in: Allowance;
}

/**
 * What of a difference between desired and present capacity may be done in this tick. These limits hold whoever asked for
 * it: a metric, a person, the minimum, the maximum.
 *
 * Example: 6 missing, 4 left of the rate, breaker open and 1 in the warm pool → 1, held by the breaker.
 */
export function gapOf(
  difference: number,
  situation: Situation,
  { rates, vetoes }: { rates: Rates; vetoes: readonly HeldLimit[] },
): Gap {
  const unsure = doubtsOf(situation);
  if (unsure.length > 0) return { count: 0, held: unsure };
  if (difference < 0)
    return vetoes.length > 0
      ? { count: 0, held: vetoes }
      : { count: Math.max(difference, -rates.in.left), held: [] };
  return outwards(Math.min(difference, rates.out.left), situation);
}

function outwards(count: number, { policy, memory, counts, now }: Situation): Gap {
  if (count > 0 && !policy.out.enabled)
    return { count: 0, held: [heldBy('disabled', 'Scaling out is switched off.')] };
  const withoutLaunch = counts.warm + counts.leaving;
  const openMs = since(now, memory.breakerOpenUntil ?? now);
  if (openMs <= 0 || count <= withoutLaunch) return { count, held: [] };
  const text = `Launches failed in a row: none for ${roundDiv(openMs, 1000)} s.`;
  return { count: withoutLaunch, held: [heldBy('breaker', text)] };
}

/** Why the number of instances that are there is not believed; nothing when it is. */
export function doubtsOf({ capacity, memory, policy, now }: Situation): readonly HeldLimit[] {
  if (capacity.owned.kind !== 'ok')
    return [heldBy('inventory', `The list of instances is ${capacity.owned.kind}.`)];
  if (capacity.contradictions.length > 0)
    return capacity.contradictions.map((contradiction) => heldBy('inventory', contradiction));
  const { knownSince } = memory;
  const { visibilityMs } = policy.launch;
  if (knownSince !== null && since(knownSince, now) >= visibilityMs) return [];
  const text = `Instances are known for less than ${roundDiv(visibilityMs, 1000)} s: some may not be listed yet.`;
  return [heldBy('settling', text)];
}
