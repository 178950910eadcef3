import { CloudError } from '../domain/cloud-error';
import { PROTECTED_TAG } from '../domain/heal-tag';
import { type StepResult } from '../domain/plan';
import { type RebootStep, type RestartStep } from '../domain/proposal';
import { instanceLock, operationKey } from '../domain/store-keys';
import { type TickRequest } from '../domain/tick';
import { type Instant } from '../domain/units';
import { type Ports } from '../ports/ports';
import { failedResult } from './failed-result';
import { holdLock } from './hold-lock';

export interface RepairResult {
  readonly result: StepResult;
  readonly invokeId?: string;
}

/**
 * Restarts the service or reboots the instance, never twice: the operation is written to the store before the call, under
 * the instance's lock. A restart repeats safely with its client token; a reboot that was noted before is taken as started,
 * and the next look decides. A note of a repair that was refused is taken back: it has not been started. Its tags are read once more
 * before: whoever was protected since the tick looked, or may have been, is left alone.
 */
export async function applyRepair(
  step: RestartStep | RebootStep,
  request: TickRequest,
  context: { readonly ports: Ports; readonly deadline: Instant },
): Promise<RepairResult> {
  const { ports, deadline } = context;
  if (ports.writes === 'recorded') return { result: { kind: 'would-do', detail: describe(step) } };
  const lock = await holdLock(instanceLock(step.instanceId), request.lease.holder, deadline, ports);
  if (lock === null)
    return { result: { kind: 'not-sent', detail: 'another worker is repairing this instance' } };
  try {
    const objection = await protectionOf(step.instanceId, context);
    if (objection !== null) return { result: { kind: 'not-sent', detail: objection } };
    const noted = await ports.store.compareAndSet(
      operationKey(step.operationId),
      {
        kind: step.kind,
        instanceId: step.instanceId,
        poolName: request.policy.name,
        at: ports.clock.now(),
      },
      null,
      request.lease,
    );
    if (noted === 'fenced')
      return { result: { kind: 'not-sent', detail: 'the lease was lost to a newer worker' } };
    return await send(step, request, { ports, deadline, wasNotedBefore: noted === 'conflict' });
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    if (!error.details.isAmbiguous) await ports.store.delete(operationKey(step.operationId));
    return { result: failedResult(error) };
  } finally {
    await ports.store.releaseLease(lock);
  }
}

async function protectionOf(
  instanceId: string,
  { ports, deadline }: { readonly ports: Ports; readonly deadline: Instant },
): Promise<string | null> {
  try {
    const found = await ports.compute.describeInstances([instanceId], { deadline });
    const { tags = {} } = found.get(instanceId) ?? {};
    return PROTECTED_TAG in tags ? 'it is protected by now' : null;
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return 'its tags could not be read again: it may be protected by now';
  }
}

async function send(
  step: RestartStep | RebootStep,
  request: TickRequest,
  context: { readonly ports: Ports; readonly deadline: Instant; readonly wasNotedBefore: boolean },
): Promise<RepairResult> {
  const { ports, deadline, wasNotedBefore } = context;
  const { restart, reboot } = request.policy.heal.ladder;
  if (step.kind === 'restart-service') {
    if (restart === null)
      return { result: { kind: 'not-sent', detail: 'the policy has no restart command' } };
    const { instanceId, operationId } = step;
    const run = {
      instanceId,
      command: restart.command,
      timeoutMs: restart.timeoutMs,
      clientToken: operationId,
    };
    const invokeId = await ports.compute.runCommand(run, { deadline });
    return {
      result: { kind: 'done', detail: `${describe(step)}, invocation ${invokeId}` },
      invokeId,
    };
  }
  if (reboot === null)
    return { result: { kind: 'not-sent', detail: 'the policy does not allow reboots' } };
  if (wasNotedBefore)
    return {
      result: {
        kind: 'already-so',
        detail: 'this reboot was started before; its effect is looked at next',
      },
    };
  await ports.compute.reboot(step.instanceId, { force: reboot.force }, { deadline });
  return { result: { kind: 'done', detail: describe(step) } };
}

const describe = (step: RestartStep | RebootStep): string =>
  step.kind === 'restart-service'
    ? 'restart the service through Cloud Assistant'
    : 'reboot the instance';
