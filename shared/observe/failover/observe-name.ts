import { type NamePolicy, type SitePolicy } from '../../domain/failover/name-policy';
import { type NameSnapshot, type SiteCapacity } from '../../domain/failover/name-snapshot';
import { type NameTickRequest } from '../../domain/failover/name-tick';
import { withBegunMoves } from '../../domain/failover/begun-moves';
import { pastMemory } from '../../domain/failover/past-memory';
import { knownValue, missing, reading, type Reading } from '../../domain/reading';
import { type Instant, plus } from '../../domain/units';
import { type CallOptions } from '../../ports/load-balancer';
import { type NamePorts } from '../../ports/name-ports';
import { attempt, readOnce } from '../attempt';
import { observeNameStore } from './observe-name-store';
import { observeVotes } from './observe-votes';

/** The longest that pools and side facts are waited for. */
const SIGNAL_SPAN_MS = 10_000;

/**
 * Reads what one tick needs to know of a name: the store, the votes of all vantages and the capacity of all sites side by side, and
 * the records last, so that what decides is the freshest. Whatever the cloud does not tell is missing. Throws `StoreUnavailable`.
 */
export async function observeName(
  request: NameTickRequest,
  ports: NamePorts,
): Promise<NameSnapshot> {
  const { policy } = request;
  const early = shareOfTime(request, ports.clock.now(), 2);
  const signals = soon(early, ports.clock.now());
  const { outsideVotes, ...stored } = await observeNameStore(policy, ports);
  const [votes, capacities, weighting, minimumTtlSeconds] = await Promise.all([
    observeVotes(policy, ports, early.deadline),
    observeCapacities(policy, ports, signals),
    observeWeighting(policy, ports, signals),
    readOnce('the minimum TTL', ports, () => ports.dns.describeMinimumTtl(policy.domain, signals)),
  ]);
  const late = soon({ deadline: request.deadline }, ports.clock.now());
  const records = await readOnce('the records of the name', ports, () =>
    ports.dns.describeRecords(policy, late),
  );
  const takenAt = ports.clock.now();
  return {
    name: policy.name,
    takenAt,
    records,
    weighting,
    minimumTtlSeconds,
    votes: [...votes, ...outsideVotes],
    capacities,
    ...stored,
    memory: withBegunMoves(pastMemory(stored.memory, takenAt), knownValue(records) ?? [], policy),
  };
}

/** A signal that hangs must leave time for what is to be done. */
const shareOfTime = ({ deadline }: NameTickRequest, now: Instant, parts: number): CallOptions => ({
  deadline: plus(now, Math.floor((deadline - now) / parts)),
});

const soon = ({ deadline }: CallOptions, now: Instant): CallOptions => ({
  deadline: Math.min(deadline, plus(now, SIGNAL_SPAN_MS)) as Instant,
});

const observeWeighting = async (
  policy: NamePolicy,
  ports: NamePorts,
  options: CallOptions,
): Promise<NameSnapshot['weighting']> =>
  policy.weighting
    ? readOnce('which lines are weighted', ports, () =>
        ports.dns.describeWeighting(policy, options),
      )
    : missing('not-configured');

async function observeCapacities(
  { sites, verdict }: NamePolicy,
  ports: NamePorts,
  options: CallOptions,
): Promise<NameSnapshot['capacities']> {
  const capacityOf = async ({ poolName, regionId }: SitePolicy): Promise<Reading<SiteCapacity>> => {
    if (poolName === null) return missing('not-configured');
    const capacity = await attempt(`the capacity of ${poolName}`, ports.log, () =>
      ports.regionPools.describeCapacity({ regionId, poolName }, options),
    );
    if (capacity === undefined) return missing('read-failed');
    return reading(capacity, capacity.takenAt, ports.clock.now(), verdict.freshMs);
  };
  return Object.fromEntries(
    await Promise.all(sites.map(async (site) => [site.name, await capacityOf(site)] as const)),
  );
}
