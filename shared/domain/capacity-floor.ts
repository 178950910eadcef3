import { type Instant } from './units';

/** At least so many instances, asked for from another region until an instant: what a public name sends here must find room. */
export interface CapacityFloor {
  /** Who asks: the public name. It has one floor with each pool. */
  readonly by: string;
  readonly count: number;
  readonly reason: string;
  readonly at: Instant;
  readonly until: Instant;
}

/**
 * What one pool takes, whatever it is asked for: as many names as hardly any pool serves, and no longer than the longest
 * `capacity.floor` of a name. Who asks renews, so a floor that nobody needs any more ends by itself.
 */
export const FLOOR_LIMITS = { perPool: 50, spanMs: 86_400_000 } as const;

/** Those that hold now. */
export const floorsAt = (
  floors: readonly CapacityFloor[],
  now: Instant,
): readonly CapacityFloor[] => floors.filter(({ until }) => until > now);

/** The one that asks for most now; null when nobody asks. */
export const highestFloor = (
  floors: readonly CapacityFloor[],
  now: Instant,
): CapacityFloor | null =>
  floorsAt(floors, now).reduce<CapacityFloor | null>(
    (highest, each) => (highest === null || each.count > highest.count ? each : highest),
    null,
  );

/**
 * The floors that hold now with one more. Of the same asker the higher count and the later end hold, so that a repeated request
 * changes nothing and two that overtake each other end the same. A floor ends; it is not lowered.
 *
 * Example: 8 until 12:10 and a late 6 until 12:05 of the same name: 8 until 12:10.
 */
export function withFloor(
  floors: readonly CapacityFloor[],
  floor: CapacityFloor,
): readonly CapacityFloor[] {
  const standing = floorsAt(floors, floor.at);
  const present = standing.find(({ by }) => by === floor.by) ?? floor;
  const [count, until] = [
    Math.max(present.count, floor.count),
    Math.max(present.until, floor.until) as Instant,
  ];
  return [...standing.filter(({ by }) => by !== floor.by), { ...floor, count, until }];
}
