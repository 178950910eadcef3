import { BUDGET_SPENT } from '../domain/cloud-error';
import { type StepResult } from '../domain/plan';
import { type SetWeightStep } from '../domain/proposal';
import { type Target } from '../domain/target';
import { type TickRequest } from '../domain/tick';
import { type Instant } from '../domain/units';
import { type GroupMember, type WeightReadBack } from '../ports/load-balancer';
import { type Ports } from '../ports/ports';
import { type Results, underWriteSlot } from './under-write-slot';
import { refusalIn, unsent } from './failed-result';

/**
 * Writes the weights of one target in one go: takes the load balancer's write slot, reads the members once more, leaves
 * out whatever somebody else has changed since the tick looked, writes the rest and believes only the read-back.
 */
export async function applyWeights(
  steps: readonly SetWeightStep[],
  request: TickRequest,
  context: { readonly ports: Ports; readonly deadline: Instant },
): Promise<Results> {
  return underWriteSlot(steps, request, context, (target) =>
    writeRevalidated(target, steps, context),
  );
}

async function writeRevalidated(
  target: Target,
  steps: readonly SetWeightStep[],
  { ports, deadline }: { readonly ports: Ports; readonly deadline: Instant },
): Promise<Results> {
  const results = new Map<string, StepResult>();
  const members = await ports.loadBalancer.describeMembers(target, { deadline });
  const pending: SetWeightStep[] = [];
  for (const step of steps) {
    const settled = revalidate(step, members);
    if (settled === null) pending.push(step);
    else results.set(step.stepId, settled);
  }
  if (pending.length === 0) return results;
  const changes = pending.map((step) => ({
    serverId: step.instanceId,
    port: step.port,
    weight: step.to,
  }));
  const priority = pending[0]?.priority;
  const readBacks = await ports.loadBalancer.setWeights(target, changes, {
    deadline,
    ...(priority !== undefined && { priority }),
  });
  for (const step of pending) results.set(step.stepId, resultOf(step, readBacks, ports.writes));
  return results;
}

/** What is known without writing: gone, already so, or changed by somebody else; null when the step still applies. */
function revalidate(step: SetWeightStep, members: readonly GroupMember[]): StepResult | null {
  const member = members.find(
    (candidate) => candidate.serverId === step.instanceId && candidate.port === step.port,
  );
  if (member === undefined)
    return { kind: 'not-sent', detail: 'it is no longer a member of the group' };
  if (member.weight === step.to)
    return { kind: 'already-so', detail: `the weight is ${step.to} already` };
  if (member.weight !== step.from)
    return {
      kind: 'not-sent',
      detail: `the weight was ${step.from} when observed and is ${member.weight} now: somebody else changed it`,
    };
  return null;
}

function resultOf(
  step: SetWeightStep,
  readBacks: readonly WeightReadBack[],
  writes: Ports['writes'],
): StepResult {
  if (writes === 'recorded')
    return { kind: 'would-do', detail: `weight ${step.from} → ${step.to}` };
  const found = readBacks.find(
    (candidate) => candidate.serverId === step.instanceId && candidate.port === step.port,
  );
  if (found?.state === 'as-wanted')
    return { kind: 'done', detail: `weight ${step.from} → ${step.to}, read back` };
  return notAsWanted(step, found);
}

function notAsWanted({ to }: SetWeightStep, found: WeightReadBack | undefined): StepResult {
  if (found?.state === 'gone') {
    const detail = 'it left the group meanwhile';
    return { kind: 'failed', code: 'MemberGone', isAmbiguous: false, detail };
  }
  if (found?.failure?.code === BUDGET_SPENT) return unsent(found.failure);
  if (found?.failure !== undefined) {
    const { code, isAmbiguous, message } = found.failure;
    return { kind: 'failed', code, isAmbiguous, detail: message, ...refusalIn(found.failure) };
  }
  const detail = `wanted weight ${to}, read back ${found?.weight ?? 'nothing'}`;
  return { kind: 'failed', code: 'ReadBackDiffers', isAmbiguous: true, detail };
}
