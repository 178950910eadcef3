import { type NamePolicy, type SitePolicy } from '../../domain/failover/name-policy';
import { type SiteVerdict } from '../../domain/failover/name-proposal';
import { type NameSnapshot, type SiteCapacity } from '../../domain/failover/name-snapshot';
import { freshValue } from '../../domain/reading';
import { type CountedVote, describeVote } from './votes';

export type Judgement = Pick<SiteVerdict, 'verdict' | 'reason' | 'detail' | 'evidence'>;

/** What can be known of a site besides the votes. */
export interface SiteFacts {
  readonly site: SitePolicy;
  readonly capacity: SiteCapacity | undefined;
  /** Traffic that it would carry if nothing were wrong; null when that is not known. */
  readonly expectedTraffic: number | null;
}

/** Votes that must agree; never fewer than two. */
export const quorumOf = ({ verdict }: Pick<NamePolicy, 'verdict'>): number =>
  Math.max(2, verdict.quorum);

/**
 * Up, down or unknown. `down` takes a quorum of voters from outside the site’s region and more of them for it than against, and it
 * is doubted while the load balancer itself is healthy and carries its traffic. `up` takes a quorum too. All else is unknown.
 */
export function judgeSite(
  facts: SiteFacts,
  counted: readonly CountedVote[],
  name: NameSnapshot,
  policy: NamePolicy,
): Judgement {
  const votes = counted.filter(({ vote }) => vote.siteName === facts.site.name);
  const evidence = votes.map((each) => describeVote(each, name));
  const outside = votes.filter(
    ({ vote }) => vote.kind === 'outside' || vote.voter !== facts.site.regionId,
  );
  const quorum = quorumOf(policy);
  if (agree('down', outside, quorum))
    return { ...judgeUnreached(facts, outside, policy), evidence };
  if (agree('up', votes, quorum))
    return {
      verdict: 'up',
      reason: 'site-up',
      detail: `${count('up', votes)} of ${votes.length} voters reach it`,
      evidence,
    };
  return { ...unknown(votes, quorum), evidence };
}

const count = (answer: 'up' | 'down', votes: readonly CountedVote[]): number =>
  votes.filter((each) => each.answer === answer).length;

function agree(answer: 'up' | 'down', votes: readonly CountedVote[], quorum: number): boolean {
  const agreeing = count(answer, votes);
  return agreeing >= quorum && agreeing > count(answer === 'up' ? 'down' : 'up', votes);
}

function judgeUnreached(
  facts: SiteFacts,
  outside: readonly CountedVote[],
  policy: NamePolicy,
): Omit<Judgement, 'evidence'> {
  const unreached = `${count('down', outside)} of ${outside.length} voters outside its region cannot reach it`;
  if (!showsService(facts, policy))
    return { verdict: 'down', reason: 'site-down', detail: unreached };
  return {
    verdict: 'unknown',
    reason: 'site-serving-though-unreached',
    detail: `${unreached}, but its load balancer is healthy and carries its traffic`,
  };
}

/** Most of its backends are healthy, and it freshly carries the policy’s share of what it usually does. */
function showsService(
  { capacity, expectedTraffic }: SiteFacts,
  { verdict: { servingShare } }: NamePolicy,
): boolean {
  if (capacity === undefined || capacity.healthy < 500) return false;
  const traffic = freshValue(capacity.traffic);
  if (traffic === undefined || expectedTraffic === null || expectedTraffic <= 0) return false;
  return traffic * 1000 >= servingShare * expectedTraffic;
}

function unknown(votes: readonly CountedVote[], quorum: number): Omit<Judgement, 'evidence'> {
  const lost = votes.filter(({ hasLostView }) => hasLostView).length;
  const said = `${count('up', votes)} up and ${count('down', votes)} down of ${votes.length} fresh votes, ${quorum} must agree`;
  if (lost === 0) return { verdict: 'unknown', reason: 'site-unknown', detail: said };
  return {
    verdict: 'unknown',
    reason: 'site-view-lost',
    detail: `${said}; ${lost} voters reach no site at all`,
  };
}
