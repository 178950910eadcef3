import { type Outcome, type StepOutcome } from '../plan';
import { type Instant } from '../units';
import { type FloorMemory, type NameMemory, type WrittenRecord } from './name-memory';
import { type NameStep, type RecordStep } from './name-proposal';
import { type NameSnapshot } from './name-snapshot';
import { type NameTick } from './name-tick';

interface Deeds {
  readonly results: ReadonlyMap<string, StepOutcome>;
  readonly accepted: ReadonlySet<string>;
}

/**
 * What is remembered after a tick. A site’s memory moves on when a step that enables, pauses or takes away was done or may have
 * landed, or when all that was proposed for it is in place; else it stays, to be decided again. A note that could not be written
 * holds up nothing, nor does a floor that was not taken. Records that were written, or may have been, are remembered, so that our own
 * late writes are told from a person’s.
 */
export function nextNameMemory(
  { name, proposal, plan }: Pick<NameTick, 'name' | 'proposal' | 'plan'>,
  outcome: Outcome,
  at: Instant,
): NameMemory {
  const { memoryIfDone: done, memoryIfNot: not } = proposal;
  const deeds: Deeds = {
    results: new Map(outcome.steps.map((result) => [result.stepId, result])),
    accepted: new Set(plan.steps.map(({ stepId }) => stepId)),
  };
  const siteNames = Object.keys(not.sites);
  const moved = new Set(siteNames.filter((each) => hasMoved(each, proposal.steps, deeds)));
  const known = new Set(not.moves.map(({ moveId }) => moveId));
  const moves = done.moves.filter((move) => known.has(move.moveId) || moved.has(move.siteName));
  const hasBegun = moves.some(({ moveId }) => !known.has(moveId));
  const landed = plan.steps
    .filter(isRecordStep)
    .filter((step) => mayHaveLanded(deeds.results.get(step.stepId)));
  const practised = done.practice?.siteName;
  return {
    ...not,
    generation: not.generation + Number(plan.steps.length > 0),
    sites: Object.fromEntries(
      Object.entries(not.sites).map(([siteName, memory]) => [
        siteName,
        moved.has(siteName) ? (done.sites[siteName] ?? memory) : memory,
      ]),
    ),
    moves,
    usedApprovals: hasBegun ? done.usedApprovals : not.usedApprovals,
    practice: practised !== undefined && moved.has(practised) ? done.practice : not.practice,
    written: remember(name, not.written, landed, at),
    floors: { ...not.floors, ...floorsAsked(plan.steps, deeds) },
    ...unsentAfter(not, plan.steps, deeds),
    ...linesWeighted(
      not,
      plan.steps.filter(({ stepId }) => mayHaveLanded(deeds.results.get(stepId))),
    ),
  };
}

/** A step that was sent, or is not planned any more, is forgotten. */
function unsentAfter(
  { unsent = {} }: Pick<NameMemory, 'unsent'>,
  steps: readonly NameStep[],
  { results }: Deeds,
): Pick<NameMemory, 'unsent'> {
  const held = steps
    .filter((step) => isRecordStep(step) && isTurn(step))
    .filter(({ stepId }) => results.get(stepId)?.result.kind === 'not-sent');
  if (held.length === 0 && Object.keys(unsent).length === 0) return {};
  return {
    unsent: Object.fromEntries(held.map(({ stepId }) => [stepId, (unsent[stepId] ?? 0) + 1])),
  };
}

/** Lines on which weighting is our doing, those of these steps included. */
export function linesWeighted(
  { weightedLines = [] }: Pick<NameMemory, 'weightedLines'>,
  steps: readonly NameStep[],
): Pick<NameMemory, 'weightedLines'> {
  const opened = steps.flatMap((step) => (step.kind === 'open-weighting' ? [step.line] : []));
  return opened.length === 0 ? {} : { weightedLines: [...new Set([...weightedLines, ...opened])] };
}

const isInPlace = (outcome: StepOutcome | undefined): boolean =>
  outcome?.result.kind === 'done' || outcome?.result.kind === 'already-so';

const mayHaveLanded = (outcome: StepOutcome | undefined): boolean =>
  isInPlace(outcome) || (outcome?.result.kind === 'failed' && outcome.result.isAmbiguous);

const isRecordStep = (step: NameStep): step is RecordStep =>
  step.kind !== 'request-floor' && step.kind !== 'open-weighting';

/** A step after which the site does not stand where it stood. */
const isTurn = (step: RecordStep): boolean =>
  step.kind === 'enable-record' ||
  step.kind === 'pause-record' ||
  (step.kind === 'set-record-weight' && step.moveId !== null);

function hasMoved(
  siteName: string,
  steps: readonly NameStep[],
  { results, accepted }: Deeds,
): boolean {
  const own = steps
    .filter(isRecordStep)
    .filter((step) => step.siteName === siteName && step.kind !== 'remark-record');
  const resultOf = (step: RecordStep): StepOutcome | undefined =>
    accepted.has(step.stepId) ? results.get(step.stepId) : undefined;
  return (
    own.some((step) => isTurn(step) && mayHaveLanded(resultOf(step))) ||
    own.every((step) => isInPlace(resultOf(step)))
  );
}

function remember(
  { records }: NameSnapshot,
  kept: readonly WrittenRecord[],
  landed: readonly RecordStep[],
  at: Instant,
): readonly WrittenRecord[] {
  const seen = records.kind === 'missing' ? [] : records.value;
  return landed.reduce<readonly WrittenRecord[]>((written, step) => {
    if (step.kind === 'remark-record') return written;
    const before = written.find(({ recordId }) => recordId === step.recordId);
    const record = seen.find(({ recordId }) => recordId === step.recordId);
    const weight = before?.weight ?? record?.weight ?? null;
    const entry: WrittenRecord = {
      recordId: step.recordId,
      isEnabled: isEnabledAfter(step, before?.isEnabled ?? record?.isEnabled ?? true),
      weight: step.kind === 'set-record-weight' ? step.to : weight,
      at,
    };
    return [entry, ...written.filter(({ recordId }) => recordId !== step.recordId)];
  }, kept);
}

const isEnabledAfter = (step: RecordStep, before: boolean): boolean =>
  step.kind === 'enable-record' || (step.kind === 'set-record-weight' && before);

const floorsAsked = (
  steps: readonly NameStep[],
  { results }: Deeds,
): Readonly<Record<string, FloorMemory>> =>
  Object.fromEntries(
    steps
      .filter((step) => step.kind === 'request-floor')
      .filter((step) => isInPlace(results.get(step.stepId)))
      .map(({ poolName, count, until }) => [poolName, { count, until }]),
  );
