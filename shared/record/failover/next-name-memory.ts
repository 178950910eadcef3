import { type NameMemory, type WrittenRecord } from '../../domain/failover/name-memory';
import { linesWeighted, nextNameMemory } from '../../domain/failover/next-name-memory';
import { repairedRecordId } from '../../domain/failover/empty-line';
import { type NamePlan, type NameStep } from '../../domain/failover/name-proposal';
import { type NameTick } from '../../domain/failover/name-tick';
import { type Outcome, type StepOutcome } from '../../domain/plan';
import { type Instant } from '../../domain/units';

export type NameTickParts = Pick<NameTick, 'request' | 'name' | 'proposal' | 'plan'>;

/** Writes that are remembered; a late one lands within minutes, and a tick has a few. */
const WRITTEN_MAX = 64;

/** Whether the plan writes to the domain: floors are wishes to others and change nothing of the name’s own. */
export const writesRecords = ({ steps }: NamePlan): boolean =>
  steps.some(({ kind }) => kind !== 'request-floor');

/**
 * What is remembered before the first write: a site that is to lose traffic as if it had lost it, its base weights kept, so that a
 * successor of a worker that ends in between takes nothing for a person’s wish. A return is remembered when it is done: to begin it
 * again costs nothing. The move is not counted and approvals are not used up yet; whether it came to that the records will show.
 */
export function intendedMemory(
  { request, name, proposal, plan }: NameTickParts,
  at: Instant,
): NameMemory {
  const { memoryIfNot, memoryIfDone } = proposal;
  const leaving = new Set(plan.steps.filter(takesTraffic).map(({ siteName }) => siteName));
  const practised = memoryIfDone.practice?.siteName;
  return {
    ...memoryIfNot,
    sites: withBaseWeights(
      {
        ...memoryIfNot.sites,
        ...Object.fromEntries(
          Object.entries(memoryIfDone.sites).filter(([siteName]) => leaving.has(siteName)),
        ),
      },
      memoryIfDone,
    ),
    practice:
      practised !== undefined && leaving.has(practised)
        ? memoryIfDone.practice
        : memoryIfNot.practice,
    generation: nextGeneration(name.memory, plan),
    plannedBy: request.tickId,
    updatedAt: at,
    written: recent(
      plan.steps.flatMap((step) => writtenBy(step, at)),
      name.memory,
    ),
    ...linesWeighted(name.memory, plan.steps),
  };
}

/** What a tick leaves in memory, with the records that were brought back because their line was found empty. */
export function rememberedMemory(
  { name, proposal, plan }: NameTickParts,
  outcome: Outcome,
  at: Instant,
): NameMemory {
  const memory = nextNameMemory({ name, proposal, plan }, outcome, at);
  const repaired = outcome.steps.flatMap((one) => repairedBy(one, at));
  const others = memory.written.filter(
    ({ recordId }) => !repaired.some((one) => one.recordId === recordId),
  );
  return {
    ...memory,
    sites: withBaseWeights(memory.sites, proposal.memoryIfDone),
    updatedAt: at,
    written: [...repaired, ...others].slice(0, WRITTEN_MAX),
  };
}

const nextGeneration = ({ generation }: NameMemory, plan: NamePlan): number =>
  generation + (writesRecords(plan) ? 1 : 0);

const recent = (written: readonly WrittenRecord[], memory: NameMemory): readonly WrittenRecord[] =>
  [...written.toReversed(), ...memory.written].slice(0, WRITTEN_MAX);

/** A weight that was lowered before its tick could be remembered is known all the same. */
const withBaseWeights = (sites: NameMemory['sites'], ifDone: NameMemory): NameMemory['sites'] =>
  Object.fromEntries(
    Object.entries(sites).map(([siteName, site]) => {
      const { baseWeights = {} } = ifDone.sites[siteName] ?? {};
      return [siteName, { ...site, baseWeights: { ...baseWeights, ...site.baseWeights } }];
    }),
  );

const takesTraffic = (step: NameStep): boolean =>
  step.kind === 'pause-record' || (step.kind === 'set-record-weight' && step.moveId !== null);

const isDone = ({ result }: StepOutcome): boolean =>
  result.kind === 'done' || result.kind === 'already-so';

const mayHaveLanded = (one: StepOutcome): boolean =>
  isDone(one) || (one.result.kind === 'failed' && one.result.isAmbiguous);

function writtenBy(step: NameStep, at: Instant): readonly WrittenRecord[] {
  switch (step.kind) {
    case 'enable-record':
    case 'pause-record':
      return [
        { recordId: step.recordId, isEnabled: step.kind === 'enable-record', weight: null, at },
      ];
    case 'set-record-weight':
      return [{ recordId: step.recordId, isEnabled: true, weight: step.to, at }];
    case 'open-weighting':
    case 'remark-record':
    case 'request-floor':
      return [];
  }
}

function repairedBy(one: StepOutcome, at: Instant): readonly WrittenRecord[] {
  const recordId = repairedRecordId(one.stepId);
  return recordId === null || !mayHaveLanded(one)
    ? []
    : [{ recordId, isEnabled: true, weight: null, at }];
}
