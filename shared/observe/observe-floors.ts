import { type CapacityFloor, floorsAt } from '../domain/capacity-floor';
import { floorsKey } from '../domain/store-keys';
import { type Ports } from '../ports/ports';
import { isReadableFloor } from './readable-memory';

/** What names have asked the pool for, as the store keeps it, without what is over; what cannot be understood is none, and the log says so. */
export async function observeFloors(
  poolName: string,
  { store, log, clock }: Pick<Ports, 'store' | 'log' | 'clock'>,
): Promise<readonly CapacityFloor[]> {
  const stored = await store.read(floorsKey(poolName));
  const floors = readableFloors(stored?.value);
  if (floors.length < countOf(stored?.value))
    log.error('a floor in the store cannot be understood', { pool: poolName });
  return floorsAt(floors, clock.now());
}

/** Those that can be understood. */
export const readableFloors = (value: unknown): readonly CapacityFloor[] =>
  Array.isArray(value) ? value.filter(isReadableFloor) : [];

/** Anything but a list counts as one that cannot be understood. */
const countOf = (value: unknown): number => {
  if (value === undefined || value === null) return 0;
  return Array.isArray(value) ? value.length : 1;
};
