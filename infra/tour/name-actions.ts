import { type NameStep } from '../../shared/domain/failover/name-proposal';
import { type NameTick } from '../../shared/domain/failover/name-tick';
import { outcomeText } from './actions';

/**
 * What Evenkeel did about a name from `since` on, with seconds from then and reasons: changes of state, steps and alerts. What is said
 * again and again is told once.
 *
 * Example: `11.4 s  a: pause its record on line default (failover-site-down)`.
 */
export function nameActionsSince(ticks: readonly NameTick[], since: number): readonly string[] {
  const told = ticks
    .filter(({ name }) => name.takenAt >= since)
    .flatMap((tick) => [
      ...statesOf(tick),
      ...alertsOf(tick),
      ...stepsOf(tick),
      ...withheldOf(tick),
    ]);
  return told
    .filter(({ text }, index) => told.findIndex((other) => other.text === text) === index)
    .map(({ at, text }) => `${((at - since) / 1000).toFixed(1).padStart(5)} s  ${text}`);
}

interface Told {
  readonly at: number;
  readonly text: string;
}

const statesOf = ({ name, proposal }: NameTick): readonly Told[] =>
  proposal.verdicts
    .filter(({ state, nextState }) => state !== nextState)
    .map(({ siteName, verdict, state, nextState, reason }) => ({
      at: name.takenAt,
      text: `${siteName} is ${verdict}: ${state} → ${nextState} (${reason})`,
    }));

const alertsOf = ({ name, proposal }: NameTick): readonly Told[] =>
  proposal.alerts.map(({ reason, siteName }) => ({
    at: name.takenAt,
    text: `calls people: ${reason}${siteName === null ? '' : `, ${siteName}`}`,
  }));

const withheldOf = ({ name, plan }: NameTick): readonly Told[] =>
  plan.withheld.map(({ step, rule }) => ({
    at: name.takenAt,
    text: `withheld by ${rule}: ${describe(step)}`,
  }));

const stepsOf = ({ plan, outcome }: NameTick): readonly Told[] =>
  plan.steps.flatMap((step) => {
    const done = outcome.steps.find(({ stepId }) => stepId === step.stepId);
    const text = done === undefined ? null : outcomeText(describe(step), done.result);
    return text === null || done === undefined ? [] : [{ at: done.finishedAt, text }];
  });

const describe = (step: NameStep): string => `${step.siteName}: ${deedOf(step)} (${step.reason})`;

function deedOf(step: NameStep): string {
  switch (step.kind) {
    case 'enable-record':
      return `enable its record on line ${step.line}`;
    case 'pause-record':
      return `pause its record on line ${step.line}`;
    case 'set-record-weight':
      return `DNS weight ${step.from ?? 'unknown'} → ${step.to} on line ${step.line}`;
    case 'remark-record':
      return step.remark === '' ? 'take our note off' : `note “${step.remark}”`;
    case 'open-weighting':
      return `answers on line ${step.line} are drawn by weight`;
    case 'request-floor':
      return `ask ${step.poolName} for at least ${step.count} instances`;
  }
}
