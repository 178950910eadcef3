import { type Freeze } from '../domain/failover/name-snapshot';
import { freezeIn, isFreeze, longestFreeze } from '../domain/freeze';
import { freezeKey } from '../domain/store-keys';
import { type Ports } from '../ports/ports';

export type FreezeScope = Parameters<typeof freezeKey>[0];

/**
 * The freeze that holds for a pool or a name: its own or the one of everything, whichever lasts longer; null when none holds. One
 * that cannot be understood holds, and the log says so. Throws `StoreUnavailable`.
 */
export async function observeFreeze(
  scope: FreezeScope,
  { store, log, clock }: Pick<Ports, 'store' | 'log' | 'clock'>,
): Promise<Freeze | null> {
  const scopes = [...new Set<FreezeScope>(['all', scope])];
  const documents = await Promise.all(scopes.map(async (each) => store.read(freezeKey(each))));
  const values = documents.flatMap((document) => document?.value ?? []);
  if (!values.every(isFreeze)) log.error('a freeze in the store cannot be understood', { scope });
  const now = clock.now();
  return longestFreeze(
    values.flatMap((value) => freezeIn(value, now) ?? []),
    now,
  );
}
