import { type NameStep } from '../../shared/domain/failover/name-proposal';
import { type Step } from '../../shared/domain/proposal';
import { describeStep } from '../../shared/record/describe-step';
import { describeNameStep } from '../../shared/record/failover/describe-name-step';
import { type Decision } from './replay-tick';

/** One way in which a decision is another one than before, in words. */
export interface DecisionChange {
  readonly kind: 'verdict' | 'step' | 'withheld' | 'alert';
  readonly text: string;
}

/** What a person would call changed: verdicts, steps, what withholds them, and who is called. Figures alone are no change of this kind. */
export function decisionChanges(recorded: Decision, now: Decision): readonly DecisionChange[] {
  return [
    ...changesOf('verdict', verdictsOf(recorded), verdictsOf(now)),
    ...changesOf('step', stepsOf(recorded), stepsOf(now)),
    ...changesOf('withheld', withheldOf(recorded), withheldOf(now)),
    ...changesOf('alert', alertsOf(recorded), alertsOf(now)),
  ];
}

/** Texts by what they are about. */
type Said = ReadonlyMap<string, string>;

function changesOf(kind: DecisionChange['kind'], was: Said, is: Said): readonly DecisionChange[] {
  const keys = [...new Set([...was.keys(), ...is.keys()])];
  return keys.flatMap((key) => {
    const [before, after] = [was.get(key), is.get(key)];
    if (before === after) return [];
    if (before === undefined) return [{ kind, text: `${key}: ${after ?? ''} (new)` }];
    if (after === undefined) return [{ kind, text: `${key}: ${before} (gone)` }];
    return [{ kind, text: `${key}: ${before}, now ${after}` }];
  });
}

function verdictsOf({ proposal }: Decision): Said {
  return new Map(
    proposal.verdicts.map((verdict) => [
      'siteName' in verdict ? verdict.siteName : verdict.instanceId,
      `${way(verdict)} by ${verdict.reason}`,
    ]),
  );
}

const way = ({ state, nextState }: { readonly state: string; readonly nextState: string }) =>
  state === nextState ? state : `${state} → ${nextState}`;

/** Every step that is asked for, in words; whether it is withheld is told apart. */
const stepsOf = ({ proposal, plan }: Decision): Said =>
  new Map(
    [...proposal.steps, ...plan.steps, ...plan.withheld.map(({ step }) => step)].map((step) => [
      step.stepId,
      `${wordsFor(step)} by ${step.reason}`,
    ]),
  );

const withheldOf = ({ plan }: Decision): Said =>
  new Map(plan.withheld.map(({ step, rule }) => [step.stepId, rule]));

const alertsOf = ({ proposal }: Decision): Said =>
  new Map(proposal.alerts.map(({ key, severity, reason }) => [key, `${severity} ${reason}`]));

const isOfName = (step: Step | NameStep): step is NameStep => 'siteName' in step;

const wordsFor = (step: Step | NameStep): string =>
  isOfName(step) ? describeNameStep(step) : describeStep(step);

const NOUNS: Readonly<Record<DecisionChange['kind'], readonly [string, string]>> = {
  verdict: ['verdict', 'verdicts'],
  step: ['step', 'steps'],
  withheld: ['withheld step', 'withheld steps'],
  alert: ['alert', 'alerts'],
};

/** Counts of changes. Example: `2 verdicts, 1 step`; empty when none. */
export function countChanges(changes: readonly DecisionChange[]): string {
  const kinds = Object.keys(NOUNS) as readonly DecisionChange['kind'][];
  return kinds
    .map((kind) => ({ kind, count: changes.filter((change) => change.kind === kind).length }))
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `${count} ${NOUNS[kind][count === 1 ? 0 : 1]}`)
    .join(', ');
}
