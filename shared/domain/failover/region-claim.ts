import { instant, type Instant } from '../units';
import { type SiteState } from './name-memory';
import { isPausedByUs, siteOf } from './name-records';
import { type NamePolicy } from './name-policy';
import { type NameSnapshot, type RegionClaim } from './name-snapshot';

/** The claim that a document of the store holds; null when there is none, it is over, or it cannot be understood. */
export function claimIn(value: unknown, now: Instant): RegionClaim | null {
  if (typeof value !== 'object' || value === null) return null;
  const { regionId, nameName, at, until, holders } = value as Readonly<Record<string, unknown>>;
  if (typeof regionId !== 'string' || typeof nameName !== 'string') return null;
  if (typeof at !== 'number' || typeof until !== 'number' || until <= now) return null;
  const claim: RegionClaim = { regionId, nameName, at: instant(at), until: instant(until) };
  return isHolders(holders) ? { ...claim, holders } : claim;
}

const isHolders = (value: unknown): value is Holders =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((until) => typeof until === 'number');

type Holders = NonNullable<RegionClaim['holders']>;

/** Until when each name holds the claim. */
export const holdersOf = ({ holders, nameName, until }: RegionClaim): Holders =>
  holders ?? { [nameName]: until };

const lasting = (holders: Holders, now: Instant): Holders =>
  Object.fromEntries(Object.entries(holders).filter(([, until]) => until > now));

const latest = (holders: Holders): Instant => instant(Math.max(...Object.values(holders)));

/** A claim with one more name that holds it, or that holds it for longer; `held` is about the same region. */
export function withHolder(held: RegionClaim | null, own: RegionClaim): RegionClaim {
  const others = held === null ? {} : lasting(holdersOf(held), own.at);
  const holders = { ...others, [own.nameName]: own.until };
  return { ...own, at: held?.at ?? own.at, until: latest(holders), holders };
}

/** The claim as the others hold it; null when nobody else does. */
export function withoutHolder(
  held: RegionClaim,
  nameName: string,
  now: Instant,
): RegionClaim | null {
  const holders = Object.entries(lasting(holdersOf(held), now));
  const others = Object.fromEntries(holders.filter(([name]) => name !== nameName));
  const [next] = Object.keys(others);
  if (next === undefined) return null;
  return { ...held, nameName: next, until: latest(others), holders: others };
}

const OUT: readonly (SiteState | undefined)[] = ['partial', 'paused', 'recovering', 'returning'];

/**
 * Regions of which a site has been moved away by us, wholly or in part: by memory, or by a pause of ours that a crash kept from being
 * remembered.
 */
export function regionsOut(
  { memory, records }: Pick<NameSnapshot, 'memory' | 'records'>,
  policy: NamePolicy,
): readonly string[] {
  const found = records.kind === 'missing' ? [] : records.value;
  const paused = found.filter((record) => isPausedByUs(record, memory, policy));
  const isOut = (site: NamePolicy['sites'][number]): boolean =>
    OUT.includes(memory.sites[site.name]?.state) ||
    paused.some((record) => siteOf(record, policy)?.name === site.name);
  return [...new Set(policy.sites.filter(isOut).map(({ regionId }) => regionId))];
}
