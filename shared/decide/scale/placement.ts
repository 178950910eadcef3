import { compareText } from '../../domain/attachment';
import { type PoolPolicy } from '../../domain/policy';
import { type PoolSnapshot } from '../../domain/pool';
import { type Entry } from './entry';

/** Members of each load balancer. */
type Fill = Map<string, number>;

/**
 * With `placement: one-load-balancer`, names for everybody the load balancer it belongs behind: the one it stands behind, or stood
 * behind before somebody took it out, else the emptiest, counting those who were given one before it. Else the roster as it is.
 *
 * Example: two load balancers with 3 and 5 members, four newcomers → 3 to the first, 1 to the second: 6 and 6.
 */
export function placeRoster(
  roster: readonly Entry[],
  pool: PoolSnapshot,
  { placement }: Pick<PoolPolicy, 'placement'>,
): readonly Entry[] {
  if (placement !== 'one-load-balancer') return roster;
  const homes = new Map(pool.targets.map(({ key, target }) => [key, target.loadBalancerId]));
  const placed = roster.map((entry) => withHome(entry, homeOf(entry, homes)));
  const fill: Fill = new Map([...homes.values()].map((id) => [id, 0]));
  for (const { loadBalancerId } of placed) count(fill, loadBalancerId);
  return placed.map((entry) => {
    if (entry.loadBalancerId !== undefined) return entry;
    const emptiest = [...fill].toSorted((a, b) => a[1] - b[1] || compareText(a[0], b[0]))[0]?.[0];
    count(fill, emptiest);
    return withHome(entry, emptiest);
  });
}

const withHome = (entry: Entry, loadBalancerId: string | undefined): Entry =>
  loadBalancerId === undefined ? entry : { ...entry, loadBalancerId };

function homeOf(
  { backend, memory }: Entry,
  homes: ReadonlyMap<string, string>,
): string | undefined {
  const places = backend?.attachments.map(({ targetKey }) => targetKey) ?? memory.placedIn ?? [];
  return places.map((key) => homes.get(key)).find((home) => home !== undefined);
}

function count(fill: Fill, loadBalancerId: string | undefined): void {
  if (loadBalancerId !== undefined) fill.set(loadBalancerId, (fill.get(loadBalancerId) ?? 0) + 1);
}
