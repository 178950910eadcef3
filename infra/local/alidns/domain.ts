import { type Edition } from './edition';
import { type AlidnsRecord } from './record';

/** Why the service refuses every change of a domain; `normal` does not. */
export type DomainStanding =
  'normal' | 'of-another-account' | 'forbidden' | 'black-hole' | 'dns-change';

/** What name servers answer from: the records and the sets that are drawn by weight, as of one write. */
export interface Zone {
  readonly domainName: string;
  readonly serial: number;
  readonly records: readonly AlidnsRecord[];
  /** Keys of `recordSetKey`. */
  readonly weighted: ReadonlySet<string>;
}

/** A zone and the instant from which name servers have it. */
interface Publication {
  readonly at: number;
  readonly zone: Zone;
}

export interface AlidnsDomain {
  readonly domainName: string;
  readonly domainId: string;
  readonly edition: Edition;
  readonly createdAt: number;
  readonly customLines: readonly string[];
  readonly standing: DomainStanding;
  /** As the API tells it, ahead of the name servers by the publish delay. */
  readonly zone: Zone;
  /** Oldest first; the first is what name servers have, or had last. */
  readonly publications: readonly Publication[];
  /** Until then the next write is refused. */
  readonly busyUntil: number;
}

/** The domain with a new zone, which name servers have `delayMs` after `now`, never before an earlier one. */
export function published(
  domain: AlidnsDomain,
  change: Pick<Zone, 'records' | 'weighted'>,
  { now, delayMs }: { readonly now: number; readonly delayMs: number },
): AlidnsDomain {
  const zone = { ...domain.zone, ...change, serial: domain.zone.serial + 1 };
  const at = Math.max(now + delayMs, domain.publications.at(-1)?.at ?? 0);
  const known = domain.publications.filter(
    (one, index, all) => one.at > now || (all[index + 1]?.at ?? Infinity) > now,
  );
  return { ...domain, zone, publications: [...known, { at, zone }] };
}

/** The zone that name servers have at `now`. */
export const zoneAt = ({ publications }: AlidnsDomain, now: number): Zone | undefined =>
  publications.findLast(({ at }) => at <= now)?.zone;
