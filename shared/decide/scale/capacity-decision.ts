import { type ScaleMemory } from '../../domain/scale-memory';
import { type ScaleReasonCode } from '../../domain/scale-reasons';
import { clamp, roundDiv, since } from '../../domain/units';
import { agree, type Agreement, type MetricVote } from './agree';
import { boundsAt, type Bounded, type Bounds, confine } from './bounds';
import { reasonOf } from './capacity-reason';
import { rememberServing } from './capacity-then';
import { doubtsOf, type Gap, gapOf } from './gap';
import { type CapacityLimit, type HeldLimit, heldBy } from './held-limit';
import { peakLastWeek, rememberPeak } from './last-week-peak';
import { type LoadSources } from './metric-load';
import { allowance, recentChanges } from './rate';
import { type CapacityInput, type Situation, survey } from './situation';
import { stabilise, type Steadied } from './stabilise';
import { muteVetoes, vetoesOf } from './vetoes';

export interface CapacityDecision {
  /** Within the bounds that hold now, always. */
  readonly desired: number;
  /** Instances to add (positive) or to take away (negative) in this tick; never more than the rate allows. */
  readonly gap: number;
  /** What the metrics ask for before any limit. */
  readonly wanted: number;
  /** What counts as capacity: serving, held and arriving. */
  readonly have: number;
  readonly direction: 'out' | 'in' | 'hold';
  readonly reason: ScaleReasonCode;
  /** The limits that held, by name, and with the numbers they held with. */
  readonly limitedBy: readonly CapacityLimit[];
  readonly held: readonly HeldLimit[];
  readonly metrics: readonly MetricVote[];
  /** The decision in short sentences, for people. */
  readonly explanation: readonly string[];
  readonly memory: KeptMemory;
}

/** The parts of the memory that the decision keeps; `changes` gains an entry only when a step was really done. */
export type KeptMemory = Pick<
  ScaleMemory,
  'recommendations' | 'changes' | 'serving' | 'peaks' | 'desired'
>;

/**
 * How many instances there should be, and how many to add or take away now.
 *
 *     wish     any metric or step rule may ask for more; all must agree to fewer
 *     steady   the lowest wish out, the highest wish in of their windows
 *     allowed  no scale-in against a veto, none below last week’s peak
 *     bounded  a name’s floor, a person’s order, then minimum and maximum, which schedules tighten
 *     gap      what differs from serving + held + arriving, as far as the rates allow
 *
 * Level-triggered: the gap is found anew in every tick, so that an instance that was lost, or a launch that came to
 * nothing, is asked for again. The same input with the memory of its own decision gives the same numbers. Never throws.
 *
 * Example: 10 serving at 90 % CPU, target 60 %, maximum 14 → wanted 15, desired 14, gap +4, limited by `max`.
 */
export function decideCapacity(input: CapacityInput): CapacityDecision {
  const situation = survey(input);
  const { base, have, order } = situation;
  const course = plot(situation);
  const { wish, steady, allowed, bounded } = course;
  const { desired, gap, slowed } = settle(situation, course);
  const held = distinct([
    ...(order?.kind === 'exactly' ? [] : [...wish.held, ...steady.held, ...allowed.held]),
    ...bounded.held,
    ...(gap.held.length > 0 ? gap.held : slowed),
  ]);
  return {
    desired,
    gap: gap.count,
    wanted: wish.out > base ? wish.out : wish.in,
    have,
    direction: gap.count > 0 ? 'out' : gap.count < 0 ? 'in' : 'hold',
    reason: reasonOf({ base, allowed, bounded, gap: gap.count, isHeld: held.length > 0 }),
    limitedBy: [...new Set(held.map(({ limit }) => limit))],
    held,
    metrics: wish.votes,
    explanation: explain(situation, { desired, gap: gap.count, wish, held }),
    memory: keep(situation, { desired, steady, wish }),
  };
}

/** The decision’s stages up to how many there should be, rates left aside. */
interface Course {
  readonly wish: Agreement;
  readonly steady: Steadied;
  readonly vetoes: readonly HeldLimit[];
  readonly allowed: Bounded;
  readonly bounds: Bounds;
  readonly bounded: Bounded;
}

function plot(situation: Situation): Course {
  const { policy, memory, now, base, counts, capacity } = situation;
  const wish = agree({ ...situation, held: counts.held, sources: sourcesOf(situation) });
  const steady = stabilise(wish, { base, policy, memory: memory.recommendations, now });
  const vetoes = [...vetoesOf(policy, capacity, counts), ...wish.blind];
  const allowed = allow(steady, vetoes, situation);
  const bounds = boundsAt(policy, now);
  const bounded = confine(allowed.count, situation, bounds);
  return { wish, steady, vetoes, allowed, bounds, bounded };
}

/**
 * How far the rates let capacity go in this tick. A rate slows changes down; it does not take back what was desired before.
 * A person who orders an exact number answers for it: of the vetoes only the switch in the policy holds.
 */
function settle(
  situation: Situation,
  { vetoes, bounds, bounded }: Course,
): { readonly desired: number; readonly gap: Gap; readonly slowed: readonly HeldLimit[] } {
  const { policy, memory, now, have, base, order } = situation;
  const past = { have, changes: memory.changes, now };
  const rates = {
    out: allowance('out', policy.out, past),
    in: allowance('in', policy.in, past),
  };
  const rated = clamp(bounded.count, have - rates.in.left, have + rates.out.left);
  const kept = Math.max(rated, Math.min(bounded.count, base));
  const desired = clamp(kept, bounds.min, bounds.max);
  const gap = gapOf(desired - have, situation, {
    rates,
    vetoes: order?.kind === 'exactly' ? vetoes.filter(isSwitch) : vetoes,
  });
  const slowed = rated === bounded.count ? [] : [rates[rated < bounded.count ? 'out' : 'in'].held];
  return { desired, gap, slowed };
}

const isSwitch = ({ limit }: HeldLimit): boolean => limit === 'disabled';

const sourcesOf = ({ capacity, memory, counts, policy }: Situation): LoadSources => ({
  figures: capacity.figures,
  serving: memory.serving,
  servingNow: counts.serving,
  quorum: policy.quorum,
  ...(memory.attended !== undefined && { attendedFrom: memory.attended.from }),
});

/** What the metrics ask for, as far as it is not scaling in against a veto or below last week’s peak. */
function allow(
  steady: Steadied,
  vetoes: readonly HeldLimit[],
  { base, policy, memory, now }: Situation,
): Bounded {
  if (steady.out > base) return { count: steady.out, held: [] };
  if (steady.in < base && vetoes.length > 0) return { count: base, held: vetoes };
  const peak = policy.vetoes.lastWeekPeak ? peakLastWeek(memory.peaks, now) : null;
  const floor = Math.min(base, peak ?? 0);
  if (steady.in >= floor) return { count: steady.in, held: [] };
  const text = `A week ago this hour needed ${peak ?? 0}.`;
  return { count: floor, held: [heldBy('last-week-peak', text)] };
}

const distinct = (limits: readonly HeldLimit[]): readonly HeldLimit[] => [
  ...new Map(limits.map((each) => [`${each.limit} ${each.detail}`, each])).values(),
];

/** While the list of instances is not believed, nothing is learnt from it. */
function keep(
  situation: Situation,
  { desired, steady, wish }: { desired: number; steady: Steadied; wish: Agreement },
): KeptMemory {
  const { memory, policy, counts, now } = situation;
  const windowMs = Math.max(policy.out.rate.windowMs, policy.in.rate.windowMs);
  const changes = recentChanges(memory.changes, windowMs, now);
  if (doubtsOf(situation).length > 0) {
    const { recommendations, serving, peaks } = memory;
    return { recommendations, changes, serving, peaks, desired: memory.desired };
  }
  return {
    recommendations: steady.recommendations,
    changes,
    serving: rememberServing(memory.serving, now, counts.serving),
    peaks: rememberPeak(memory.peaks, now, wish.needed),
    desired,
  };
}

function explain(
  situation: Situation,
  {
    desired,
    gap,
    wish,
    held,
  }: { desired: number; gap: number; wish: Agreement; held: readonly HeldLimit[] },
): readonly string[] {
  const { counts, have, base, policy, memory, now, capacity, evacuated = 0 } = situation;
  const isPeakUnknown = policy.vetoes.lastWeekPeak && peakLastWeek(memory.peaks, now) === null;
  const todo = gap > 0 ? `${gap} more now` : gap < 0 ? `${-gap} fewer now` : 'nothing to do now';
  return [
    `Capacity is ${have}: ${counts.serving} serving, ${counts.held} held out, ${counts.arriving} arriving.`,
    ...(evacuated > 0
      ? [`${evacuated} of them stand in a zone that is evacuated and do not count.`]
      : []),
    ...(base > have ? [`${base} were desired before.`] : []),
    ...describeFloor(situation),
    ...wish.votes.map(({ detail }) => detail),
    ...held.map(({ detail }) => detail),
    ...muteVetoes(policy, capacity),
    ...(isPeakUnknown ? ['Last week’s peak is not known for this hour: that veto is off.'] : []),
    `Desired are ${desired}: ${todo}.`,
  ];
}

function describeFloor({ floor, now }: Situation): readonly string[] {
  if (floor === null) return [];
  const { by, count, reason, until } = floor;
  return [
    `${by} asks for at least ${count} for another ${roundDiv(since(now, until), 1000)} s: ${reason}`,
  ];
}
