import { type FleetPolicy } from '../config/fleet-policy';
import { memoryKey, nameMemoryKey } from '../domain/store-keys';
import { type Instant, millis, type Millis, since } from '../domain/units';
import { type StateStore } from '../ports/state-store';
import { poolsHere } from './pools-here';
import { rotated } from './rotation';
import { namesAtHome } from './wake-names';

/** The last completed looks, by the one that is longest ago. */
export interface LoopAge {
  /** Pool, or `name/` and name; null when there is nothing to look at. */
  readonly oldest: string | null;
  /** Null: it was never looked at. */
  readonly ageMs: Millis | null;
}

/** Whose memory is read in one minute: reading that of thousands each minute would be the store's main load. */
const READ_MAX = 200;

/**
 * How long ago the last tick of whatever was looked at longest ago ended, by what the workers remember: it grows when the timer, the
 * queue, the workers, the cloud's answers or the store fail, and nothing but completed ticks keeps it small. Of more than 200 pools and
 * names 200 are read, others each minute. Throws `StoreUnavailable`.
 */
export async function loopAge(
  fleet: Pick<FleetPolicy, 'pools' | 'names' | 'failover' | 'regionId'>,
  store: Pick<StateStore, 'read'>,
  now: Instant,
): Promise<LoopAge> {
  const subjects = [
    ...namesAtHome(fleet).map((name) => ({ subject: `name/${name}`, key: nameMemoryKey(name) })),
    ...poolsHere(fleet).map(({ name }) => ({ subject: name, key: memoryKey(name) })),
  ];
  const looks = await Promise.all(
    rotated(subjects, now)
      .slice(0, READ_MAX)
      .map(async ({ subject, key }) => ({ subject, at: await lookedAt(key, store, now) })),
  );
  const [oldest] = looks.sort((one, other) => (one.at ?? -1) - (other.at ?? -1));
  if (oldest === undefined) return { oldest: null, ageMs: millis(0) };
  return {
    oldest: oldest.subject,
    ageMs: oldest.at === null ? null : millis(Math.max(0, since(oldest.at, now))),
  };
}

/** Clocks differ by less. */
const AHEAD_MS = 60_000;

/** A look from the future was taken by a clock that was ahead, nobody knows when: a loop that died since must not seem alive until then. */
async function lookedAt(
  key: string,
  store: Pick<StateStore, 'read'>,
  now: Instant,
): Promise<Instant | null> {
  const memory = (await store.read(key))?.value as
    { readonly updatedAt?: unknown } | null | undefined;
  const at = memory?.updatedAt;
  return typeof at === 'number' && at <= now + AHEAD_MS ? (at as Instant) : null;
}
