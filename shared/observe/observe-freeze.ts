import { type Freeze } from '../domain/failover/name-snapshot';
import { freezeKey } from '../domain/store-keys';
import { type Instant } from '../domain/units';
import { type Ports } from '../ports/ports';
import { isReadableFreeze } from './readable-memory';

export type FreezeScope = Parameters<typeof freezeKey>[0];

/**
 * The freeze that holds for a pool or a name: its own or the one of everything, whichever lasts longer; null when none holds. One
 * that cannot be understood freezes nothing, and the log says so. Throws `StoreUnavailable`.
 */
export async function observeFreeze(
  scope: FreezeScope,
  { store, log, clock }: Pick<Ports, 'store' | 'log' | 'clock'>,
): Promise<Freeze | null> {
  const scopes = [...new Set<FreezeScope>(['all', scope])];
  const documents = await Promise.all(scopes.map(async (each) => store.read(freezeKey(each))));
  const values = documents.flatMap((document) => document?.value ?? []);
  const readable = values.filter(isReadableFreeze);
  if (readable.length < values.length)
    log.error('a freeze in the store cannot be understood', { scope });
  return longest(readable, clock.now());
}

const longest = (freezes: readonly Freeze[], now: Instant): Freeze | null =>
  freezes
    .filter(({ until }) => until > now)
    .reduce<Freeze | null>(
      (best, each) => (best === null || each.until > best.until ? each : best),
      null,
    );
