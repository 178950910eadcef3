import { attachmentKey } from './attachment';
import { knownChanges } from './known-changes';
import {
  type BackendMemory,
  type ChangeMemory,
  type PoolMemory,
  type RepairMemory,
} from './memory';
import { type Outcome, type Plan, type StepOutcome } from './plan';
import { type BackendSnapshot, type PoolSnapshot } from './pool';
import { type BackendVerdict, type Proposal, type SetWeightStep, type Step } from './proposal';
import { type Instant, since } from './units';
import { rememberWrite } from './written-weights';

/** Changes older than any budget's window are forgotten. */
const CHANGES_KEPT_MS = 86_400_000;

type Results = ReadonlyMap<string, StepOutcome>;

/**
 * What is remembered after a tick. A backend's memory moves on only if every step proposed for it was done or was so
 * already; a step that was withheld, only written down, not sent or refused leaves it where it was, to be decided
 * again. A reboot whose answer was lost counts as begun. Weights that were written, or may have been (ambiguous
 * failures), are remembered in either case, so that our own writes are told from a person's, also when only some of
 * several targets were reached.
 */
// eslint-disable-next-line max-params -- the four nouns of one turn and the time
export function nextMemory(
  pool: PoolSnapshot,
  proposal: Proposal,
  plan: Plan,
  outcome: Outcome,
  at: Instant,
): PoolMemory {
  const results: Results = new Map(outcome.steps.map((result) => [result.stepId, result]));
  const backends = new Map(pool.backends.map((backend) => [backend.instanceId, backend]));
  const groups = groupSteps(proposal.steps);
  const accepted = new Set(plan.steps.map((step) => step.stepId));
  const entries = proposal.verdicts.map((verdict): [string, BackendMemory] => {
    const steps = groups.get(verdict.instanceId) ?? [];
    const isDone = steps
      .filter((step) => !isRemoval(step) && !MOVES.includes(step.kind))
      .every((step) => accepted.has(step.stepId) && isBegun(step, results.get(step.stepId)));
    return [
      verdict.instanceId,
      remember(verdict, { steps, isDone, results, at }, backends.get(verdict.instanceId)),
    ];
  });
  const isMissingSome = (proposal.memory.memberCount ?? 0) > proposal.verdicts.length;
  return {
    ...proposal.memory,
    backends: { ...(isMissingSome ? pool.memory.backends : {}), ...Object.fromEntries(entries) },
    changes: [...changesMade(plan.steps, results, at), ...knownChanges(pool, proposal)].filter(
      (change) => since(change.at, at) <= CHANGES_KEPT_MS,
    ),
  };
}

/** Coming and going is scaling’s: whether it succeeds says nothing about a backend’s health. */
const MOVES: readonly Step['kind'][] = [
  'register',
  'deregister',
  'launch',
  'start',
  'stop',
  'delete',
];

/** A mark that stays on for now is taken off in a later turn: as long as it is there, that is proposed again. */
const isRemoval = (step: Step): boolean =>
  step.kind === 'tag' && Object.keys(step.tags).length === 0;

function groupSteps(steps: readonly Step[]): ReadonlyMap<string, readonly Step[]> {
  const groups = new Map<string, Step[]>();
  for (const step of steps) {
    const group = groups.get(step.instanceId);
    if (group === undefined) groups.set(step.instanceId, [step]);
    else group.push(step);
  }
  return groups;
}

const isInPlace = (outcome: StepOutcome | undefined): boolean =>
  outcome?.result.kind === 'done' || outcome?.result.kind === 'already-so';

/** Written, or possibly written. */
const mayHaveLanded = (outcome: StepOutcome | undefined): boolean =>
  isInPlace(outcome) || (outcome?.result.kind === 'failed' && outcome.result.isAmbiguous);

/**
 * Done, or a reboot that may have begun: no token makes its call safe to repeat, and the note against that may be lost with the store.
 * One that has not begun is found out when its wait is over.
 */
const isBegun = (step: Step, outcome: StepOutcome | undefined): boolean =>
  step.kind === 'reboot' ? mayHaveLanded(outcome) : isInPlace(outcome);

interface Deeds {
  readonly steps: readonly Step[];
  readonly isDone: boolean;
  readonly results: Results;
  readonly at: Instant;
}

function remember(
  verdict: BackendVerdict,
  deeds: Deeds,
  backend: BackendSnapshot | undefined,
): BackendMemory {
  const { steps, isDone, results, at } = deeds;
  const memory = isDone ? verdict.memoryIfDone : verdict.memoryIfNot;
  const landed = steps.filter(
    (step): step is SetWeightStep =>
      step.kind === 'set-weight' && mayHaveLanded(results.get(step.stepId)),
  );
  const written = landed.reduce((writes, step) => {
    const key = backend === undefined ? step.targetKey : attachmentKey(backend, step);
    const isUncertain = !isInPlace(results.get(step.stepId));
    return rememberWrite(writes, {
      ...{ targetKey: key, weight: step.to, at },
      ...(isUncertain && { isUncertain }),
    });
  }, memory.written);
  return {
    ...withInvokeId(memory, steps, results),
    written,
    repairs: isDone ? memory.repairs : withFailedRepair(memory, deeds),
  };
}

function withInvokeId(
  memory: BackendMemory,
  steps: readonly Step[],
  results: Results,
): BackendMemory {
  const invokeId = steps
    .map((step) => results.get(step.stepId)?.invokeId)
    .find((id) => id !== undefined);
  if (invokeId === undefined || memory.ladder === null) return memory;
  return { ...memory, ladder: { ...memory.ladder, invokeId } };
}

/** A repair that was refused is an attempt too, else it would be tried for ever. */
function withFailedRepair(
  memory: BackendMemory,
  { steps, results, at }: Deeds,
): readonly RepairMemory[] {
  const failed = steps.flatMap((step): readonly RepairMemory[] => {
    const isRefused = results.get(step.stepId)?.result.kind === 'failed';
    if (!isRefused || (step.kind !== 'restart-service' && step.kind !== 'reboot')) return [];
    return [{ rung: step.kind === 'reboot' ? 'reboot' : 'restart', at, hasHelped: false }];
  });
  return [...failed, ...memory.repairs];
}

/** One change per instance and tick, for the budget. */
function changesMade(
  steps: readonly Step[],
  results: Results,
  at: Instant,
): readonly ChangeMemory[] {
  const charged = steps.filter(
    (step) =>
      step.kind === 'set-weight' && step.costsBudget && mayHaveLanded(results.get(step.stepId)),
  );
  return [...new Set(charged.map((step) => step.instanceId))].map((instanceId) => ({
    at,
    instanceId,
  }));
}
