import { type FleetPolicy } from '../config/fleet-policy';
import { freezeIn } from '../domain/freeze';
import { type PoolMemory } from '../domain/memory';
import { figuresIn } from '../domain/pool-figures';
import { FREEZES, memoryKey, nameMemoryKey } from '../domain/store-keys';
import { type Instant } from '../domain/units';
import { isReadableMemory } from '../observe/readable-memory';
import { type StateStore } from '../ports/state-store';
import { type TickArchive } from '../ports/tick-archive';
import { poolsHere } from '../wake/pools-here';
import { namesAtHome } from '../wake/wake-names';
import { type Sample } from './metric-table';
import { nameSamples } from './name-samples';
import { noticeSamples } from './notice-samples';
import { poolSamples } from './pool-samples';
import { epochSeconds, readDocuments, timeLimit } from './read-documents';

interface FleetContext {
  readonly store: Pick<StateStore, 'read' | 'list'>;
  readonly archive: Pick<TickArchive, 'list'>;
  readonly fleet: FleetPolicy;
  readonly now: Instant;
  readonly page?: number;
}

/** Pools of one page: some 25,000 lines, three megabytes at most. */
const POOLS_MAX = 500;
/** Longest time for the documents of pools; Prometheus waits for ten seconds. */
const READ_MS = 4_000;
/** Freezes and pools without memory that are looked into; more are no use to anybody. */
const FEW = 100;

/** Everything that can be told. Throws `StoreUnavailable`. */
export async function fleetSamples(context: FleetContext): Promise<readonly Sample[]> {
  const { fleet, store, now, page = 1 } = context;
  const isTimeLeft = timeLimit(READ_MS);
  const all = poolsHere(fleet).map(({ name }) => name);
  const pools = all.slice((page - 1) * POOLS_MAX, page * POOLS_MAX);
  const names = page === 1 ? namesAtHome(fleet) : [];
  const nameDocuments = await readDocuments(store, names.map(nameMemoryKey), isTimeLeft);
  const first = page === 1 ? await sharedSamples(context) : [];
  const documents = await readDocuments(store, pools.map(memoryKey), isTimeLeft);
  const memories = memoriesOf(pools, documents);
  const unread = pools.filter((name) => !memories.has(name));
  const nameLooks = names.flatMap((name) =>
    nameSamples(name, nameDocuments.get(nameMemoryKey(name))),
  );
  const poolLooks = [
    ...[...memories].flatMap(([name, memory]) => poolSamples(name, memory, now)),
    ...(await archivedLooks(unread, context)),
  ];
  return [
    { metric: 'pools', labels: {}, value: all.length },
    { metric: 'poolsLeftOut', labels: {}, value: all.length - pools.length },
    { metric: 'poolsUnread', labels: {}, value: unread.length },
    ...lagSamples([...nameLooks, ...poolLooks], now),
    ...first,
    ...nameLooks,
    ...poolLooks,
  ];
}

function memoriesOf(
  pools: readonly string[],
  documents: ReadonlyMap<string, unknown>,
): ReadonlyMap<string, PoolMemory> {
  const memories = new Map<string, PoolMemory>();
  for (const name of pools) {
    const value = documents.get(memoryKey(name));
    if (!isReadableMemory(value)) continue;
    const { figures, ...memory } = value;
    memories.set(name, figures === undefined ? memory : { ...memory, figures: figuresIn(figures) });
  }
  return memories;
}

/** A pool whose memory was lost with the store was looked at all the same: the archive has its last tick. */
async function archivedLooks(
  pools: readonly string[],
  { archive }: FleetContext,
): Promise<readonly Sample[]> {
  const looks = pools.slice(0, FEW).map(async (pool): Promise<readonly Sample[]> => {
    const [last] = await archive.list(pool, { limit: 1 }).catch(() => []);
    if (last === undefined) return [];
    return [{ metric: 'lastTick', labels: { pool }, value: epochSeconds(last.at) }];
  });
  return (await Promise.all(looks)).flat();
}

function lagSamples(samples: readonly Sample[], now: Instant): readonly Sample[] {
  const looks = samples
    .filter(({ metric }) => metric === 'lastTick' || metric === 'nameLastTick')
    .map(({ value }) => value);
  if (looks.length === 0) return [];
  const value = Math.max(0, epochSeconds(now) - Math.min(...looks));
  return [{ metric: 'loopLag', labels: {}, value }];
}

async function sharedSamples({ store, fleet, now }: FleetContext): Promise<readonly Sample[]> {
  const keys = (await store.list(FREEZES)).slice(0, FEW);
  const freezes = await Promise.all(
    keys.map(async (key): Promise<readonly Sample[]> => {
      const freeze = freezeIn((await store.read(key))?.value, now);
      const labels = { scope: key.slice(FREEZES.length) };
      if (freeze === null) return [];
      return [
        { metric: 'freezeSince', labels, value: epochSeconds(freeze.at) },
        { metric: 'freezeUntil', labels, value: epochSeconds(freeze.until) },
      ];
    }),
  );
  return [...freezes.flat(), ...(await noticeSamples(fleet, store))];
}
