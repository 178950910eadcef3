import { type NamePolicy, type SitePolicy } from '../../domain/failover/name-policy';
import { type Vote } from '../../domain/failover/name-snapshot';
import { type Instant, millis, plus, type Millis } from '../../domain/units';
import { type NamePorts } from '../../ports/name-ports';
import { type SiteLook } from '../../ports/vantages';
import { attempt } from '../attempt';
import { isReadableVote } from './readable-name';

/** What a vantage may need besides its attempts: a cold start, the way there and back. */
const OVERHEAD_MS = 3_000;

/**
 * Has every vantage look at every site, all at once and each with a deadline of its own. A vantage that cannot be reached gives no
 * vote: its silence says nothing about any site. Votes are dated when they were asked for, since clocks of others may be wrong.
 */
export async function observeVotes(
  policy: NamePolicy,
  ports: Pick<NamePorts, 'vantages' | 'clock' | 'log'>,
  deadline: Instant,
): Promise<readonly Vote[]> {
  const looks = policy.sites.map((site) => lookAt(site, policy));
  const heard = await Promise.all(
    policy.vantages.map(async ({ regionId }) => {
      const askedAt = ports.clock.now();
      const end = Math.min(deadline, plus(askedAt, spanOf(looks))) as Instant;
      const votes = await attempt(`votes of ${regionId}`, ports.log, () =>
        ports.vantages.look(regionId, looks, { deadline: end }),
      );
      return (votes ?? [])
        .filter((vote) => isReadableVote(vote) && looks.some(({ name }) => name === vote.siteName))
        .map((vote): Vote => ({ ...vote, voter: regionId, kind: 'vantage', at: askedAt }));
    }),
  );
  return heard.flatMap(oneForEachSite);
}

/** What a vantage is asked about a site. */
export const lookAt = (
  { name, address, check }: SitePolicy,
  { domain, host }: Pick<NamePolicy, 'domain' | 'host'>,
): SiteLook => ({
  name,
  address,
  check,
  host: check.host ?? (host === '@' ? domain : `${host}.${domain}`),
});

/** All sites are looked at side by side: the slowest check sets the time. */
const spanOf = (looks: readonly SiteLook[]): Millis =>
  millis(OVERHEAD_MS + Math.max(0, ...looks.map(({ check }) => check.attempts * check.timeoutMs)));

const oneForEachSite = (votes: readonly Vote[]): readonly Vote[] => [
  ...new Map(votes.map((vote) => [vote.siteName, vote])).values(),
];
