import { type BackendMemory } from '../domain/memory';
import { isLateWrite } from '../domain/written-weights';
import { type Attachment } from '../domain/pool';
import { clamp, type Permille, roundDiv } from '../domain/units';
import { isDrained } from './ladder';
import { type Scene } from './scene';
import { rampWeight } from './slow-start';

/**
 * The weight kept on the first rung: a share of the base, at least 1.
 *
 * Example: 300 ‰ of 50 → 15; of 2 → 1; of 1 → 1, which lowers nothing; of 0 → 0.
 */
export const loweredWeight = (base: number, share: Permille): number =>
  clamp(roundDiv(base * share, 1000), 1, base);

export interface WeightCase {
  readonly attachment: Attachment;
  readonly key: string;
  /** Memory as it will be. */
  readonly next: BackendMemory;
  readonly isNewcomer: boolean;
  /** It was healthy before this tick; only then is it tuned downwards, so that becoming well never waits for a guard. */
  readonly wasHealthy: boolean;
  /** Weight from feedback, where it is in use. */
  readonly feedback: number | undefined;
}

/** The weight an attachment should have, given what was decided about its backend. */
export function wantedWeight(weightCase: WeightCase, scene: Scene): number {
  const { attachment, key, next, isNewcomer, wasHealthy, feedback } = weightCase;
  const base = next.baseWeights[key] ?? attachment.weight;
  const isLate = isLateWrite(next, key, attachment.weight, scene.now);
  switch (next.state) {
    case 'healthy':
      return wasHealthy && base > 0 ? (feedback ?? base) : Math.max(base, attachment.weight);
    case 'suspect':
      return attachment.weight;
    case 'ejected': {
      const held = heldWeight(weightCase, base, scene);
      return isLate ? held : Math.min(held, attachment.weight);
    }
    case 'probation': {
      const ramp = rampWeight(base, next.probationStep, scene.policy.heal.slowStart);
      return isLate || isNewcomer ? ramp : Math.max(ramp, attachment.weight);
    }
  }
}

function heldWeight({ attachment, next }: WeightCase, base: number, { policy }: Scene): number {
  const { rungs, lowerWeightShare } = policy.heal.ladder;
  if (next.cause === 'instance-gone') return attachment.weight;
  if (isDrained(next, policy)) return 0;
  const isGray = next.cause === 'outlier-errors' || next.cause === 'outlier-latency';
  return isGray && rungs.includes('lower-weight')
    ? loweredWeight(base, lowerWeightShare)
    : attachment.weight;
}
