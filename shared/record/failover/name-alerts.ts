import { repairedRecordId } from '../../domain/failover/empty-line';
import { type NameAlert, type NamePlan, type NameStep } from '../../domain/failover/name-proposal';
import { NAME_REASONS, type NameReasonCode } from '../../domain/failover/name-reasons';
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
    ...unsent({ name, plan, outcome }),
    ...failures({ name, plan, outcome }),
  ];
}

/** Decisions that are told as moves, as soon as some of the move is done. */
const MOVES: readonly NameReasonCode[] = [
  'failover-site-down',
  'failover-ordered',
  'failover-partial',
  'practice-started',
];

/** What the decisions have to tell, after what became of them: nobody is to read that a site was left which a guard kept. */
export function decidedAlerts({
  proposal,
  plan,
  outcome,
}: Pick<NameTick, 'proposal' | 'plan' | 'outcome'>): readonly NameAlert[] {
  const untouched = new Set(
    outcome.steps.filter(({ result }) => !mayHaveMoved(result)).map(({ stepId }) => stepId),
  );
  const withheld = new Map(plan.withheld.map(({ step, rule }) => [step.stepId, rule]));
  return proposal.alerts.map((told) => {
    const taking = proposal.steps.filter(
      (step) => step.siteName === told.siteName && 'moveId' in step && step.moveId !== null,
    );
    const hasMoved = taking.some(({ stepId }) => !untouched.has(stepId) && !withheld.has(stepId));
    if (!MOVES.includes(told.reason) || taking.length === 0 || hasMoved) return told;
    const rule = taking
      .map(({ stepId }) => withheld.get(stepId))
      .find((each) => each !== undefined);
    const why = rule === undefined ? 'its writes came to nothing' : `held up by ${rule}`;
    return {
      ...told,
      key: `${told.key}/not-moved`,
      message: `not moved, ${why}: ${told.message}`,
    };
  });
}

const mayHaveMoved = (result: StepResult): boolean =>
  result.kind === 'failed' ? result.isAmbiguous : result.kind !== 'not-sent';

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

/** A busy moment passes; who could not send in so many looks in a row is stuck. */
const LOOKS_TOLD = 3;

/** One alert for each site of which a move is planned look after look, and something keeps it from being sent. */
function unsent({
  name,
  plan,
  outcome,
}: Pick<NameTick, 'name' | 'plan' | 'outcome'>): readonly NameAlert[] {
  const sites = new Map<string, NameAlert>();
  for (const { stepId, result } of outcome.steps) {
    const looks = (name.memory.unsent?.[stepId] ?? 0) + 1;
    const step = plan.steps.find((each) => each.stepId === stepId);
    if (result.kind !== 'not-sent' || looks < LOOKS_TOLD || step === undefined || !isMove(step))
      continue;
    if (sites.has(step.siteName)) continue;
    sites.set(step.siteName, {
      key: `${step.siteName}/move-not-sent`,
      severity: 'critical',
      reason: 'move-not-sent',
      siteName: step.siteName,
      message: `${name.name}: ${step.siteName}: ${describeNameStep(step)} was not sent in ${looks} looks in a row: ${result.detail}`,
    });
  }
  return [...sites.values()];
}

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
