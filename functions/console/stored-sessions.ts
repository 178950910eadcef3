import { type Instant } from '../../shared/domain/units';
import { type StateStore } from '../../shared/ports/state-store';
import { updateDocument } from '../../shared/ports/update-document';

const ENDED_KEY = 'console/ended-sessions';
const USED_LINKS_KEY = 'console/used-links';
/** More sessions than people sign out of in their lifetime; the next ones of this second are told to try again. */
const NOTED_MAX = 2000;

/** Stands among the ids, which are none such: what began before this instant is over, whoever it was. */
const EVERYBODY = '*';

/** Until when each is noted. */
type Noted = Readonly<Record<string, number>>;

const isNoted = (value: unknown): value is Noted =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((until) => typeof until === 'number');

/** A document that cannot be understood may have noted anybody: everybody who began until then. */
const notedIn = (value: unknown, until: number): Noted => {
  if (value === undefined || value === null) return {};
  return isNoted(value) ? value : { [EVERYBODY]: until };
};

type Begun = Readonly<Record<'at' | 'until', Instant>> & { readonly id: string };

const isAmong = (noted: Noted, { id, at }: Begun): boolean =>
  Object.hasOwn(noted, id) || at < (noted[EVERYBODY] ?? 0);

/** Whether a session was ended by signing out, or nobody can tell. Throws `StoreUnavailable`. */
export async function hasEnded(session: Begun, store: Pick<StateStore, 'read'>): Promise<boolean> {
  return isAmong(notedIn((await store.read(ENDED_KEY))?.value, Infinity), session);
}

/** Lets people sign in again after a document that cannot be understood: whoever had signed in before has to. Throws `StoreUnavailable`. */
export async function mendEnded(now: Instant, store: StateStore): Promise<void> {
  await updateDocument(store, ENDED_KEY, (value) => {
    const isSound = value === undefined || value === null || isNoted(value);
    return isSound ? { result: false } : { next: notedIn(value, now), result: true };
  });
}

/** Notes an id until it expires by itself; false when it was noted before, or cannot be now. Throws `StoreUnavailable`. */
async function note(key: string, begun: Begun, now: Instant, store: StateStore): Promise<boolean> {
  const isNew = await updateDocument<boolean>(store, key, (value) => {
    const noted = notedIn(value, now + 1);
    if (isAmong(noted, begun)) return { ...(isNoted(value) ? {} : { next: noted }), result: false };
    const kept = Object.entries(noted).filter(([id, end]) => end > now || id === EVERYBODY);
    if (kept.length >= NOTED_MAX) return { result: false };
    return { next: Object.fromEntries([...kept, [begun.id, begun.until]]), result: true };
  });
  return isNew ?? false;
}

/** The session is worth nothing from now on, wherever its cookie was copied to. */
export const endSession = (session: Begun, now: Instant, store: StateStore): Promise<boolean> =>
  note(ENDED_KEY, session, now, store);

/** False when somebody has signed in with the link before. */
export const useLink = (link: Begun, now: Instant, store: StateStore): Promise<boolean> =>
  note(USED_LINKS_KEY, link, now, store);
