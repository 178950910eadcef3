import { type Outcome, type StepResult } from './plan';
import { OTHERS, summed, tallied } from './tally';
import { type Wake } from './tick';
import { type TakenTallies, type TurnCounters } from './turn-counters';
import { type Instant, since } from './units';

/** What is counted of a turn, be it of a pool or a name. */
interface CountedTurn {
  readonly request: { readonly wake: Wake; readonly startedAt: Instant };
  readonly proposal: { readonly steps: readonly { readonly reason: string }[] };
  readonly plan: {
    readonly steps: readonly { readonly stepId: string; readonly kind: string }[];
    readonly withheld: readonly { readonly rule: string }[];
  };
  readonly outcome: Outcome;
  readonly finishedAt: Instant;
}

/** The counters after one more turn. */
export function countTurn(
  before: TurnCounters,
  turn: CountedTurn,
  taken: TakenTallies,
): TurnCounters {
  const { request, proposal, plan, outcome } = turn;
  return {
    ticks: tallied(before.ticks, [request.wake.source]),
    tickMs: before.tickMs + tickMsOf(turn),
    wakeLagMs: before.wakeLagMs + wakeLagOf(turn),
    decisions: tallied(
      before.decisions,
      proposal.steps.map(({ reason }) => reason),
    ),
    withheld: tallied(
      before.withheld,
      plan.withheld.map(({ rule }) => rule),
    ),
    steps: tallied(before.steps, resultsOf(turn)),
    errors: tallied(
      before.errors,
      outcome.steps.flatMap(({ result }) => codeOf(result)),
    ),
    calls: summed(before.calls, Object.entries(taken.calls)),
    blindLooks: summed(before.blindLooks, Object.entries(taken.blindLooks)),
  };
}

/** A step that stands in no plan, such as the repair of an empty line, is counted among others. */
function resultsOf({ plan, outcome }: CountedTurn): readonly string[] {
  const kinds = new Map(plan.steps.map(({ stepId, kind }) => [stepId, kind]));
  return outcome.steps.map(({ stepId, result }) => `${kinds.get(stepId) ?? OTHERS}/${result.kind}`);
}

const codeOf = (result: StepResult): readonly string[] =>
  result.kind === 'failed' ? [result.code] : [];

/** Clocks of two machines may differ: no span is less than nothing. */
export const spanOf = (from: Instant, to: Instant): number => Math.max(0, since(from, to));

export const tickMsOf = ({ request, finishedAt }: Omit<CountedTurn, 'outcome'>): number =>
  spanOf(request.startedAt, finishedAt);

export const wakeLagOf = ({ request }: Pick<CountedTurn, 'request'>): number =>
  spanOf(request.wake.at, request.startedAt);
