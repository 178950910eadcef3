import { type FleetPolicy } from '../config/fleet-policy';
import { type NamePolicy } from '../domain/failover/name-policy';
import { type Vote } from '../domain/failover/name-snapshot';
import { CLOCK_SKEW_MS } from '../domain/reading';
import { outsideVotesKey } from '../domain/store-keys';
import { type Instant, since } from '../domain/units';
import { type Signatures } from '../ports/signatures';
import { type StateStore } from '../ports/state-store';

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
  superseded: 'A later verdict of the voter on this site was taken already.',
  'too-many': 'The voter votes faster than its votes expire.',
  contention: 'Others were voting at the same time; try again.',
} as const;

export type VerdictRefusal = keyof typeof VERDICT_REFUSALS;

export interface VerdictContext {
  readonly fleet: Pick<FleetPolicy, 'names' | 'regionId'>;
  /** Accepted secrets by voter: current, and next during a rotation. */
  readonly voterSecrets: Readonly<Record<string, readonly string[]>>;
  readonly signatures: Signatures;
  readonly store: Pick<StateStore, 'read' | 'compareAndSet'>;
  readonly now: Instant;
}

/** A vote as it is stored, with what tells it from a copy. */
type StoredVote = Vote & { readonly nonce: string };

/** A vote each second for the longest time that one may count. */
const VOTES_PER_VOTER_MAX = 600;
const ATTEMPTS_MAX = 5;

/**
 * Checks a signed verdict and stores it as a vote on the name; null when it was taken. The signature is checked first, so that only
 * its holder learns anything else. Nonces are kept as long as their verdicts count, and afterwards age alone refuses a copy. Throws
 * `StoreUnavailable`.
 */
export async function takeVerdict(
  verdict: OutsideVerdict,
  signature: string,
  context: VerdictContext,
): Promise<VerdictRefusal | null> {
  const { voterSecrets, signatures, fleet } = context;
  const secrets = Object.hasOwn(voterSecrets, verdict.voter)
    ? voterSecrets[verdict.voter]
    : undefined;
  if (secrets === undefined) return 'unknown-voter';
  if (!signatures.isSigned('verdict', verdict, signature, secrets)) return 'wrong-signature';
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
): Promise<VerdictRefusal | null> {
  const key = outsideVotesKey(policy.name);
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const document = await context.store.read(key);
    const stored = Array.isArray(document?.value) ? (document.value as StoredVote[]) : [];
    const votes = stored.filter(({ at }) => since(at, context.now) <= policy.verdict.freshMs);
    const refusal = refusalByVotes(verdict, votes);
    if (refusal !== null) return refusal;
    const next = [...votes, voteOf(verdict)];
    const result = await context.store.compareAndSet(key, next, document?.version ?? null);
    if (result === 'stored') return null;
  }
  return 'contention';
}

function refusalByVotes(
  { voter, siteName, at, nonce }: OutsideVerdict,
  votes: readonly StoredVote[],
): VerdictRefusal | null {
  const own = votes.filter((vote) => vote.voter === voter);
  if (own.some((vote) => vote.nonce === nonce)) return 'replayed';
  if (own.some((vote) => vote.siteName === siteName && vote.at > at)) return 'superseded';
  return own.length >= VOTES_PER_VOTER_MAX ? 'too-many' : null;
}

/** An outside voter tells its conclusion, not its attempts: it counts as one. */
const voteOf = ({ voter, siteName, answer, at, nonce }: OutsideVerdict): StoredVote => ({
  ...{ voter, kind: 'outside', siteName, answer, at, nonce },
  attempts: answer === 'unknown' ? 0 : 1,
  failed: answer === 'down' ? 1 : 0,
  latencyMs: null,
  detail: 'signed verdict of an outside voter',
});
