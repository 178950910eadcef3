import { type Priority } from './proposal';
import { floorDiv } from './units';

/** Calls of one API that we may make in a minute, account and region: of each API of its kind as many. */
export interface CallQuotas {
  readonly loadBalancerReads: number;
  readonly loadBalancerWrites: number;
  readonly instanceReads: number;
  readonly instanceWrites: number;
  readonly metricReads: number;
  readonly dnsReads: number;
  readonly dnsWrites: number;
}

/** A bucket of calls: so many at once, so many more each minute. */
export interface CallBudget {
  readonly capacity: number;
  readonly refillPerMinute: number;
}

/**
 * A quota for any 60 seconds as a bucket. A quarter may be used at once and three quarters flow in over a minute, so that no 60 seconds
 * ever see more than the quota, wherever the vendor's own window begins.
 *
 * Example: 90 a minute → 22 at once and 68 a minute more.
 */
export function callBudget(perMinute: number): CallBudget {
  const capacity = Math.max(1, floorDiv(perMinute, 4));
  return { capacity, refillPerMinute: Math.max(1, perMinute - capacity) };
}

/** Shares of the bucket, in permille, that a call of each priority leaves for more urgent ones. */
const KEPT: Readonly<Record<Priority, number>> = {
  restore: 0,
  eject: 100,
  ramp: 300,
  feedback: 500,
};

/**
 * Calls that must be left for more urgent ones; a bucket of one keeps none. Calls that do not say how urgent they are count as `eject`.
 *
 * Example: of 22 an ejection leaves 2, a step of a ramp 6, feedback 11.
 */
export const callsKept = (capacity: number, priority: Priority = 'eject'): number =>
  Math.min(capacity - 1, floorDiv(capacity * KEPT[priority], 1000));

const DAYS_IN_A_MONTH = 30;
const MINUTES_IN_A_MONTH = DAYS_IN_A_MONTH * 24 * 60;
const MINUTES_IN_AN_HOUR = 60;

/**
 * A month's calls as a bucket: what flows in over a month of thirty days is the month's share, and an hour's worth may be used at once.
 *
 * Example: 1,000,000 a month → 23 a minute, 1,380 at once.
 */
export function monthlyBudget(perMonth: number): CallBudget {
  const refillPerMinute = Math.max(1, floorDiv(perMonth, MINUTES_IN_A_MONTH));
  return { capacity: refillPerMinute * MINUTES_IN_AN_HOUR, refillPerMinute };
}
