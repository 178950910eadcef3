import { type Instant } from '../units';
import { type SiteState } from './name-memory';
import { type NamePolicy } from './name-policy';
import { type NameSnapshot, type RegionClaim } from './name-snapshot';

/** The claim that a document of the store holds; null when there is none, it is over, or it cannot be understood. */
export function claimIn(value: unknown, now: Instant): RegionClaim | null {
  if (typeof value !== 'object' || value === null) return null;
  const { regionId, nameName, at, until } = value as Partial<RegionClaim>;
  if (typeof regionId !== 'string' || typeof nameName !== 'string') return null;
  if (typeof at !== 'number' || typeof until !== 'number' || until <= now) return null;
  return { regionId, nameName, at, until };
}

const OUT: readonly (SiteState | undefined)[] = ['partial', 'paused', 'recovering', 'returning'];

/**
 * Regions of which a site has been moved away by us, wholly or in part: by memory, or by a pause that we wrote and that a crash kept
 * from being remembered.
 */
export function regionsOut(
  { memory, records }: Pick<NameSnapshot, 'memory' | 'records'>,
  { sites }: Pick<NamePolicy, 'sites'>,
): readonly string[] {
  const found = records.kind === 'missing' ? [] : records.value;
  const wePaused = (recordId: string): boolean =>
    memory.written.find((one) => one.recordId === recordId)?.isEnabled === false;
  const isOut = ({ name, address }: NamePolicy['sites'][number]): boolean =>
    OUT.includes(memory.sites[name]?.state) ||
    found.some(
      ({ value, isEnabled, recordId }) => value === address && !isEnabled && wePaused(recordId),
    );
  return [...new Set(sites.filter(isOut).map(({ regionId }) => regionId))];
}
