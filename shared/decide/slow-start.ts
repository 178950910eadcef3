import { type SlowStartPolicy } from '../domain/policy';
import { floorDiv, type Millis, millis, roundDiv } from '../domain/units';

/**
 * The integer weights of a ramp, strictly increasing, the first at least 1, the last the base itself. A base too small for
 * so many steps gets fewer.
 *
 *     first = max(1, round(base × firstShare ÷ 1000)),  weight(i) = first + ⌊(base − first) × i ÷ (steps − 1)⌋
 *
 * Example: base 100, 5 steps from 100 ‰ → 10, 32, 55, 77, 100. Base 3 → 1, 2, 3. Base 0 → 0.
 */
export function rampWeights(base: number, policy: SlowStartPolicy): readonly number[] {
  if (policy.steps <= 1) return [base];
  const first = Math.min(base, Math.max(1, roundDiv(base * policy.firstShare, 1000)));
  const weights = Array.from(
    { length: policy.steps },
    (_, index) => first + floorDiv((base - first) * index, policy.steps - 1),
  );
  return [...new Set(weights)];
}

/** The weight at a step; past the end it is the base. */
export const rampWeight = (base: number, step: number, policy: SlowStartPolicy): number =>
  rampWeights(base, policy)[step] ?? base;

/** How long each step is held. */
export const rampInterval = (policy: SlowStartPolicy): Millis =>
  millis(floorDiv(policy.durationMs, Math.max(1, policy.steps)));

/** The index of the last step over all attachments. */
export const lastRampStep = (bases: readonly number[], policy: SlowStartPolicy): number =>
  Math.max(0, ...bases.map((base) => rampWeights(base, policy).length - 1));
