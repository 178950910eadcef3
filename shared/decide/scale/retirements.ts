import { retirementIn } from '../../domain/ownership-tags';
import { type DrainOrder, type PoolSnapshot } from '../../domain/pool';
import { knownValue } from '../../domain/reading';

/** Departures of our own, as the instances’ tags tell them, in the form of orders: heal drains for both alike. */
export const retirements = ({ backends }: PoolSnapshot): readonly DrainOrder[] =>
  backends.flatMap(({ instanceId, instance }) => {
    const retirement = retirementIn(knownValue(instance)?.tags ?? {});
    if (retirement === null) return [];
    const { reason, since: at } = retirement;
    return [{ instanceId, by: 'evenkeel', reason, at, until: null, isRetirement: true }];
  });
