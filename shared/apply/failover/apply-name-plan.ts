import {
  type NamePlan,
  type NameStep,
  type RequestFloorStep,
} from '../../domain/failover/name-proposal';
import { type NameSnapshot } from '../../domain/failover/name-snapshot';
import { type NameTickRequest } from '../../domain/failover/name-tick';
import { type Outcome, type StepOutcome, type StepResult } from '../../domain/plan';
import { knownValue } from '../../domain/reading';
import { domainSlot, nameLease } from '../../domain/store-keys';
import { type Lease } from '../../domain/tick';
import { type NamePorts } from '../../ports/name-ports';
import { StoreUnavailable } from '../../ports/state-store';
import { holdLock } from '../hold-lock';
import { orderNameSteps } from './order-name-steps';
import { differenceIn, faceOf, readAgain, UNREADABLE } from './read-again';
import { keepClaim } from './region-claim';
import { repairEmptyLines } from './repair-empty-lines';
import { requestFloors } from './request-floors';
import { openSession, see, type Session } from './name-session';
import { sendStep, type DnsStep } from './send-step';

/**
 * Does what the plan says. Floors are asked for first, whatever DNS does. Then, while no other worker writes to the domain: reads the
 * records once more and writes nothing at all if somebody has changed them since the tick looked; else step by step, what gives
 * before what takes, and believes only what it reads back. At the end a line that nobody answers for gets its best record back,
 * whoever emptied it. Breaking off anywhere is safe: every step is absolute, and the next tick looks again. Without the
 * state store nothing more is done.
 */
export async function applyNamePlan(
  plan: NamePlan,
  request: NameTickRequest,
  name: NameSnapshot,
  ports: NamePorts,
): Promise<Outcome> {
  try {
    return { steps: await applySteps(plan, request, name, ports) };
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    const result = { kind: 'failed', code: 'StoreUnavailable', isAmbiguous: true } as const;
    const detail = 'the state store went away meanwhile';
    return { steps: allWith(plan.steps, ports, { ...result, detail }), cutShort: error.message };
  }
}

async function applySteps(
  plan: NamePlan,
  request: NameTickRequest,
  name: NameSnapshot,
  ports: NamePorts,
): Promise<readonly StepOutcome[]> {
  const floors = plan.steps.filter(isFloor);
  const steps = orderNameSteps(plan.steps.filter(isDnsStep));
  const asked = await requestFloors(floors, request, ports);
  await keepClaim(request, name, ports);
  const written = steps.length === 0 ? [] : await underDomainSlot(steps, request, name, ports);
  return [...asked, ...written];
}

const isFloor = (step: NameStep): step is RequestFloorStep => step.kind === 'request-floor';
const isDnsStep = (step: NameStep): step is DnsStep => step.kind !== 'request-floor';

async function underDomainSlot(
  steps: readonly DnsStep[],
  request: NameTickRequest,
  name: NameSnapshot,
  ports: NamePorts,
): Promise<readonly StepOutcome[]> {
  const slotName = domainSlot(request.policy.domain);
  const slot = await holdLock(slotName, request.lease.holder, request.deadline, ports);
  if (slot === null)
    return allWith(steps, ports, {
      kind: 'not-sent',
      detail: 'another worker kept the write slot of this domain',
    });
  try {
    return await writeRecords(steps, slot, { request, name, ports });
  } finally {
    await ports.store.releaseLease(slot);
  }
}

type Context = Pick<Session, 'request' | 'name' | 'ports'>;

async function writeRecords(
  steps: readonly DnsStep[],
  slot: Lease,
  context: Context,
): Promise<readonly StepOutcome[]> {
  const { ports, name, request } = context;
  const found = await readAgain(context);
  if (found === null) return allWith(steps, ports, UNREADABLE);
  const observed = knownValue(name.records) ?? [];
  const session = openSession(context, slot, found);
  session.difference = differenceIn(observed, observed, found, request.policy);
  for (const step of steps) await sendStep(step, session);
  const isVerified = await verify(steps, session);
  if (isVerified) await repairEmptyLines(steps, session);
  if (session.difference !== null) await markForAnotherLook(session.difference, context);
  return session.outcomes;
}

/** What was decided on is gone: the same worker looks again at once. */
const markForAnotherLook = async (reason: string, { request, ports }: Context): Promise<void> =>
  ports.store.markDirty(nameLease(request.policy.name), { reason, at: ports.clock.now() });

/**
 * Weights and remarks tell nothing when they are written: they are believed when the records show them. False when the records cannot be
 * read: after a write whose answer was lost nobody knows then which lines are empty.
 */
async function verify(steps: readonly DnsStep[], session: Session): Promise<boolean> {
  if (session.ports.writes === 'recorded') return true;
  const found = await readAgain(session);
  if (found === null) return !session.outcomes.some(({ result }) => isAmbiguous(result));
  see(found, session);
  for (const step of steps) {
    const index = session.outcomes.findIndex(({ stepId }) => stepId === step.stepId);
    const outcome = session.outcomes[index];
    if (outcome?.result.kind !== 'done' || isAsWanted(step, session)) continue;
    const result = {
      kind: 'failed',
      code: 'ReadBackDiffers',
      isAmbiguous: true,
      detail: `read back as ${faceOf(session.records.get('recordId' in step ? step.recordId : ''))}`,
    } as const;
    session.outcomes[index] = { ...outcome, result };
  }
  return true;
}

const isAmbiguous = (result: StepResult): boolean => result.kind === 'failed' && result.isAmbiguous;

function isAsWanted(step: DnsStep, { records }: Session): boolean {
  if (step.kind === 'open-weighting') return true;
  const record = records.get(step.recordId);
  if (record === undefined) return false;
  switch (step.kind) {
    case 'enable-record':
      return record.isEnabled;
    case 'pause-record':
      return !record.isEnabled;
    case 'set-record-weight':
      return !record.isEnabled || record.weight === null || record.weight === step.to;
    case 'remark-record':
      return record.remark === step.remark;
  }
}

function allWith(
  steps: readonly NameStep[],
  { clock }: NamePorts,
  result: StepResult,
): readonly StepOutcome[] {
  const at = clock.now();
  return steps.map(({ stepId }) => ({ stepId, startedAt: at, finishedAt: at, result }));
}
