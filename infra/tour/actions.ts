import { RETIRE_TAG } from '../../shared/domain/ownership-tags';
import { type StepOutcome, type StepResult } from '../../shared/domain/plan';
import { type Step } from '../../shared/domain/proposal';
import { type LaunchStep } from '../../shared/domain/scale-steps';
import { type Tick } from '../../shared/domain/tick';
import { type Side } from '../rehearsal/start-side';

/**
 * The name a person gave an instance, as `web-3` or `warm-1`; those launched since count on, in the order in which they came. Where there is
 * none, its id.
 */
export function nameOf(
  { pool: { instanceIds, warmIds } }: Side,
  instanceId: string,
  ticks: readonly Tick[] = [],
): string {
  const warm = warmIds.indexOf(instanceId);
  if (warm >= 0) return `warm-${warm + 1}`;
  const place = [...instanceIds, ...launchedIn(ticks)].indexOf(instanceId);
  return place >= 0 ? `web-${place + 1}` : instanceId;
}

/** Ids of the instances that launches brought, in order. */
export const launchedIn = (ticks: readonly Tick[]): readonly string[] => [
  ...new Set(
    ticks.flatMap(({ outcome }) =>
      outcome.steps.flatMap(({ launch }) =>
        (launch?.attempts ?? []).flatMap(({ instanceIds }) => instanceIds),
      ),
    ),
  ),
];

/**
 * What Evenkeel did from `since` on, with seconds from then and reasons; in observe mode, what it would have done, each thing once.
 *
 * Example: `6.1 s  web-3: weight 100 → 30 (outlier-latency)`.
 */
export function actionsSince(side: Side, ticks: readonly Tick[], since: number): readonly string[] {
  const name: Naming = (instanceId) => nameOf(side, instanceId, ticks);
  const told = ticks
    .filter(({ pool }) => pool.takenAt >= since)
    .flatMap((tick) => [...alertsOf(tick), ...stepsOf(tick, name), ...withheldOf(tick, name)]);
  const isNew = ({ text }: Told, index: number): boolean =>
    told.findIndex((other) => other.text === text) === index;
  return (side.name === 'observe' ? told.filter(isNew) : told).map(
    ({ at, text }) => `${((at - since) / 1000).toFixed(1).padStart(5)} s  ${text}`,
  );
}

type Naming = (instanceId: string) => string;

interface Told {
  readonly at: number;
  readonly text: string;
}

const alertsOf = ({ pool, proposal }: Tick): readonly Told[] =>
  proposal.alerts.map(({ reason }) => ({ at: pool.takenAt, text: `calls people: ${reason}` }));

const withheldOf = ({ pool, plan }: Tick, name: Naming): readonly Told[] =>
  plan.withheld.flatMap(({ step, rule }) => {
    const text = describe(step, name);
    return text === null ? [] : [{ at: pool.takenAt, text: `withheld by ${rule}: ${text}` }];
  });

const stepsOf = (tick: Tick, name: Naming): readonly Told[] =>
  tick.plan.steps.flatMap((step) => {
    const outcome = tick.outcome.steps.find(({ stepId }) => stepId === step.stepId);
    if (outcome === undefined) return [];
    const text = outcomeText(describe(step, name, outcome), outcome.result);
    return text === null ? [] : [{ at: outcome.finishedAt, text }];
  });

/** What became of a deed, in its words; null where there is nothing to tell. */
export function outcomeText(text: string | null, result: StepResult): string | null {
  if (text === null) return null;
  switch (result.kind) {
    case 'done':
      return text;
    case 'would-do':
      return `would: ${text}`;
    case 'already-so':
      return null;
    case 'not-sent':
    case 'failed':
      return `${result.kind === 'failed' ? 'failed' : 'not sent'}: ${text}: ${result.detail}`;
  }
}

/** What each kind of step does to its instance. */
const DEEDS: Readonly<Record<Exclude<Step['kind'], 'set-weight' | 'tag' | 'launch'>, string>> = {
  'restart-service': 'restart the service',
  reboot: 'reboot',
  start: 'start from the warm pool',
  register: 'register at weight 0',
  deregister: 'deregister',
  stop: 'stop economically, into the warm pool',
  delete: 'delete',
};

function describe(step: Step, name: Naming, outcome?: StepOutcome): string | null {
  switch (step.kind) {
    case 'set-weight':
      return `${name(step.instanceId)}: weight ${step.from} → ${step.to} (${step.reason})`;
    case 'tag':
      return RETIRE_TAG in step.tags
        ? `${name(step.instanceId)}: is to leave (${step.reason})`
        : null;
    case 'launch':
      return describeLaunch(step, outcome);
    case 'restart-service':
    case 'reboot':
    case 'start':
    case 'register':
    case 'deregister':
    case 'stop':
    case 'delete':
      return `${name(step.instanceId)}: ${DEEDS[step.kind]} (${step.reason})`;
  }
}

/** Example: `launch 3: a refused (OperationDenied.NoStock), b brought 3 (scale-out-metric)`. */
function describeLaunch(step: LaunchStep, outcome: StepOutcome | undefined): string {
  const tried = (outcome?.launch?.attempts ?? []).filter(({ state }) => state !== 'skipped');
  const parts = tried.map(({ option, state, code, instanceIds }) =>
    state === 'refused'
      ? `${option} refused (${code ?? 'no code'})`
      : `${option} brought ${instanceIds.length}`,
  );
  const options = step.attempts.map(({ option }) => option.name).join(', else ');
  return `launch ${step.count}: ${parts.length > 0 ? parts.join(', ') : `by ${options}`} (${step.reason})`;
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

/** Seconds from `since` to the first tick that wants more instances, or fewer, than there are; null when none does. */
export function secondsToWant(
  ticks: readonly Tick[],
  direction: 'out' | 'in',
  since: number,
): number | null {
  const first = ticks.find(
    ({ pool, proposal }) => pool.takenAt >= since && proposal.scale?.direction === direction,
  );
  return first === undefined ? null : Math.round((first.pool.takenAt - since) / 100) / 10;
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
