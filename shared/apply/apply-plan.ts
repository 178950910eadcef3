import { CloudError } from '../domain/cloud-error';
import { type Outcome, type Plan, type StepOutcome, type StepResult } from '../domain/plan';
import { type Step, type TagStep } from '../domain/proposal';
import { writeKind } from '../domain/refused-writes';
import { type TickRequest } from '../domain/tick';
import { type Instant } from '../domain/units';
import { type Ports } from '../ports/ports';
import { StoreUnavailable } from '../ports/state-store';
import { applyInstance } from './apply-instance';
import { applyLaunch } from './apply-launch';
import { applyMembership } from './apply-membership';
import { applyRepair } from './apply-repair';
import { applyWeights } from './apply-weights';
import { writeDeadline } from './call-window';
import { failedResult } from './failed-result';
import { orderSteps, type Batch } from './step-order';
import { LEASE_LOST, type Results } from './under-write-slot';

/**
 * Does what the plan says, batch by batch, and reports each step. Breaking off anywhere is safe: every step is absolute,
 * and the next tick looks again. After a failure nothing more goes to that server group in this tick, and of a backend
 * whose step was not done no further step is taken that relies on it: no weight is lowered without its mark, nothing is
 * repaired that is not drained, no mark comes off before the weight is back. Without the state store nothing more is done at all.
 */
export async function applyPlan(plan: Plan, request: TickRequest, ports: Ports): Promise<Outcome> {
  const progress: Progress = {
    outcomes: [],
    failedInstances: new Set(),
    failedTargets: new Set(),
    deniedKinds: new Set(),
  };
  const steps = progress.outcomes;
  for (const batch of orderSteps(plan)) {
    const before = steps.length;
    try {
      await applyBatch(batch, request, { ports, progress });
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      steps.push(...unknownOutcomes(batch, steps.slice(before), ports.clock.now()));
      return { steps, cutShort: error.message };
    }
  }
  return { steps };
}

/** Where the store went away, nobody knows how far each step had come. */
function unknownOutcomes(
  batch: Batch,
  known: readonly StepOutcome[],
  at: Instant,
): readonly StepOutcome[] {
  const detail = 'the state store went away meanwhile';
  const result = { kind: 'failed', code: 'StoreUnavailable', isAmbiguous: true, detail } as const;
  return stepsIn(batch)
    .filter(({ stepId }) => !known.some((outcome) => outcome.stepId === stepId))
    .map(({ stepId }) => ({ stepId, startedAt: at, finishedAt: at, result }));
}

const stepsIn = (batch: Batch): readonly Step[] => ('steps' in batch ? batch.steps : [batch.step]);

interface Progress {
  readonly outcomes: StepOutcome[];
  /** Instances of which an earlier step was not done. */
  readonly failedInstances: Set<string>;
  readonly failedTargets: Set<string>;
  /** Kinds of writes that this role may not do: asking again would hear the same. */
  readonly deniedKinds: Set<string>;
}

interface Context {
  readonly ports: Ports;
  readonly progress: Progress;
}

async function applyBatch(batch: Batch, request: TickRequest, context: Context): Promise<void> {
  const { ports, progress } = context;
  const startedAt = ports.clock.now();
  const deadline = writeDeadline(request, startedAt);
  const report = (step: Step, result: StepResult, more: StepExtras = {}): void => {
    const finishedAt = ports.clock.now();
    progress.outcomes.push({
      stepId: step.stepId,
      startedAt,
      finishedAt,
      result,
      ...more,
    });
    noteFailure(step, result, progress);
  };
  const steps = stepsIn(batch);
  if (deadline === null) {
    for (const step of steps)
      report(step, {
        kind: 'not-sent',
        detail: 'the lease or the time of this tick would not outlive the call',
      });
    return;
  }
  if (await ports.store.isFenced(request.lease)) {
    for (const step of steps) report(step, LEASE_LOST);
    return;
  }
  const blocked = steps.filter((step) => isBlocked(step, progress));
  for (const step of blocked)
    report(step, {
      kind: 'not-sent',
      detail: 'an earlier step that this one needs, or one of its kind, was not done',
    });
  const free = steps.filter((step) => !blocked.includes(step));
  await send(batch, free, request, { ports, deadline, report });
}

type StepExtras = Pick<StepOutcome, 'invokeId' | 'launch'>;
type Report = (step: Step, result: StepResult, more?: StepExtras) => void;

async function send(
  batch: Batch,
  steps: readonly Step[],
  request: TickRequest,
  context: { readonly ports: Ports; readonly deadline: Instant; readonly report: Report },
): Promise<void> {
  const { report } = context;
  if (steps.length === 0) return;
  if (batch.kind === 'tag') {
    report(batch.step, await applyTag(batch.step, context));
    return;
  }
  if (batch.kind === 'repair') {
    const { result, invokeId } = await applyRepair(batch.step, request, context);
    report(batch.step, result, invokeId === undefined ? {} : { invokeId });
    return;
  }
  if (batch.kind === 'launch') {
    const { result, launch } = await applyLaunch(batch.step, request, context.ports);
    report(batch.step, result, launch === undefined ? {} : { launch });
    return;
  }
  if (batch.kind === 'instance') {
    report(batch.step, await applyInstance(batch.step, request, context));
    return;
  }
  if (batch.kind === 'membership') {
    const moving = steps.filter((step) => step.kind === 'register' || step.kind === 'deregister');
    reportAll(moving, await applyMembership(moving, request, context), report);
    return;
  }
  const weights = steps.filter((step) => step.kind === 'set-weight');
  reportAll(weights, await applyWeights(weights, request, context), report);
}

function reportAll(steps: readonly Step[], results: Results, report: Report): void {
  for (const step of steps)
    report(
      step,
      results.get(step.stepId) ?? { kind: 'not-sent', detail: 'no answer for this step' },
    );
}

/** Writes the mark of an ejection on the instance, or takes it off. Idempotent. */
async function applyTag(
  step: TagStep,
  context: { readonly ports: Ports; readonly deadline: Instant },
): Promise<StepResult> {
  const { ports, deadline } = context;
  if (ports.writes === 'recorded') return { kind: 'would-do', detail: describeTag(step) };
  try {
    if (Object.keys(step.tags).length > 0)
      await ports.compute.tag(step.instanceId, step.tags, { deadline });
    if (step.removeKeys.length > 0)
      await ports.compute.untag(step.instanceId, step.removeKeys, { deadline });
    return { kind: 'done', detail: describeTag(step) };
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return failedResult(error);
  }
}

function noteFailure(step: Step, result: StepResult, progress: Progress): void {
  const isFailed = result.kind === 'failed';
  if (isFailed || result.kind === 'not-sent') progress.failedInstances.add(step.instanceId);
  if (isFailed && result.refusal === 'permission') progress.deniedKinds.add(writeKind(step));
  if (isFailed && step.kind === 'set-weight') progress.failedTargets.add(step.targetKey);
}

/** Giving weight back relies on nothing else. */
function isBlocked(step: Step, progress: Progress): boolean {
  const { failedInstances, failedTargets, deniedKinds } = progress;
  if (deniedKinds.has(writeKind(step))) return true;
  if (step.kind === 'set-weight' && failedTargets.has(step.targetKey)) return true;
  const isRaise = step.kind === 'set-weight' && step.to >= step.from;
  return !isRaise && failedInstances.has(step.instanceId);
}

const describeTag = (step: TagStep): string =>
  [
    ...Object.keys(step.tags).map((key) => `write tag ${key}`),
    ...step.removeKeys.map((key) => `remove tag ${key}`),
  ].join(', ');
