import { type CapacityOrder } from '../../domain/capacity';
import { type CapacityFloor } from '../../domain/capacity-floor';
import { type ScalePolicy } from '../../domain/scale-policy';
import { clamp, type Instant } from '../../domain/units';
import { type HeldLimit, heldBy } from './held-limit';
import { isInForce } from './schedule';

/** The bounds that hold now, and who set them. */
export interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly minBy: HeldLimit;
  readonly maxBy: HeldLimit;
}

/**
 * Schedules tighten the bounds of the policy and never widen them. Where a scheduled minimum meets a lower scheduled
 * maximum, the minimum holds: too much capacity costs money, too little costs requests.
 *
 * Example: policy 2 … 20, `day` at least 10, `thrift` at most 8 → 10 … 10.
 */
export function boundsAt(
  { min, max, schedules }: Pick<ScalePolicy, 'min' | 'max' | 'schedules'>,
  now: Instant,
): Bounds {
  const inForce = schedules.filter((schedule) => isInForce(schedule, now));
  const low = Math.min(max, Math.max(min, ...inForce.flatMap((each) => each.min ?? [])));
  const cap = Math.min(max, ...inForce.flatMap((each) => each.max ?? []));
  const high = Math.max(low, cap);
  const raising = inForce.find((each) => each.min !== null && each.min >= low && low > min);
  const lowering = cap < max ? inForce.find((each) => each.max === cap) : undefined;
  const butFor = high > cap ? `, and at least ${high} are kept` : '';
  return {
    min: low,
    max: high,
    minBy:
      raising === undefined
        ? heldBy('min', `The policy asks for at least ${low}.`)
        : heldBy('schedule', `The schedule ${raising.name} asks for at least ${low}.`),
    maxBy:
      lowering === undefined
        ? heldBy('max', `The maximum is ${high}.`)
        : heldBy('schedule', `The schedule ${lowering.name} allows at most ${cap}${butFor}.`),
  };
}

export interface Bounded {
  readonly count: number;
  readonly held: readonly HeldLimit[];
}

/** What is asked for whatever the metrics say. */
export interface Wishes {
  readonly order: CapacityOrder | null;
  /** Only a person who orders an exact number goes below it. */
  readonly floor: CapacityFloor | null;
}

/**
 * A number of instances after a name’s floor, a person’s order and the bounds. Both are obeyed within the bounds until they expire.
 *
 * Example: 7 wanted, `at least 9` ordered, maximum 8 → 8, held by the order and by the maximum.
 */
export function confine(
  count: number,
  { order, floor }: Wishes,
  { min, max, minBy, maxBy }: Bounds,
): Bounded {
  const raised = order?.kind === 'exactly' ? count : Math.max(count, floor?.count ?? 0);
  const ordered = obey(raised, order);
  const bounded = clamp(ordered, min, max);
  return {
    count: bounded,
    held: [
      ...(floor === null || raised === count ? [] : [floorHeld(floor)]),
      ...(order === null || ordered === raised ? [] : [orderHeld(order)]),
      ...(bounded > ordered ? [minBy] : []),
      ...(bounded < ordered ? [maxBy] : []),
    ],
  };
}

function obey(count: number, order: CapacityOrder | null): number {
  if (order === null) return count;
  return order.kind === 'exactly' ? order.count : Math.max(count, order.count);
}

const orderHeld = ({ by, kind, count, reason }: CapacityOrder): HeldLimit =>
  heldBy(
    'order',
    `${by} ordered ${kind === 'exactly' ? 'exactly' : 'at least'} ${count}: ${reason}.`,
  );

const floorHeld = ({ by, count }: CapacityFloor): HeldLimit =>
  heldBy('floor', `The floor of ${by} keeps at least ${count}.`);
