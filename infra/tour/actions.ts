import { type StepResult } from '../../shared/domain/plan';
import { type Step } from '../../shared/domain/proposal';
import { type Tick } from '../../shared/domain/tick';
import { type Side } from '../rehearsal/start-side';

/** The name a person gave an instance, as `web-3`. */
export const nameOf = (side: Side, instanceId: string): string =>
  `web-${side.pool.instanceIds.indexOf(instanceId) + 1}`;

/**
 * What Evenkeel did from `since` on, with seconds from then and reasons; in observe mode, what it would have done, each thing once.
 *
 * Example: `6.1 s  web-3: weight 100 → 30 (outlier-latency)`.
 */
export function actionsSince(side: Side, ticks: readonly Tick[], since: number): readonly string[] {
  const told = ticks
    .filter(({ pool }) => pool.takenAt >= since)
    .flatMap((tick) => [...alertsOf(tick), ...stepsOf(side, tick), ...withheldOf(side, tick)]);
  const isNew = ({ text }: Told, index: number): boolean =>
    told.findIndex((other) => other.text === text) === index;
  return (side.name === 'observe' ? told.filter(isNew) : told).map(
    ({ at, text }) => `${((at - since) / 1000).toFixed(1).padStart(5)} s  ${text}`,
  );
}

interface Told {
  readonly at: number;
  readonly text: string;
}

const alertsOf = ({ pool, proposal }: Tick): readonly Told[] =>
  proposal.alerts.map(({ reason }) => ({ at: pool.takenAt, text: `calls people: ${reason}` }));

const withheldOf = (side: Side, { pool, plan }: Tick): readonly Told[] =>
  plan.withheld.flatMap(({ step, rule }) => {
    const text = describe(side, step);
    return text === null ? [] : [{ at: pool.takenAt, text: `withheld by ${rule}: ${text}` }];
  });

const stepsOf = (side: Side, tick: Tick): readonly Told[] =>
  tick.plan.steps.flatMap((step) => {
    const outcome = tick.outcome.steps.find(({ stepId }) => stepId === step.stepId);
    if (outcome === undefined) return [];
    const text = outcomeText(describe(side, step), outcome.result);
    return text === null ? [] : [{ at: outcome.finishedAt, text }];
  });

function outcomeText(text: string | null, { kind }: StepResult): string | null {
  if (text === null) return null;
  if (kind === 'done') return text;
  if (kind === 'would-do') return `would: ${text}`;
  return kind === 'failed' ? `${text} failed` : null;
}

function describe(side: Side, step: Step): string | null {
  const name = nameOf(side, step.instanceId);
  if (step.kind === 'set-weight')
    return `${name}: weight ${step.from} → ${step.to} (${step.reason})`;
  if (step.kind === 'tag') return null;
  return `${name}: ${step.kind === 'reboot' ? 'reboot' : 'restart the service'} (${step.reason})`;
}

/** Seconds from `since` to the first tick that holds something against one of the victims; null when none does. */
export function secondsToDetect(
  ticks: readonly Tick[],
  victims: readonly string[],
  since: number,
): number | null {
  const first = ticks.find(
    (tick) =>
      tick.pool.takenAt >= since &&
      tick.proposal.verdicts.some(
        (verdict) =>
          victims.includes(verdict.instanceId) &&
          verdict.nextState !== 'healthy' &&
          verdict.evidence.length > 0,
      ),
  );
  return first === undefined
    ? null
    : Math.max(0, Math.round((first.pool.takenAt - since) / 100) / 10);
}

/** Weight-lowering steps that were really done. */
export const loweringsDone = (ticks: readonly Tick[]): number =>
  ticks.flatMap((tick) =>
    tick.plan.steps.filter(
      (step) =>
        step.kind === 'set-weight' &&
        step.to < step.from &&
        tick.outcome.steps.some(
          ({ stepId, result }) => stepId === step.stepId && result.kind === 'done',
        ),
    ),
  ).length;
