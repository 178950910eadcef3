import { type NameStep } from '../../../shared/domain/failover/name-proposal';
import { NAME_REASONS } from '../../../shared/domain/failover/name-reasons';
import { type Outcome } from '../../../shared/domain/plan';
import { type NamePlanned } from '../../../shared/operate/failover/name-reply';
import { describeNameStep } from '../../../shared/record/failover/describe-name-step';
import { instantText, shareText } from '../../../shared/record/text';
import { table } from '../table';
import { type Colours } from '../terminal';

type Shown = Pick<NamePlanned, 'name' | 'proposal' | 'plan' | 'mode'>;

/** What was concluded of a name’s sites, what would be done or was, and what a guard withheld; without `outcome` it is a plan. */
export function namePlanLines(
  { name, proposal, plan, mode }: Shown,
  outcome: Outcome | null,
  colours: Colours,
): readonly string[] {
  const { freeze } = name;
  return [
    colours.bold(`Name ${name.name} (mode ${mode}), ${instantText(name.takenAt)}`),
    ...(freeze === null
      ? []
      : [
          colours.yellow(
            `  frozen by ${freeze.by} until ${instantText(freeze.until)}: ${freeze.reason}`,
          ),
        ]),
    ...name.orders.map(
      ({ kind, siteName, by, reason }) => `  ${kind} of ${siteName} ordered by ${by}: ${reason}`,
    ),
    ...siteLines({ proposal }, colours),
    ...proposal.forecasts.map(({ siteName, detail, shed }) => {
      const lost = shed === null || shed === 0 ? '' : `; ${shareText(shed)} would be shed`;
      return `  If ${siteName} is left: ${detail}${lost}`;
    }),
    ...plan.steps.map((step) => colours.green(`  ${stepText(step)}: ${resultText(step, outcome)}`)),
    ...plan.withheld.flatMap(({ step, rule, detail }) => [
      colours.yellow(`  ${stepText(step)}: withheld by ${rule}`),
      colours.yellow(`    ${NAME_REASONS[rule]}${detail === '' ? '' : ` ${detail}`}`),
    ]),
    ...proposal.alerts.map(({ severity, message }) =>
      colours.yellow(
        `  people ${outcome === null ? 'would be ' : ''}called (${severity}): ${message}`,
      ),
    ),
    `${plan.steps.length} to do, ${plan.withheld.length} withheld.${outcome === null ? ' Nothing was changed.' : ''}`,
  ];
}

function siteLines({ proposal }: Pick<Shown, 'proposal'>, colours: Colours): readonly string[] {
  const rows = proposal.verdicts.map(({ siteName, verdict, state, nextState, share, reason }) => [
    siteName,
    verdict,
    state === nextState ? state : `${state} → ${nextState}`,
    shareText(share),
    reason,
  ]);
  return [
    ...table(['site', 'verdict', 'state', 'share', 'reason'], rows).map((text) => `  ${text}`),
    ...proposal.verdicts.flatMap(({ siteName, reason, detail, evidence }) => [
      `  ${siteName}: ${NAME_REASONS[reason]}${detail === '' ? '' : ` ${detail}`}`,
      ...evidence.map((text) => colours.dim(`    ${text}`)),
    ]),
  ];
}

const stepText = (step: NameStep): string => `${step.siteName}: ${describeNameStep(step)}`;

function resultText({ stepId, reason }: NameStep, outcome: Outcome | null): string {
  if (outcome === null) return `would be done (${reason})`;
  const result = outcome.steps.find((each) => each.stepId === stepId)?.result;
  if (result === undefined) return 'the tick ended before it was reached';
  return result.kind === 'failed' ? `failed with ${result.code}` : `${result.kind} (${reason})`;
}
