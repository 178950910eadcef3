import { type BackendSnapshot, type InstanceStatus } from '../domain/pool';
import { type Step } from '../domain/proposal';
import { type Tick } from '../domain/tick';
import { type Instant, type Permille, permilleOf } from '../domain/units';

/** Kinds of proposals, as people tell them apart. */
export type ProposalKind =
  | 'weight-down'
  | 'weight-up'
  | 'restart-service'
  | 'reboot'
  | 'launch'
  | 'start'
  | 'register'
  | 'deregister'
  | 'stop'
  | 'delete';

/** Whether somebody did what was proposed, and who: the load balancer by its own health check, or somebody else (a person, ESS, the platform). */
export type Agreement = 'load-balancer' | 'somebody' | 'nobody' | 'unobserved' | 'pending';

/** What one backend looked like in one tick. */
interface SeenBackend {
  readonly weights: Readonly<Record<string, number>>;
  /** Every listener that checks it calls it dead, or well; null where nobody knows. */
  readonly verdict: 'dead' | 'well' | null;
  readonly status: InstanceStatus | null;
}

interface SeenProposal {
  readonly kind: ProposalKind;
  readonly instanceId: string;
  readonly targetKey: string | null;
  readonly from: number;
  readonly reason: string;
  readonly detail: string;
}

/** As much of a tick as agreement is found by; `backends` is null of a tick of which only the line was kept. */
export interface Sighting {
  readonly tickId: string;
  readonly at: Instant;
  readonly backends: Readonly<Record<string, SeenBackend>> | null;
  readonly proposals: readonly SeenProposal[];
}

export interface AgreementExample {
  readonly tickId: string;
  readonly at: Instant;
  readonly kind: ProposalKind;
  readonly instanceId: string;
  readonly reason: string;
  readonly detail: string;
  readonly agreement: Agreement;
  /** From the proposal to the deed, and the tick that saw it; null where nobody did it. */
  readonly afterMs: number | null;
  readonly seenIn: string | null;
}

export interface AgreementRow {
  readonly kind: ProposalKind;
  readonly proposals: number;
  readonly byLoadBalancer: number;
  readonly bySomebody: number;
  readonly byNobody: number;
  /** No look followed in time, or the time is not over yet. */
  readonly untold: number;
  /** Of those that can be told; null while there are none. */
  readonly share: Permille | null;
}

/** How far what was proposed in `observe` mode is what others did. */
export interface AgreementReport {
  readonly poolName: string;
  readonly from: Instant;
  readonly to: Instant;
  readonly withinMs: number;
  readonly looks: number;
  readonly rows: readonly AgreementRow[];
  readonly share: Permille | null;
  /** A few of each kind and outcome, newest first, those that nobody made before the others. */
  readonly examples: readonly AgreementExample[];
}

const EXAMPLES_EACH = 3;

const kindOf = (step: Exclude<Step, { kind: 'tag' }>): ProposalKind => {
  if (step.kind !== 'set-weight') return step.kind;
  return step.to < step.from ? 'weight-down' : 'weight-up';
};

const detailOf = (step: Step): string =>
  step.kind === 'set-weight' ? `weight ${step.from} → ${step.to} in ${step.targetKey}` : step.kind;

function seenBackend({ attachments, instance }: BackendSnapshot): SeenBackend {
  const verdicts = attachments.flatMap(({ health }) =>
    health.kind === 'ok' ? health.value.map(({ verdict }) => verdict) : [],
  );
  const isAll = (wanted: string): boolean =>
    verdicts.length > 0 && verdicts.every((verdict) => verdict === wanted);
  return {
    weights: Object.fromEntries(attachments.map(({ targetKey, weight }) => [targetKey, weight])),
    verdict: isAll('abnormal') ? 'dead' : isAll('normal') ? 'well' : null,
    status: instance.kind === 'missing' ? null : instance.value.status,
  };
}

/** What a whole tick shows. Proposals are those that would have been done: in `observe` mode alone, and not withheld. */
export function sightingOf({ request, pool, plan }: Tick): Sighting {
  const steps = request.policy.mode === 'observe' ? plan.steps : [];
  return {
    tickId: request.tickId,
    at: pool.takenAt,
    backends: Object.fromEntries(pool.backends.map((one) => [one.instanceId, seenBackend(one)])),
    proposals: steps.flatMap((step): readonly SeenProposal[] =>
      step.kind === 'tag'
        ? []
        : [
            {
              kind: kindOf(step),
              instanceId: step.kind === 'launch' ? '' : step.instanceId,
              targetKey: 'targetKey' in step ? step.targetKey : null,
              from: step.kind === 'set-weight' ? step.from : 0,
              reason: step.reason,
              detail: detailOf(step),
            },
          ],
    ),
  };
}

interface Episode {
  readonly proposal: SeenProposal;
  readonly first: Sighting;
  lastAt: Instant;
  looks: number;
  outcome: { readonly agreement: Agreement; readonly at: Instant; readonly tickId: string } | null;
}

const GOING: readonly InstanceStatus[] = ['Stopping', 'Stopped', 'Missing'];
const BOOTING: readonly InstanceStatus[] = [...GOING, 'Starting', 'Pending'];

/** A look beside the one that saw the proposal. */
interface Comparison {
  readonly from: number;
  readonly before: SeenBackend | undefined;
  readonly now: SeenBackend | undefined;
  /** Of the target that the proposal is about; undefined: no member there. */
  readonly weight: number | undefined;
  readonly hasNewcomers: boolean;
}

const isAmong = (seen: SeenBackend | undefined, statuses: readonly InstanceStatus[]): boolean =>
  statuses.some((status) => status === seen?.status);
/** Out of the pool, or on its way. */
const isLeaving = ({ now }: Comparison): boolean => now === undefined || isAmong(now, GOING);
const isRestarted = ({ now }: Comparison): boolean => now === undefined || isAmong(now, BOOTING);
const somebodyIf =
  (isDone: (seen: Comparison) => boolean) =>
  (seen: Comparison): Agreement | null =>
    isDone(seen) ? 'somebody' : null;

/** By what each kind of proposal is seen to be done. */
const DONE: Readonly<Record<ProposalKind, (seen: Comparison) => Agreement | null>> = {
  'weight-down': (seen) =>
    seen.now?.verdict === 'dead'
      ? 'load-balancer'
      : somebodyIf(({ weight, from }) => isLeaving(seen) || weight === undefined || weight < from)(
          seen,
        ),
  'weight-up': (seen) =>
    seen.before?.verdict === 'dead' && seen.now?.verdict === 'well'
      ? 'load-balancer'
      : somebodyIf(({ weight, from }) => weight !== undefined && weight > from)(seen),
  'restart-service': somebodyIf(isRestarted),
  reboot: somebodyIf(isRestarted),
  launch: somebodyIf(({ hasNewcomers }) => hasNewcomers),
  start: somebodyIf(({ now }) => isAmong(now, ['Running', 'Starting'])),
  register: somebodyIf(({ weight }) => weight !== undefined),
  deregister: somebodyIf(({ weight }) => weight === undefined),
  stop: somebodyIf(isLeaving),
  delete: somebodyIf(isLeaving),
};

/** Who has done by this look what was proposed, if anybody. */
function doneBy({ proposal, first }: Episode, look: Sighting): Agreement | null {
  const { kind, instanceId, targetKey, from } = proposal;
  const [earlier, later] = [first.backends, look.backends];
  if (earlier === null || later === null) return null;
  const now = later[instanceId];
  return DONE[kind]({
    ...{ from, now, before: earlier[instanceId] },
    weight: targetKey === null ? undefined : now?.weights[targetKey],
    hasNewcomers: Object.keys(later).some((id) => earlier[id] === undefined),
  });
}

const keyOf = ({ kind, instanceId, targetKey }: SeenProposal): string =>
  [kind, instanceId, targetKey ?? ''].join(' ');

/** The first look settles what the load balancer had done already; a deed of others can only be seen later. */
function settle(episode: Episode, look: Sighting, withinMs: number): void {
  if (episode.outcome !== null || look.at - episode.first.at > withinMs) return;
  const agreement = doneBy(episode, look);
  if (look !== episode.first) episode.looks += 1;
  else if (agreement !== 'load-balancer') return;
  if (agreement !== null) episode.outcome = { agreement, at: look.at, tickId: look.tickId };
}

/** A proposal that is made again while it stands is one; after a pause of that length it is another. */
function episodesOf(sightings: readonly Sighting[], withinMs: number): readonly Episode[] {
  const all: Episode[] = [];
  const open = new Map<string, Episode>();
  for (const look of sightings) {
    for (const episode of open.values()) settle(episode, look, withinMs);
    for (const proposal of look.proposals) {
      const standing = open.get(keyOf(proposal));
      if (standing !== undefined && look.at - standing.lastAt <= withinMs) {
        standing.lastAt = look.at;
        continue;
      }
      const episode: Episode = { proposal, first: look, lastAt: look.at, looks: 0, outcome: null };
      settle(episode, look, withinMs);
      open.set(keyOf(proposal), episode);
      all.push(episode);
    }
  }
  return all;
}

function agreementOf({ outcome, looks, first }: Episode, to: Instant, withinMs: number): Agreement {
  if (outcome !== null) return outcome.agreement;
  if (to - first.at < withinMs) return 'pending';
  return looks === 0 ? 'unobserved' : 'nobody';
}

function rowOf(kind: ProposalKind, agreements: readonly Agreement[]): AgreementRow {
  const count = (...wanted: readonly Agreement[]): number =>
    agreements.filter((one) => wanted.includes(one)).length;
  const [agreed, told] = [
    count('load-balancer', 'somebody'),
    count('load-balancer', 'somebody', 'nobody'),
  ];
  return {
    ...{ kind, proposals: agreements.length },
    byLoadBalancer: count('load-balancer'),
    bySomebody: count('somebody'),
    byNobody: count('nobody'),
    untold: count('unobserved', 'pending'),
    share: told === 0 ? null : permilleOf(agreed, told),
  };
}

const ORDER: readonly Agreement[] = [
  'nobody',
  'somebody',
  'load-balancer',
  'unobserved',
  'pending',
];

/** A few of each kind and outcome, newest first. */
function examplesOf(told: readonly AgreementExample[]): readonly AgreementExample[] {
  const newest = [...told].sort((one, other) => other.at - one.at);
  const kinds = [...new Set(told.map(({ kind }) => kind))];
  return ORDER.flatMap((agreement) =>
    kinds.flatMap((kind) =>
      newest
        .filter((one) => one.kind === kind && one.agreement === agreement)
        .slice(0, EXAMPLES_EACH),
    ),
  );
}

export interface AgreementQuestion {
  readonly poolName: string;
  readonly from: Instant;
  readonly to: Instant;
  /** How soon others must have done it for the proposal to be theirs too. */
  readonly withinMs: number;
}

/**
 * Compares what was proposed with what others did, look by look, oldest first.
 *
 * Example: at 12:00 weight 100 → 0 of i-1 is proposed, again at 12:01 and 12:02; at 12:04 its weight is 0. One proposal, made by
 * somebody after 240 s; of one that can be told one agrees: 1000 permille.
 */
export function compareProposals(
  sightings: readonly Sighting[],
  { poolName, from, to, withinMs }: AgreementQuestion,
): AgreementReport {
  const told = episodesOf(sightings, withinMs).map((episode): AgreementExample => {
    const { proposal, first, outcome } = episode;
    return {
      ...{ tickId: first.tickId, at: first.at, kind: proposal.kind },
      ...{ instanceId: proposal.instanceId, reason: proposal.reason, detail: proposal.detail },
      agreement: agreementOf(episode, to, withinMs),
      afterMs: outcome === null ? null : outcome.at - first.at,
      seenIn: outcome?.tickId ?? null,
    };
  });
  const kinds = [...new Set(told.map(({ kind }) => kind))].sort();
  return {
    ...{ poolName, from, to, withinMs, looks: sightings.length },
    rows: kinds.map((kind) =>
      rowOf(
        kind,
        told.filter((one) => one.kind === kind).map(({ agreement }) => agreement),
      ),
    ),
    share: rowOf(
      'weight-down',
      told.map(({ agreement }) => agreement),
    ).share,
    examples: examplesOf(told),
  };
}
