import { type BackendMemory } from '../../domain/memory';
import { retirementIn } from '../../domain/ownership-tags';
import { type DrainOrder, type PoolSnapshot } from '../../domain/pool';
import { knownValue } from '../../domain/reading';
import { type Instant } from '../../domain/units';

/** Departures of our own, as the instances’ tags tell them, in the form of orders: heal drains for both alike. */
export const retirements = ({ backends, memory }: PoolSnapshot): readonly DrainOrder[] =>
  backends.flatMap(({ instanceId, instance }) => {
    const retirement =
      instance.kind === 'missing'
        ? rememberedRetirement(memory.backends[instanceId])
        : retirementIn(knownValue(instance)?.tags ?? {});
    if (retirement === null) return [];
    const { reason, since: at } = retirement;
    return [{ instanceId, by: 'evenkeel', reason, at, until: null, isRetirement: true }];
  });

/** Tags that cannot be read do not take a departure back. */
const rememberedRetirement = (
  known: BackendMemory | undefined,
): { readonly reason: string; readonly since: Instant } | null =>
  known?.cause === 'retiring'
    ? { reason: 'its tags said so when they were read last', since: known.since }
    : null;
