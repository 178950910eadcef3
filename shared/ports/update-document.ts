import { type Lease } from '../domain/tick';
import { type StateStore } from './state-store';

/** What a document becomes, and what there is to tell of it. Without `next` it stays as it is. */
export interface Update<R> {
  readonly next?: unknown;
  readonly result: R;
}

interface UpdateOptions {
  /** Changes of others that are put up with. Default 5. */
  readonly attemptsMax?: number;
  /** Lease under which it is written. */
  readonly fence?: Lease;
}

/**
 * Changes a document by compare-and-set: `update` is asked anew, with what others have stored meanwhile, until its answer is stored or
 * wants nothing stored. Gets undefined where there is no document. Tells its result, or undefined when others kept changing the document.
 * Throws `StoreUnavailable`.
 */
export async function updateDocument<R>(
  store: Pick<StateStore, 'read' | 'compareAndSet'>,
  key: string,
  update: (value: unknown) => Update<R>,
  { attemptsMax = 5, fence }: UpdateOptions = {},
): Promise<R | undefined> {
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    const document = await store.read(key);
    const made = update(document?.value);
    if (!('next' in made)) return made.result;
    const version = document?.version ?? null;
    const written = await store.compareAndSet(key, made.next, version, fence);
    if (written === 'stored') return made.result;
  }
  return undefined;
}
