import { type FleetPolicy } from '../config/fleet-policy';
import { type NamePolicy } from '../domain/failover/name-policy';
import { type Vote } from '../domain/failover/name-snapshot';
import { CLOCK_SKEW_MS } from '../domain/reading';
import { outsideVotesKey } from '../domain/store-keys';
import { type Instant, permille, shareOf, since } from '../domain/units';
import { type Signatures } from '../ports/signatures';
import { type StateStore } from '../ports/state-store';
import { type Update, updateDocument } from '../ports/update-document';

/** What somebody outside says about one site of a name. */
export interface OutsideVerdict {
  readonly name: string;
  readonly voter: string;
  readonly siteName: string;
  readonly answer: Vote['answer'];
  /** When the voter looked. */
  readonly at: Instant;
  /** Never used twice by this voter. */
  readonly nonce: string;
}

/** Why a verdict was not taken. */
export const VERDICT_REFUSALS = {
  'unknown-voter': 'Nobody of this name may vote.',
  'wrong-signature': 'The signature is not this voter’s over this verdict.',
  'unknown-name': 'The policy has no such name.',
  'not-at-home': 'Votes on this name are taken in its home region only.',
  'not-a-voter': 'The voter has no vote on this name.',
  'unknown-site': 'The name has no such site.',
  'from-the-future': 'The verdict is of a time that is still to come: check the voter’s clock.',
  expired: 'The verdict is too old to count.',
  replayed: 'The verdict was taken before.',
  superseded: 'A verdict of the voter on this site, as late or later, was taken already.',
  contention: 'Others were voting at the same time; try again.',
} as const;

export type VerdictRefusal = keyof typeof VERDICT_REFUSALS;

/** Taken and stored, taken as a repetition that needs no second look, or refused. */
export type VerdictResult = 'stored' | 'repeated' | VerdictRefusal;

export interface VerdictContext {
  readonly fleet: Pick<FleetPolicy, 'names' | 'regionId'>;
  /** Accepted secrets of the verdict’s voter: current, and next during a rotation. None: nobody of this name may vote. */
  readonly voterSecrets: readonly string[];
  readonly signatures: Signatures;
  readonly store: Pick<StateStore, 'read' | 'compareAndSet'>;
  readonly now: Instant;
}

/** A vote as it is stored, with what tells it from a copy. */
type StoredVote = Vote & { readonly nonce: string };

/** The same answer again within this share of the time that a vote counts says nothing new: a flood of it costs reads only. */
const REPEATED_SHARE = permille(100);
/** Others who vote at the same moment make a try fail; one of them always succeeds. */
const ATTEMPTS_MAX = 20;

/**
 * Checks a signed verdict and stores it as a vote on the name. The signature is checked first, so that only
 * its holder learns anything else. The newest vote of a voter on a site is kept, and only a later look replaces it: a copy is never
 * taken twice, and once the vote is too old to count, so is the copy. Throws `StoreUnavailable`.
 */
export async function takeVerdict(
  verdict: OutsideVerdict,
  signature: string,
  context: VerdictContext,
): Promise<VerdictResult> {
  const { voterSecrets, signatures, fleet } = context;
  if (voterSecrets.length === 0) return 'unknown-voter';
  if (!signatures.isSigned('verdict', verdict, signature, voterSecrets)) return 'wrong-signature';
  const policy = fleet.names.find(({ name }) => name === verdict.name);
  if (policy === undefined) return 'unknown-name';
  return refusalByPolicy(verdict, policy, context) ?? (await store(verdict, policy, context));
}

function refusalByPolicy(
  { voter, siteName, at }: OutsideVerdict,
  policy: NamePolicy,
  { fleet, now }: VerdictContext,
): VerdictRefusal | null {
  if (policy.homeRegionId !== fleet.regionId) return 'not-at-home';
  if (!policy.outsideVoters.includes(voter)) return 'not-a-voter';
  if (!policy.sites.some(({ name }) => name === siteName)) return 'unknown-site';
  if (since(now, at) > CLOCK_SKEW_MS) return 'from-the-future';
  return since(at, now) > policy.verdict.freshMs ? 'expired' : null;
}

async function store(
  verdict: OutsideVerdict,
  policy: NamePolicy,
  context: VerdictContext,
): Promise<VerdictResult> {
  const key = outsideVotesKey(policy.name);
  const take = (value: unknown): Update<VerdictResult> => {
    const stored: readonly unknown[] = Array.isArray(value) ? value : [];
    const votes = stored.filter(
      (vote): vote is StoredVote =>
        isStoredVote(vote) && since(vote.at, context.now) <= policy.verdict.freshMs,
    );
    const before = votes.find((vote) => isAboutSame(vote, verdict));
    const short = before === undefined ? null : withoutStoring(verdict, before, policy);
    if (short !== null) return { result: short };
    const next = [...votes.filter((vote) => vote !== before), voteOf(verdict)];
    return { next, result: 'stored' };
  };
  const options = { attemptsMax: ATTEMPTS_MAX };
  return (await updateDocument(context.store, key, take, options)) ?? 'contention';
}

function withoutStoring(
  { at, nonce, answer }: OutsideVerdict,
  before: StoredVote,
  { verdict: { freshMs } }: NamePolicy,
): 'replayed' | 'superseded' | 'repeated' | null {
  if (before.at >= at) return before.nonce === nonce ? 'replayed' : 'superseded';
  const isSoon = since(before.at, at) < shareOf(freshMs, REPEATED_SHARE);
  return isSoon && before.answer === answer ? 'repeated' : null;
}

/** As far as it is read here; whoever counts the votes looks at the rest. */
const isStoredVote = (value: unknown): value is StoredVote =>
  typeof value === 'object' &&
  value !== null &&
  'voter' in value &&
  'siteName' in value &&
  'at' in value &&
  typeof value.at === 'number';

const isAboutSame = (vote: Vote, { voter, siteName }: OutsideVerdict): boolean =>
  vote.voter === voter && vote.siteName === siteName;

/** An outside voter tells its conclusion, not its attempts: it counts as one. */
const voteOf = ({ voter, siteName, answer, at, nonce }: OutsideVerdict): StoredVote => ({
  ...{ voter, kind: 'outside', siteName, answer, at, nonce },
  attempts: answer === 'unknown' ? 0 : 1,
  failed: answer === 'down' ? 1 : 0,
  latencyMs: null,
  detail: 'signed verdict of an outside voter',
});
