import { type ScaleReasonCode } from '../../domain/scale-reasons';
import { type Bounded } from './bounds';

/** The stages of a decision that its reason is read from. */
export interface Course {
  readonly base: number;
  /** After the metrics and the vetoes. */
  readonly allowed: Bounded;
  /** After the order and the bounds. */
  readonly bounded: Bounded;
  readonly gap: number;
  /** Some limit held something back. */
  readonly isHeld: boolean;
}

/** Why capacity is added, taken away or left alone. */
export function reasonOf({ base, allowed, bounded, gap, isHeld }: Course): ScaleReasonCode {
  const isOrdered = bounded.held.some(({ limit }) => limit === 'order');
  if (gap > 0) {
    if (isOrdered) return 'scale-out-order';
    if (allowed.count > base) return 'scale-out-metric';
    if (bounded.held.some(({ limit }) => limit === 'floor')) return 'scale-out-floor';
    return bounded.count > base ? 'scale-out-minimum' : 'scale-out-missing';
  }
  if (gap < 0) {
    if (isOrdered) return 'scale-in-order';
    return allowed.count < base ? 'scale-in-metrics' : 'scale-in-maximum';
  }
  return isHeld ? 'capacity-held' : 'capacity-on-target';
}
