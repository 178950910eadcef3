import { type StateStore } from '../../ports/state-store';

/** Changes that are tried before somebody else's are left to stand. */
const TRIES = 5;

/**
 * Reads a document, and stores what `change` makes of it unless that is null. Tells what was made; undefined when others kept changing
 * it. Throws `StoreUnavailable`.
 */
export async function changeDocument<R>(
  store: StateStore,
  key: string,
  change: (value: unknown) => { readonly next: object | null; readonly result: R },
): Promise<R | undefined> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const stored = await store.read(key);
    const { next, result } = change(stored?.value ?? null);
    if (next === null) return result;
    const written = await store.compareAndSet(key, next, stored?.version ?? null);
    if (written === 'stored') return result;
  }
  return undefined;
}
