import { type Instant } from '../../shared/domain/units';
import { type StateStore } from '../../shared/ports/state-store';
import { updateDocument } from '../../shared/ports/update-document';

const ENDED_KEY = 'console/ended-sessions';
const USED_LINKS_KEY = 'console/used-links';
/** More sessions than people sign out of in their lifetime; the next ones of this second are told to try again. */
const NOTED_MAX = 2000;

type Noted = Readonly<Record<string, number>>;

const isNoted = (value: unknown): value is Noted =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((until) => typeof until === 'number');

/** Whether a session was ended by signing out. Throws `StoreUnavailable`. */
export async function hasEnded(id: string, store: Reading): Promise<boolean> {
  const value = (await store.read(ENDED_KEY))?.value;
  return isNoted(value) && Object.hasOwn(value, id);
}

type Reading = Pick<StateStore, 'read'>;

/** Notes an id until it expires by itself; false when it was noted before, or cannot be now. Throws `StoreUnavailable`. */
async function note(
  key: string,
  { id, until }: { readonly id: string; readonly until: Instant },
  now: Instant,
  store: StateStore,
): Promise<boolean> {
  const isNew = await updateDocument<boolean>(store, key, (value) => {
    const kept = Object.entries(isNoted(value) ? value : {}).filter(([, end]) => end > now);
    const isFull = kept.length >= NOTED_MAX;
    if (isFull || kept.some(([each]) => each === id)) return { result: false };
    return { next: Object.fromEntries([...kept, [id, until]]), result: true };
  });
  return isNew ?? false;
}

type Expiring = Parameters<typeof note>[1];

/** The session is worth nothing from now on, wherever its cookie was copied to. */
export const endSession = (session: Expiring, now: Instant, store: StateStore): Promise<boolean> =>
  note(ENDED_KEY, session, now, store);

/** False when somebody has signed in with the link before. */
export const useLink = (link: Expiring, now: Instant, store: StateStore): Promise<boolean> =>
  note(USED_LINKS_KEY, link, now, store);
