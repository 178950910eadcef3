import { type NamePolicy } from '../../domain/failover/name-policy';
import { type NameSnapshot, type Vote } from '../../domain/failover/name-snapshot';
import { isFresh } from '../../domain/reading';
import { age } from '../describe';

/** A vote, and what it counts for: a voter that lost its own view says nothing about anybody. */
export interface CountedVote {
  readonly vote: Vote;
  readonly answer: Vote['answer'];
  readonly hasLostView: boolean;
}

/**
 * The last fresh vote of every voter of the policy on every site. A voter that reaches no site at all, where there is more than one,
 * has lost its own view: each of its votes counts as unknown. Whoever votes on one site only is such a voter too, unless it
 * reaches it. A voter has one voice: what it says twice at one instant counts once, and nothing if it contradicts itself.
 */
export function countVotes(
  { votes, takenAt }: Pick<NameSnapshot, 'votes' | 'takenAt'>,
  policy: NamePolicy,
): readonly CountedVote[] {
  const fresh = votes.filter(
    (vote) => isVoter(vote, policy) && isFresh(vote.at, takenAt, policy.verdict.freshMs),
  );
  const last = fresh.filter((vote) => !fresh.some((other) => replaces(other, vote)));
  const heard = last.filter(
    (vote, index) => last.findIndex((each) => isSame(each, vote)) === index,
  );
  return heard.map((vote) => {
    const hasLostView = policy.sites.length > 1 && !last.some((each) => isSightOf(each, vote));
    const isClear = last.every((each) => !isSame(each, vote) || each.answer === vote.answer);
    return { vote, answer: hasLostView || !isClear ? 'unknown' : vote.answer, hasLostView };
  });
}

function isVoter({ voter, kind }: Vote, { vantages, outsideVoters }: NamePolicy): boolean {
  if (kind === 'outside') return outsideVoters.includes(voter);
  return vantages.some(({ regionId }) => regionId === voter);
}

/** By the same voter on the same site: one voice, however often it is heard. */
const isSame = (one: Vote, other: Vote): boolean =>
  one.voter === other.voter && one.kind === other.kind && one.siteName === other.siteName;

const replaces = (other: Vote, vote: Vote): boolean => isSame(other, vote) && other.at > vote.at;

const isSightOf = (each: Vote, { voter, kind }: Vote): boolean =>
  each.voter === voter && each.kind === kind && each.answer === 'up';

/** Example: `cn-beijing: down, 3 of 3 attempts failed (connect timeout), 4 s ago`. */
export function describeVote(
  { vote, hasLostView }: CountedVote,
  { takenAt }: Pick<NameSnapshot, 'takenAt'>,
): string {
  const { voter, answer, attempts, failed, detail, at } = vote;
  const why = detail === '' ? '' : ` (${detail})`;
  const note = hasLostView ? '; it reaches no site at all and does not count' : '';
  return `${voter}: ${answer}, ${failed} of ${attempts} attempts failed${why}, ${age(at, takenAt)}${note}`;
}
