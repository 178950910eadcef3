import { refusalOf } from '../domain/refused-writes';
import { type Alert } from '../domain/proposal';
import { type Tick } from '../domain/tick';
import { describeStep } from './describe-step';

/**
 * Calls people for writes that only they can make possible: one alert for each of the cloud’s codes, as long as something waits for it.
 * Decisions know nothing of it, since it shows only when a step is tried.
 */
export function refusalAlerts({
  pool,
  plan,
  outcome,
}: Pick<Tick, 'pool' | 'plan' | 'outcome'>): readonly Alert[] {
  const results = new Map(outcome.steps.map(({ stepId, result }) => [stepId, result]));
  const byCode = new Map<string, string[]>();
  const note = (code: string, text: string): void =>
    void byCode.set(code, [...(byCode.get(code) ?? []), text]);
  for (const step of plan.steps) {
    const result = results.get(step.stepId);
    if (result?.kind === 'failed' && result.refusal !== undefined)
      note(result.code, `${step.instanceId}: ${describeStep(step)} (${result.detail})`);
  }
  for (const { step, rule } of plan.withheld) {
    const refusal = rule === 'guard-writes-refused' ? refusalOf(step, pool.memory) : null;
    if (refusal !== null) note(refusal.code, `${step.instanceId}: ${describeStep(step)}`);
  }
  return [...byCode].map(([code, texts]) => ({
    key: `writes-refused/${code}`,
    severity: 'critical',
    reason: 'writes-refused',
    instanceId: null,
    message: `${pool.poolName}: the cloud refuses writes with ${code}: ${texts.slice(0, 3).join('; ')}${texts.length > 3 ? ` and ${texts.length - 3} more` : ''}`,
  }));
}
