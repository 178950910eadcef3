import { CloudError } from '../domain/cloud-error';
import { type StepResult } from '../domain/plan';
import { writeSlot } from '../domain/store-keys';
import { targetKey, type Target } from '../domain/target';
import { type TickRequest } from '../domain/tick';
import { type Instant } from '../domain/units';
import { type Ports } from '../ports/ports';
import { failedResult } from './failed-result';
import { holdLock } from './hold-lock';

/** What became of each step, by its id. */
export type Results = ReadonlyMap<string, StepResult>;

interface TargetStep {
  readonly stepId: string;
  readonly targetKey: string;
}

/** Writes to the one target of these steps while no other worker writes to its load balancer; a cloud error is the result of all. */
export async function underWriteSlot(
  steps: readonly TargetStep[],
  request: TickRequest,
  { ports, deadline }: { readonly ports: Ports; readonly deadline: Instant },
  write: (target: Target) => Promise<Results>,
): Promise<Results> {
  const target = request.policy.targets.find((each) => targetKey(each) === steps[0]?.targetKey);
  if (target === undefined)
    return all(steps, { kind: 'not-sent', detail: 'the policy has no such target' });
  const name = writeSlot(target.loadBalancerId);
  const slot = await holdLock(name, request.lease.holder, deadline, ports);
  if (slot === null)
    return all(steps, {
      kind: 'not-sent',
      detail: 'another worker kept the write slot of this load balancer',
    });
  try {
    // Waiting for the slot may have taken long, and the store may have changed hands meanwhile.
    if (await ports.store.isFenced(request.lease)) return all(steps, LEASE_LOST);
    return await write(target);
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return all(steps, failedResult(error));
  } finally {
    await ports.store.releaseLease(slot);
  }
}

/** Of a step that is left to whoever has the lease now. */
export const LEASE_LOST: StepResult = {
  kind: 'not-sent',
  detail: 'the store knows another holder of this lease',
};

/** The same result for every step. */
export const all = (steps: readonly Pick<TargetStep, 'stepId'>[], result: StepResult): Results =>
  new Map(steps.map((step) => [step.stepId, result]));
