import { ceilDiv } from '../../../shared/domain/units';

/** Target tracking as the vendor's Auto Scaling has it, by its documented defaults. Utilisation in permille. */
export interface EssRule {
  readonly target: number;
  /** Samples in a row above the target, one a minute. */
  readonly samples: number;
  readonly cooldownMs: number;
}

/** ScaleOutEvaluationCount 3, points of 60 s, group cooldown 300 s (ESS, CreateScalingRule and CreateScalingGroup). */
export const ESS_DEFAULTS: Omit<EssRule, 'target'> = { samples: 3, cooldownMs: 300_000 };

export interface EssState {
  readonly above: number;
  readonly lastPointAt: number;
  readonly lastActedAt: number | null;
}

export const ESS_START: EssState = { above: 0, lastPointAt: 0, lastActedAt: null };

export interface EssPoint {
  readonly at: number;
  /** Mean of the instances, permille. */
  readonly utilisation: number;
}

/**
 * What the rule makes of the newest point: the instances wanted, or as many as there are. A point counts once.
 *
 * Example: 3 instances, target 600 ‰, points 917, 917, 917: at the third ⌈3 × 917 ÷ 600⌉ = 5.
 */
export function applyRule(
  rule: EssRule,
  state: EssState,
  { point, count, now }: { readonly point: EssPoint; readonly count: number; readonly now: number },
): { readonly state: EssState; readonly wanted: number } {
  if (point.at <= state.lastPointAt) return { state, wanted: count };
  const above = point.utilisation > rule.target ? state.above + 1 : 0;
  const seen = { ...state, above, lastPointAt: point.at };
  const isCooling = state.lastActedAt !== null && now - state.lastActedAt < rule.cooldownMs;
  if (above < rule.samples || isCooling) return { state: seen, wanted: count };
  return {
    state: { ...seen, above: 0, lastActedAt: now },
    wanted: Math.max(count, ceilDiv(count * point.utilisation, rule.target)),
  };
}
