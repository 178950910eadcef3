import { repairedRecordId } from '../../domain/failover/empty-line';
import { type NameAlert } from '../../domain/failover/name-proposal';
import { NAME_REASONS } from '../../domain/failover/name-reasons';
import { type NameTick } from '../../domain/failover/name-tick';

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
    ...refusals({ name, plan, outcome }),
  ];
}

/** One alert for each code with which the cloud refuses what only people can make possible. */
function refusals({
  name,
  plan,
  outcome,
}: Pick<NameTick, 'name' | 'plan' | 'outcome'>): readonly NameAlert[] {
  const planned = new Map(plan.steps.map((step) => [step.stepId, step]));
  const codes = new Map<string, NameAlert>();
  for (const { stepId, result } of outcome.steps) {
    if (result.kind !== 'failed' || result.refusal === undefined) continue;
    codes.set(result.code, {
      key: `writes-refused/${result.code}`,
      severity: 'critical',
      reason: planned.get(stepId)?.reason ?? 'record-empty',
      siteName: planned.get(stepId)?.siteName ?? null,
      message: `${name.name}: a write is refused with ${result.code}: ${result.detail}`,
    });
  }
  return [...codes.values()];
}

const alert = (
  nameName: string,
  { detail, ...rest }: Omit<NameAlert, 'siteName' | 'message'> & { readonly detail: string },
): NameAlert => ({
  ...rest,
  siteName: null,
  message: `${nameName}: ${NAME_REASONS[rest.reason]} ${detail}`,
});
