import { repairedRecordId } from '../../domain/failover/empty-line';
import { type NameAlert, type NamePlan, type NameStep } from '../../domain/failover/name-proposal';
import { NAME_REASONS } from '../../domain/failover/name-reasons';
import { type NameTick } from '../../domain/failover/name-tick';
import { type StepResult } from '../../domain/plan';
import { describeNameStep } from './describe-name-step';

/** What people must hear of that shows only when it is tried: changes under us, lines that were repaired, writes that are refused. */
export function nameAlerts({
  name,
  plan,
  outcome,
}: Pick<NameTick, 'name' | 'plan' | 'outcome'>): readonly NameAlert[] {
  const changed = outcome.steps.find(
    ({ result }) => result.kind === 'not-sent' && result.reason === 'records-changed',
  );
  return [
    ...(changed === undefined
      ? []
      : [
          alert(name.name, {
            key: 'records-changed',
            severity: 'warning',
            reason: 'records-changed',
            detail: changed.result.detail,
          }),
        ]),
    ...outcome.steps.flatMap(({ stepId, result }) => {
      const recordId = repairedRecordId(stepId);
      return recordId === null
        ? []
        : [
            alert(name.name, {
              key: `record-empty/${recordId}`,
              severity: 'critical',
              reason: 'record-empty',
              detail: `record ${recordId}: ${result.kind}, ${result.detail}`,
            }),
          ];
    }),
    ...holdUps(name, plan),
    ...failures({ name, plan, outcome }),
  ];
}

/** One alert for each rule that holds up what would move traffic or bring it back; a missing approval was asked for already. */
function holdUps({ name }: NameTick['name'], { withheld }: NamePlan): readonly NameAlert[] {
  const rules = new Map<string, NameAlert>();
  for (const { step, rule, detail } of withheld) {
    if (!isMove(step) || rule === 'guard-approval' || rules.has(rule)) continue;
    rules.set(rule, {
      key: `withheld/${rule}`,
      severity:
        step.kind === 'pause-record' || step.reason === 'record-empty' ? 'critical' : 'warning',
      reason: rule,
      siteName: step.siteName,
      message: `${name}: ${step.siteName}: ${describeNameStep(step)} is held up (${step.reason}): ${NAME_REASONS[rule]} ${detail}`,
    });
  }
  return [...rules.values()];
}

const isMove = ({ kind }: NameStep): boolean =>
  kind === 'pause-record' || kind === 'enable-record' || kind === 'set-record-weight';

/** One alert for each code with which a write fails; what only people can make possible is critical. */
function failures({
  name,
  plan,
  outcome,
}: Pick<NameTick, 'name' | 'plan' | 'outcome'>): readonly NameAlert[] {
  const planned = new Map(plan.steps.map((step) => [step.stepId, step]));
  const codes = new Map<string, NameAlert>();
  for (const { stepId, result } of outcome.steps) {
    if (result.kind !== 'failed') continue;
    const step = planned.get(stepId);
    const isRefused = result.refusal !== undefined;
    if (step?.kind !== 'request-floor' || isRefused)
      codes.set(result.code, failureAlert(name.name, step, result));
  }
  return [...codes.values()];
}

function failureAlert(
  nameName: string,
  step: NameStep | undefined,
  { refusal, code, detail }: Extract<StepResult, { kind: 'failed' }>,
): NameAlert {
  const isRefused = refusal !== undefined;
  return {
    key: `writes-${isRefused ? 'refused' : 'failing'}/${code}`,
    severity: isRefused ? 'critical' : 'warning',
    reason: step?.reason ?? 'record-empty',
    siteName: step?.siteName ?? null,
    message: `${nameName}: a write ${isRefused ? 'is refused' : 'failed'} with ${code}: ${detail}`,
  };
}

const alert = (
  nameName: string,
  { detail, ...rest }: Omit<NameAlert, 'siteName' | 'message'> & { readonly detail: string },
): NameAlert => ({
  ...rest,
  siteName: null,
  message: `${nameName}: ${NAME_REASONS[rest.reason]} ${detail}`,
});
