import { type ScaleMemory } from '../../domain/scale-memory';
import { type DirectionPolicy } from '../../domain/scale-policy';
import { type Instant, roundDiv, shareOf, since } from '../../domain/units';
import { heldBy, type HeldLimit } from './held-limit';

type Changes = ScaleMemory['changes'];

/** How many instances may still be added, or taken away, in this window. */
export interface Allowance {
  readonly left: number;
  readonly held: HeldLimit;
}

/**
 * The larger of a share and a count within any window, at least one; what was changed in the window counts, arrived or not. The
 * share is of what was there before the window’s changes, so that it does not grow with them.
 *
 * Example: 100 % or 4 in 60 s: 10 instances, 6 more 20 s ago, 16 by now → share of 10 is 10, 6 are used, 4 are left.
 *
 * Source: scaling policies of the Kubernetes HPA; GCP scale-in controls.
 */
export function allowance(
  direction: 'out' | 'in',
  { rate }: DirectionPolicy,
  { have, changes, now }: { have: number; changes: Changes; now: Instant },
): Allowance {
  const recent = changes.filter(({ at }) => since(at, now) < rate.windowMs);
  const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);
  const net = sum(recent.map(({ count }) => count));
  const used = sum(recent.map(({ count }) => Math.max(0, direction === 'out' ? count : -count)));
  const most = Math.max(1, rate.count, shareOf(Math.max(0, have - net), rate.share));
  const text =
    `At most ${most} ${direction === 'out' ? 'more' : 'fewer'} within ${roundDiv(rate.windowMs, 1000)} s, ` +
    `of which ${used} are used.`;
  return { left: Math.max(0, most - used), held: heldBy('rate', text) };
}

/** The changes that a rate can still count. */
export const recentChanges = (changes: Changes, windowMs: number, now: Instant): Changes =>
  changes.filter(({ at }) => since(at, now) < windowMs);
