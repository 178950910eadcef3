import { BUDGET_SPENT, CloudError } from '../domain/cloud-error';
import { type StepResult } from '../domain/plan';
import { type DeregisterStep, type RegisterStep } from '../domain/scale-steps';
import { type Target } from '../domain/target';
import { type TickRequest } from '../domain/tick';
import { type Instant } from '../domain/units';
import { type GroupMember, type MembershipReadBack } from '../ports/load-balancer';
import { type Ports } from '../ports/ports';
import { failedResult, unsent } from './failed-result';
import { all, type Results, underWriteSlot } from './under-write-slot';

type MembershipStep = RegisterStep | DeregisterStep;

interface Context {
  readonly ports: Ports;
  readonly deadline: Instant;
}

/**
 * Adds instances to one target at weight 0, or takes them out of it, under the load balancer’s write slot. Before somebody is
 * taken out the members are read once more: whoever got weight since the tick looked stays.
 */
export async function applyMembership(
  steps: readonly MembershipStep[],
  request: TickRequest,
  context: Context,
): Promise<Results> {
  return underWriteSlot(steps, request, context, (target) =>
    context.ports.writes === 'recorded'
      ? Promise.resolve(all(steps, { kind: 'would-do', detail: target.serverGroupId }))
      : change(target, steps, context),
  );
}

async function change(
  target: Target,
  steps: readonly MembershipStep[],
  { ports, deadline }: Context,
): Promise<Results> {
  const { loadBalancer } = ports;
  const members = await loadBalancer.describeMembers(target, { deadline });
  const settled = new Map(steps.map((step) => [step.stepId, revalidate(step, members)]));
  const open = steps.filter(({ stepId }) => settled.get(stepId) === null);
  const results =
    open.length === 0
      ? new Map<string, StepResult>()
      : await write(target, open, { ports, deadline });
  return new Map(
    steps.flatMap(({ stepId }) => {
      const result = settled.get(stepId) ?? results.get(stepId);
      return result === undefined ? [] : [[stepId, result]];
    }),
  );
}

/** All of one kind; a lost answer is theirs alone, not of those that needed no write. */
async function write(
  target: Target,
  steps: readonly MembershipStep[],
  { ports: { loadBalancer }, deadline }: Context,
): Promise<Results> {
  const entries = steps.map(({ instanceId, port }) => ({ serverId: instanceId, port }));
  const additions = entries.map((entry) => ({ ...entry, weight: 0 }));
  try {
    const found =
      steps[0]?.kind === 'register'
        ? await loadBalancer.addMembers(target, additions, { deadline })
        : await loadBalancer.removeMembers(target, entries, { deadline });
    return new Map(steps.map((step) => [step.stepId, resultOf(step, found)]));
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return all(steps, failedResult(error));
  }
}

/** What is known without writing; null when the step still applies. */
function revalidate(step: MembershipStep, members: readonly GroupMember[]): StepResult | null {
  const member = members.find((each) => isSame(each, step));
  if (step.kind === 'register')
    return member === undefined ? null : { kind: 'already-so', detail: 'it is a member already' };
  if (member === undefined) return { kind: 'already-so', detail: 'it is no member any more' };
  return member.weight > 0 && step.reason !== 'ghost-member'
    ? notSent(`its weight is ${member.weight} again: somebody else changed it`)
    : null;
}

/** Members of a default group have no port of their own. */
const isSame = (
  member: { readonly serverId: string; readonly port: number },
  { instanceId, port }: MembershipStep,
): boolean => member.serverId === instanceId && (port === 0 || member.port === port);

function resultOf(step: MembershipStep, found: readonly MembershipReadBack[]): StepResult {
  const readBack = found.find((each) => isSame(each, step));
  if (readBack?.isAsWanted === true)
    return { kind: 'done', detail: doneDetail(step, readBack.weight) };
  if (readBack?.failure?.code === BUDGET_SPENT) return unsent(readBack.failure);
  if (readBack?.failure !== undefined) {
    const { code, isAmbiguous, message } = readBack.failure;
    return { kind: 'failed', code, isAmbiguous, detail: message };
  }
  const detail = 'the members read back do not show it';
  return { kind: 'failed', code: 'ReadBackDiffers', isAmbiguous: true, detail };
}

function doneDetail(step: MembershipStep, weight: number | null): string {
  if (step.kind === 'register') return `registered at weight ${weight ?? 0}, read back`;
  return step.openConnections === null
    ? 'out of the group, read back; open connections are not known'
    : `out of the group, read back; ${step.openConnections} connections were open`;
}

const notSent = (detail: string): StepResult => ({ kind: 'not-sent', detail });
