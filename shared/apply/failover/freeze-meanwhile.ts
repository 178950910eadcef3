import { type NamePolicy } from '../../domain/failover/name-policy';
import { type Freeze } from '../../domain/failover/name-snapshot';
import { freezeIn, longestFreeze } from '../../domain/freeze';
import { freezeKey } from '../../domain/store-keys';
import { type NamePorts } from '../../ports/name-ports';

/**
 * The freeze that holds for a name at this moment, its own or the one of everything. A tick reads it when it looks; a person may give
 * it afterwards, and means that nothing more is written. Throws `StoreUnavailable`.
 */
export async function freezeMeanwhile(
  { name }: NamePolicy,
  { store, clock }: Pick<NamePorts, 'store' | 'clock'>,
): Promise<Freeze | null> {
  const scopes = ['all', `name/${name}`] as const;
  const documents = await Promise.all(scopes.map(async (each) => store.read(freezeKey(each))));
  const now = clock.now();
  const freezes = documents.flatMap((document) => freezeIn(document?.value, now) ?? []);
  return longestFreeze(freezes, now);
}
