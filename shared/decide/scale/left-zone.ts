import { evacuationAt } from '../../domain/evacuation';
import { type PoolSnapshot } from '../../domain/pool';
import { type Entry, isCapacity } from './entry';

/** The zone that a person has the pool leave; null when there is none. */
export const leftZoneOf = ({ evacuation, takenAt }: PoolSnapshot): string | null =>
  evacuationAt(evacuation, takenAt)?.zoneId ?? null;

/** It stands in the zone that is left, where it is no capacity any more. */
export const standsInLeftZone = ({ facts }: Entry, zoneId: string | null): boolean =>
  zoneId !== null && facts?.zoneId === zoneId;

/** Those of the pool’s capacity that stand in the zone that is left: as many are wanted elsewhere. */
export const countEvacuated = (roster: readonly Entry[], zoneId: string | null): number =>
  roster.filter((entry) => standsInLeftZone(entry, zoneId) && isCapacity(entry)).length;
