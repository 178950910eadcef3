import { repairedRecordId } from '../../domain/failover/empty-line';
import { type NameTick } from '../../domain/failover/name-tick';
import { type StepResult } from '../../domain/plan';
import { describeNameStep } from './describe-name-step';

/**
 * A tick of a name in one line, for history and logs.
 *
 * Example: `a: pause record 4711 on line default done (failover-site-down)`.
 */
export function summarizeName({ plan, outcome }: Pick<NameTick, 'plan' | 'outcome'>): string {
  const results = new Map(outcome.steps.map((one) => [one.stepId, one.result]));
  const lines = [
    ...plan.steps.map(
      (step) =>
        `${step.siteName}: ${describeNameStep(step)} ${word(results.get(step.stepId))} (${step.reason})`,
    ),
    ...plan.withheld.map(
      ({ step, rule }) => `${step.siteName}: ${describeNameStep(step)} withheld by ${rule}`,
    ),
    ...outcome.steps.flatMap(({ stepId, result }) => {
      const recordId = repairedRecordId(stepId);
      return recordId === null
        ? []
        : [`record ${recordId} brought back ${word(result)} (record-empty)`];
    }),
  ];
  return lines.length === 0 ? 'nothing to do' : lines.join('; ');
}

function word(result: StepResult | undefined): string {
  if (result === undefined) return 'not reached';
  return result.kind === 'failed' ? `failed with ${result.code}` : result.kind;
}
