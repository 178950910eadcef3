import { type ScaleReasonCode } from '../../domain/scale-reasons';

/** What can hold a wish for more or fewer instances back. */
export type CapacityLimit =
  | 'max'
  | 'min'
  | 'schedule'
  | 'order'
  | 'floor'
  | 'rate'
  | 'stabilisation'
  | 'tolerance'
  | 'agreement'
  | 'metric-missing'
  | 'quorum'
  | 'errors'
  | 'latency'
  | 'unhealthy'
  | 'last-week-peak'
  | 'breaker'
  | 'disabled'
  | 'inventory'
  | 'settling';

/** A limit that held, and the numbers it held with, as a sentence for people. */
export interface HeldLimit {
  readonly limit: CapacityLimit;
  readonly reason: ScaleReasonCode;
  readonly detail: string;
}

export const heldBy = (limit: CapacityLimit, detail: string): HeldLimit => ({
  limit,
  reason: `limit-${limit}`,
  detail,
});
