import { WARM_TAG } from '../../domain/ownership-tags';
import { type PoolSnapshot } from '../../domain/pool';
import { type Alert } from '../../domain/proposal';
import { takenOutOf } from './arrivals';
import { type Entry } from './entry';

/** Somebody else took out what we had put in, or started what rests: they win, and people hear of it. */
export const foreignWriters = (roster: readonly Entry[], pool: PoolSnapshot): readonly Alert[] =>
  roster.flatMap((entry) => {
    const deed = foreignDeed(entry, pool);
    return deed === null ? [] : [alertOf(entry, deed)];
  });

function foreignDeed(entry: Entry, pool: PoolSnapshot): string | null {
  if (entry.stage === 'yielded')
    return WARM_TAG in (entry.facts?.tags ?? {})
      ? 'rests in the warm pool and was started by somebody else; it is left alone'
      : 'was taken out of its groups by somebody else; it is not put back';
  const places = entry.stage === 'ghost' || entry.retire !== null ? [] : takenOutOf(entry, pool);
  return places.length === 0
    ? null
    : `was taken out of ${places.join(', ')} by somebody else; it is not put back`;
}

const alertOf = ({ instanceId }: Entry, deed: string): Alert => ({
  key: `foreign-writer/${instanceId}`,
  severity: 'warning',
  reason: 'foreign-writer',
  instanceId,
  message: `${instanceId} ${deed}.`,
});
