import { BUDGET_SPENT, CloudError } from '../domain/cloud-error';
import { PROTECTED_TAG } from '../domain/heal-tag';
import { type InstanceFacts } from '../domain/instance';
import { POOL_TAG, retirementIn, type RetireReason, WARM_TAG } from '../domain/ownership-tags';
import { type StepResult } from '../domain/plan';
import { type RefusalKind } from '../domain/scale-memory';
import { type DeleteStep, type StartStep, type StopStep } from '../domain/scale-steps';
import { instanceLock } from '../domain/store-keys';
import { type TickRequest } from '../domain/tick';
import { type Instant } from '../domain/units';
import { type InstanceAnswer, type InstanceRefusalKind } from '../ports/fleet';
import { type Ports } from '../ports/ports';
import { failedResult, unsent } from './failed-result';
import { holdLock } from './hold-lock';

type InstanceStep = StartStep | StopStep | DeleteStep;
type Tags = InstanceFacts['tags'];

interface Context {
  readonly ports: Ports;
  readonly deadline: Instant;
}

/**
 * Starts, stops or deletes one instance under its lock. Its tags are read once more before: whoever is protected, another
 * pool’s or no longer on its way out since the tick looked is left alone. Before it stops or goes, the load balancers are
 * asked as well: as long as any of them holds it, whichever pool’s, it stays.
 */
export async function applyInstance(
  step: InstanceStep,
  request: TickRequest,
  context: Context,
): Promise<StepResult> {
  const { ports, deadline } = context;
  if (ports.writes === 'recorded') return { kind: 'would-do', detail: DOING[step.kind] };
  const lock = await holdLock(instanceLock(step.instanceId), request.lease.holder, deadline, ports);
  if (lock === null) return notSent('another worker is at work on this instance');
  try {
    return await act(step, request.policy.name, context);
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return failedResult(error);
  } finally {
    await ports.store.releaseLease(lock);
  }
}

const DOING = {
  start: 'start the instance',
  stop: 'stop the instance economically',
  delete: 'delete the instance',
} as const;

async function act(step: InstanceStep, poolName: string, context: Context): Promise<StepResult> {
  const { ports, deadline } = context;
  const { kind, instanceId } = step;
  const facts = (await ports.compute.describeInstances([instanceId], { deadline })).get(instanceId);
  if (facts === undefined)
    return kind === 'delete'
      ? { kind: 'already-so', detail: 'it is gone' }
      : notSent('ECS does not know it any more');
  const objection = objectionIn(kind, facts.tags, poolName) ?? (await stillAttached(step, context));
  return objection === null ? send(step, facts.tags, context) : notSent(objection);
}

/** What its tags say by now against the step; null when they still say what the tick saw. */
function objectionIn(kind: InstanceStep['kind'], tags: Tags, poolName: string): string | null {
  if (tags[POOL_TAG] !== poolName) return `its tag ${POOL_TAG} names ${tags[POOL_TAG] ?? 'nobody'}`;
  if (PROTECTED_TAG in tags) return 'it is protected by now';
  if (kind === 'start' || retirementIn(tags) !== null) return null;
  return kind === 'stop' && WARM_TAG in tags ? null : 'no tag says any more that it leaves';
}

async function stillAttached(
  { kind, instanceId }: InstanceStep,
  { ports, deadline }: Context,
): Promise<string | null> {
  if (kind === 'start') return null;
  const holders = await ports.loadBalancer.loadBalancersOf(instanceId, { deadline });
  return holders.length === 0 ? null : `it still stands behind ${holders.join(', ')}`;
}

/**
 * Beyond repair: its guest may hang, and an orderly shutdown would wait for it for minutes, until somebody cuts the power
 * after all. It has nothing to finish. Who leaves in good health may still flush logs and buffers, so it shuts down in order.
 */
const BEYOND_REPAIR: readonly RetireReason[] = ['replaced', 'never-registered', 'orphan'];

const isBeyondRepair = (tags: Tags): boolean =>
  BEYOND_REPAIR.some((reason) => reason === retirementIn(tags)?.reason);

async function send(
  { kind, instanceId }: InstanceStep,
  tags: Tags,
  { ports: { fleet }, deadline }: Context,
): Promise<StepResult> {
  const ids = [instanceId];
  const force = isBeyondRepair(tags);
  const answers =
    kind === 'start'
      ? await fleet.start(ids, { deadline })
      : kind === 'stop'
        ? await fleet.stopEconomically(ids, { deadline })
        : await fleet.remove(ids, { force }, { deadline });
  const answer = answers.find((each) => each.instanceId === instanceId);
  const manner = kind === 'delete' && force ? ', without waiting for its guest' : '';
  return answer === undefined ? UNANSWERED : resultOf(kind, answer, manner);
}

const UNANSWERED: StepResult = {
  kind: 'failed',
  code: 'NoAnswer',
  isAmbiguous: true,
  detail: 'the cloud said nothing of it',
};

function resultOf(kind: InstanceStep['kind'], answer: InstanceAnswer, manner: string): StepResult {
  if (answer.kind !== 'refused')
    return answer.kind === 'accepted'
      ? { kind: 'done', detail: `${DOING[kind]}${manner}` }
      : { kind: 'already-so', detail: 'it is so already' };
  const { kind: why, code, message } = answer.refusal;
  if (code === BUDGET_SPENT) return unsent({ message });
  if (kind === 'delete' && why === 'gone') return { kind: 'already-so', detail: 'it is gone' };
  const lack = kind === 'start' ? lackIn(why) : undefined;
  return {
    ...{ kind: 'failed', code, isAmbiguous: why === 'lost', detail: message },
    ...(lack !== undefined && { lack }),
  };
}

/** What keeps the machine from being had; the rest is about this instance alone. */
const LACKS: readonly RefusalKind[] = ['stock', 'quota', 'spot-price', 'configuration', 'account'];

const lackIn = (kind: InstanceRefusalKind): RefusalKind | undefined =>
  LACKS.find((each) => each === kind);

const notSent = (detail: string): StepResult => ({ kind: 'not-sent', detail });
