import { ceilDiv, floorDiv, type Permille } from './units';

/** Values of a metric that change nothing, both included, in thousandths of its unit. */
export interface DeadBand {
  readonly from: number;
  readonly to: number;
}

/**
 * The tolerance as values of the metric: below the larger of the permille and one instance, above the permille; out rounds up, so
 * that there one instance is always what is added.
 *
 * Example, target 600 ‰ with 10 % and 20 %: 2 instances 301 … 660, 10 and 400 instances 480 … 660.
 */
export function deadBandOf(
  target: number,
  base: number,
  tolerance: { readonly out: Permille; readonly in: Permille },
): DeadBand {
  const share = ceilDiv(target * (1000 - tolerance.in), 1000);
  const oneInstance = floorDiv(target * (base - 1), Math.max(1, base)) + 1;
  return {
    from: Math.max(0, Math.min(share, oneInstance)),
    to: floorDiv(target * (1000 + tolerance.out), 1000),
  };
}
