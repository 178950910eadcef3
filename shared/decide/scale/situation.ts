import { type CapacityOrder, type CapacitySnapshot } from '../../domain/capacity';
import { type CapacityFloor, highestFloor } from '../../domain/capacity-floor';
import { type ScaleMemory } from '../../domain/scale-memory';
import { type ScalePolicy } from '../../domain/scale-policy';
import { type Instant } from '../../domain/units';

/** Instances by where they stand; see the roster. */
export interface CapacityCounts {
  readonly serving: number;
  /** Ejected and expected back. */
  readonly held: number;
  /** Launched, booting, or registered and not serving yet. */
  readonly arriving: number;
  /** On their way out: no capacity. */
  readonly leaving: number;
  readonly warm: number;
  /** Held, condemned or gone. */
  readonly unhealthy: number;
}

export interface CapacityInput {
  readonly now: Instant;
  readonly capacity: CapacitySnapshot;
  readonly policy: ScalePolicy;
  readonly memory: ScaleMemory;
  readonly counts: CapacityCounts;
  /** Of those who serve, are held out or arrive: in a zone that is being left, where they are no capacity any more. */
  readonly evacuated?: number;
}

export interface Situation extends CapacityInput {
  /** What counts as capacity: serving, held and arriving. Launches in flight are in it, so that none is asked for twice. */
  readonly have: number;
  /** What stays if nobody asks for anything: what is there, or what was desired and is not there yet. */
  readonly base: number;
  /** A person's order, until it expires. */
  readonly order: CapacityOrder | null;
  /** The highest floor that a public name has asked for, until it expires. */
  readonly floor: CapacityFloor | null;
}

export function survey(input: CapacityInput): Situation {
  const { counts, memory, capacity, now, evacuated = 0 } = input;
  const all = counts.serving + counts.held + counts.arriving;
  const have = all - evacuated;
  const order = capacity.order;
  return {
    ...input,
    have,
    base: Math.max(memory.desired ?? all, have),
    order: order !== null && now < order.until ? order : null,
    floor: highestFloor(capacity.floors ?? [], now),
  };
}
