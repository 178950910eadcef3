import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type CapacityFloor, highestFloor, withFloor } from '../../shared/domain/capacity-floor';
import { instant } from '../../shared/domain/units';
import { inSeconds, NOW } from '../support/builders';
import { propertyRuns } from '../support/property-runs';

/** All asked for at the same moment; the reason says nothing that is compared. */
const someFloors = (): fc.Arbitrary<readonly CapacityFloor[]> =>
  fc.array(
    fc.record({
      by: fc.constantFrom('shop', 'blog', 'wiki'),
      count: fc.integer({ min: 1, max: 30 }),
      reason: fc.constant('hz is down'),
      at: fc.constant(NOW),
      until: fc.integer({ min: 1, max: 600_000 }).map((span) => instant(NOW + span)),
    }),
    { maxLength: 8 },
  );

const take = (floors: readonly CapacityFloor[]): readonly CapacityFloor[] =>
  floors.reduce<readonly CapacityFloor[]>(withFloor, []);
const sorted = (floors: readonly CapacityFloor[]) =>
  floors.toSorted((one, other) => (one.by < other.by ? -1 : 1));

describe('floors, however often and in whatever order they come', () => {
  it('end the same', () => {
    fc.assert(
      fc.property(someFloors(), fc.infiniteStream(fc.nat()), (floors, random) => {
        const shuffled = floors
          .map((floor) => ({ floor, at: random.next().value as number }))
          .toSorted((one, other) => one.at - other.at)
          .map(({ floor }) => floor);
        expect(sorted(take([...shuffled, ...floors]))).toEqual(sorted(take(floors)));
      }),
      propertyRuns(500),
    );
  });

  it('are one for each asker, and never less than anybody asked for', () => {
    fc.assert(
      fc.property(someFloors(), (floors) => {
        const kept = take(floors);
        expect(new Set(kept.map(({ by }) => by)).size).toBe(kept.length);
        for (const { by, count, until } of floors) {
          const own = kept.find((each) => each.by === by)!;
          expect(own.count).toBeGreaterThanOrEqual(count);
          expect(own.until).toBeGreaterThanOrEqual(until);
        }
        const most = floors.reduce((highest, { count }) => Math.max(highest, count), 0);
        expect(highestFloor(kept, NOW)?.count ?? 0).toBe(most);
      }),
      propertyRuns(500),
    );
  });

  it('all end', () => {
    fc.assert(
      fc.property(someFloors(), (floors) => {
        expect(highestFloor(take(floors), inSeconds(600))).toBeNull();
        const late = { by: 'new', count: 1, reason: '', at: inSeconds(600), until: inSeconds(700) };
        expect(withFloor(take(floors), late)).toEqual([late]);
      }),
      propertyRuns(500),
    );
  });
});
