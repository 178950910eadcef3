import { type NameStep } from '../../domain/failover/name-proposal';
import { NAME_REASONS } from '../../domain/failover/name-reasons';
import { type NameTick } from '../../domain/failover/name-tick';
import { type Outcome } from '../../domain/plan';
import { type Mode } from '../../domain/policy';
import { type ExplanationLine, type Tone } from '../explain';
import { instantText, shareText } from '../text';
import { describeNameStep } from './describe-name-step';

type Explained = Pick<NameTick, 'name' | 'proposal' | 'plan'> & { readonly mode: Mode };

const line = (indent: number, tone: Tone, text: string): ExplanationLine => ({
  indent,
  tone,
  text,
});

/**
 * What was concluded of a name’s sites and why, what a move would mean for the others, what would be done or was, and what a guard
 * withheld; without `outcome` it is a plan.
 */
export function nameExplanationOf(
  { name, proposal, plan, mode }: Explained,
  outcome: Outcome | null,
): readonly ExplanationLine[] {
  const { freeze } = name;
  const [called, changed] =
    outcome === null ? ['would be called', ' Nothing was changed.'] : ['called', ''];
  return [
    line(0, 'heading', `Name ${name.name} (mode ${mode}), ${instantText(name.takenAt)}`),
    ...(freeze === null
      ? []
      : [
          line(
            1,
            'withheld',
            `frozen by ${freeze.by} until ${instantText(freeze.until)}: ${freeze.reason}`,
          ),
        ]),
    ...name.orders.map(({ kind, siteName, by, reason }) =>
      line(1, 'plain', `${kind} of ${siteName} ordered by ${by}: ${reason}`),
    ),
    ...proposal.verdicts.flatMap(explainSite),
    ...proposal.forecasts.map(({ siteName, detail, shed }) => {
      const lost = shed === null || shed === 0 ? '' : `; ${shareText(shed)} would be shed`;
      return line(0, 'plain', `If ${siteName} is left: ${detail}${lost}`);
    }),
    ...explainSteps(plan, outcome),
    ...proposal.alerts.map(({ severity, message }) =>
      line(0, 'withheld', `people ${called} (${severity}): ${message}`),
    ),
    line(0, 'plain', `${plan.steps.length} to do, ${plan.withheld.length} withheld.${changed}`),
  ];
}

function explainSite(site: Explained['proposal']['verdicts'][number]): readonly ExplanationLine[] {
  const { siteName, verdict, state, nextState, share, reason, detail, evidence } = site;
  const change = state === nextState ? state : `${state} → ${nextState}`;
  return [
    line(0, 'heading', `${siteName}: ${verdict}, ${change}, ${shareText(share)} (${reason})`),
    line(1, 'plain', detail === '' ? NAME_REASONS[reason] : `${NAME_REASONS[reason]} ${detail}`),
    ...evidence.map((text) => line(1, 'quiet', text)),
  ];
}

const explainSteps = (
  plan: Explained['plan'],
  outcome: Outcome | null,
): readonly ExplanationLine[] => [
  ...plan.steps.map((step) => line(0, 'done', `${stepText(step)}: ${resultText(step, outcome)}`)),
  ...plan.withheld.flatMap(({ step, rule, detail }) => [
    line(0, 'withheld', `${stepText(step)}: withheld by ${rule}`),
    line(1, 'withheld', NAME_REASONS[rule] + (detail === '' ? '' : ` ${detail}`)),
  ]),
];

const stepText = (step: NameStep): string => `${step.siteName}: ${describeNameStep(step)}`;

function resultText({ stepId, reason }: NameStep, outcome: Outcome | null): string {
  if (outcome === null) return `would be done (${reason})`;
  const result = outcome.steps.find((each) => each.stepId === stepId)?.result;
  if (result === undefined) return 'the tick ended before it was reached';
  return result.kind === 'failed' ? `failed with ${result.code}` : `${result.kind} (${reason})`;
}
