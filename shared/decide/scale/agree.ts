import { type DeadBand } from '../../domain/dead-band';
import { type ScalePolicy, type ScaleSignal } from '../../domain/scale-policy';
import { type Instant } from '../../domain/units';
import { nameOf } from './describe-load';
import { type HeldLimit, heldBy } from './held-limit';
import { type LoadSources, loadOf, type MetricLoad, type NoLoad } from './metric-load';
import { applySteps } from './step-rules';
import { trackTarget } from './track-target';

/** What one metric says, its target and its step rules together. */
export interface MetricVote {
  readonly signal: ScaleSignal;
  readonly says: 'out' | 'in' | 'hold' | 'missing';
  /** At least so many. */
  readonly out: number;
  /** So many suffice; null: it has no opinion about scaling in. */
  readonly in: number | null;
  /** By its target, what the load that was seen needs; null without a target or a figure. */
  readonly needed: number | null;
  readonly deadBand: DeadBand | null;
  /** Why it cannot agree to scale in: it is missing, or under its quorum. */
  readonly blind: HeldLimit | null;
  readonly held: readonly HeldLimit[];
  readonly detail: string;
}

/** What all metrics together say. */
export interface Agreement {
  /** The most that any metric asks for; the base if none asks for more. */
  readonly out: number;
  /** What suffices for every metric; the base if one does not agree to fewer. */
  readonly in: number;
  /** What the loads that were seen need; null when no target could be judged. */
  readonly needed: number | null;
  readonly votes: readonly MetricVote[];
  /** Metrics that cannot agree to anything: nothing scales in, whoever asks for it. */
  readonly blind: readonly HeldLimit[];
  readonly held: readonly HeldLimit[];
}

export interface Question {
  readonly now: Instant;
  readonly policy: ScalePolicy;
  /** What is there or wanted already: who asks for neither more nor fewer asks for this. */
  readonly base: number;
  readonly held: number;
  readonly sources: LoadSources;
}

/** Any metric may scale out; all of them must agree to scale in; one that wants more does not agree to less. */
export function agree(question: Question): Agreement {
  const { base, policy } = question;
  const targeted = policy.metrics.map(({ signal }) => signal);
  const stepped = policy.steps.map(({ signal }) => signal);
  const signals = [...new Set([...targeted, ...stepped])];
  const votes = signals.map((signal) => vote(signal, question));
  const out = Math.max(base, ...votes.map((each) => each.out));
  const opinions = votes.flatMap((each) => (each.in === null ? [] : [each.in]));
  const suffices = opinions.length === 0 ? base : Math.max(...opinions);
  const needs = votes.flatMap(({ needed }) => (needed === null ? [] : [needed]));
  return {
    out,
    in: out > base ? base : suffices,
    needed: needs.length === 0 ? null : Math.max(...needs),
    votes,
    blind: votes.flatMap(({ blind }) => (blind === null ? [] : [blind])),
    held:
      out > base ? [] : [...votes.flatMap(({ held }) => held), ...disagreement(votes, suffices)],
  };
}

function vote(signal: ScaleSignal, question: Question): MetricVote {
  const target = question.policy.metrics.find((metric) => metric.signal === signal)?.target ?? 0;
  const load = loadOf(signal, target, question.sources);
  return 'why' in load ? unread(load, question.base) : judge(load, target, question);
}

const unread = ({ signal, why }: NoLoad, base: number): MetricVote => {
  const detail = `${nameOf(signal)} is missing: ${why}.`;
  return {
    signal,
    says: 'missing',
    out: base,
    in: base,
    needed: null,
    deadBand: null,
    blind: heldBy('metric-missing', detail),
    held: [],
    detail,
  };
};

function judge(load: MetricLoad, target: number, question: Question): MetricVote {
  const { signal } = load;
  const { policy, base, held, now } = question;
  const { tolerance } = policy;
  const tracked =
    target > 0 ? trackTarget(load, { signal, target }, { base, tolerance, now }) : null;
  const rules = policy.steps.filter((rule) => rule.signal === signal);
  const steps = rules.length > 0 ? applySteps(load, rules, { base, held }) : null;
  const parts = [tracked, steps].filter((part) => part !== null);
  const out = Math.max(...parts.map((part) => part.out));
  const blind = load.isQuorate ? null : underQuorum(load);
  const saturated = saturation(load, policy);
  const suffices = blind === null && saturated.length === 0 ? opinionOf(parts) : base;
  return {
    signal,
    says: saysOf(out, suffices, base),
    out,
    in: suffices,
    needed: tracked?.needed ?? null,
    deadBand: tracked?.deadBand ?? null,
    blind,
    held: [...(tracked?.held ?? []), ...saturated],
    detail: parts.map(({ detail }) => detail).join(' '),
  };
}

function saysOf(out: number, suffices: number | null, base: number): MetricVote['says'] {
  if (out > base) return 'out';
  return suffices !== null && suffices < base ? 'in' : 'hold';
}

/** Within one metric either rule may speak for scaling in. */
function opinionOf(parts: readonly { readonly in: number | null }[]): number | null {
  const opinions = parts.flatMap((part) => (part.in === null ? [] : [part.in]));
  return opinions.length === 0 ? null : Math.min(...opinions);
}

const underQuorum = ({ signal, reported, expected }: MetricLoad): HeldLimit =>
  heldBy('quorum', `${nameOf(signal)}: only ${reported} of ${expected} reported.`);

/**
 * Too few of those who served tell how much work they have, the others being at the top of their scale, or nobody served, or
 * nobody knows who did: the metric asks for what there is. Not for more: a maximum, or a person, may take instances away all the same.
 *
 * Example: at 80 %, 10 that serve and report are too few when 3 of them are at 100 % of their CPU; so is anybody who idles after a power cut.
 */
function saturation(load: MetricLoad, { quorum }: ScalePolicy): readonly HeldLimit[] {
  const { signal, reported, expected, saturated, isQuorate, fewestServing } = load;
  if (!isQuorate) return [];
  const unseen = (text: string): readonly HeldLimit[] => [
    heldBy('quorum', `${nameOf(signal)}: ${text}`),
  ];
  if (fewestServing === null)
    return unseen('its figure is of a time in which nobody looked who served.');
  const working = Math.min(expected, fewestServing);
  const told = Math.min(reported, working) - saturated;
  if (working > 0 && (saturated === 0 || told * 1000 >= quorum * working)) return [];
  return unseen(
    working > 0
      ? `${saturated} of ${working} are at the top of the scale, and may have any amount of work.`
      : 'nobody served then, and what work there is was not seen.',
  );
}

/** Who keeps the others from scaling in as far as they would, if anybody would. */
function disagreement(votes: readonly MetricVote[], suffices: number): readonly HeldLimit[] {
  const eager = votes.filter((each) => each.in !== null && each.in < suffices);
  if (eager.length === 0) return [];
  const stern = votes.filter((each) => each.in === suffices);
  return stern.map(
    ({ blind, signal }) =>
      blind ??
      heldBy(
        'agreement',
        `${nameOf(signal)} keeps ${suffices}, though others would do with fewer.`,
      ),
  );
}
