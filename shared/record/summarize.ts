import { type StepResult } from '../domain/plan';
import { type Step } from '../domain/proposal';
import { type Tick } from '../domain/tick';

/**
 * A tick in one line, for history and logs.
 *
 * Example: `i-3: weight 100 → 0 done (outlier-latency); i-4 withheld by guard-ejection-cap`.
 */
export function summarize(tick: Tick): string {
  const results = new Map(tick.outcome.steps.map((outcome) => [outcome.stepId, outcome.result]));
  const lines = [
    ...(tick.proposal.isPanic ? ['panic'] : []),
    ...tick.plan.steps
      .filter((step) => step.kind !== 'tag')
      .map((step) => `${describe(step)} ${resultWord(results.get(step.stepId))} (${step.reason})`),
    ...tick.plan.withheld
      .filter(({ step }) => step.kind !== 'tag')
      .map(({ step, rule }) => `${describe(step)} withheld by ${rule}`),
  ];
  return lines.length === 0 ? 'nothing to do' : lines.join('; ');
}

const describe = (step: Step): string =>
  step.kind === 'set-weight'
    ? `${step.instanceId}: weight ${step.from} → ${step.to}`
    : `${step.instanceId}: ${step.kind}`;

const resultWord = (result: StepResult | undefined): string =>
  result === undefined
    ? 'not reached'
    : result.kind === 'failed'
      ? `failed with ${result.code}`
      : result.kind;
