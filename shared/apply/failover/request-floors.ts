import { CloudError } from '../../domain/cloud-error';
import { type RequestFloorStep } from '../../domain/failover/name-proposal';
import { NAME_REASONS } from '../../domain/failover/name-reasons';
import { type NameTickRequest } from '../../domain/failover/name-tick';
import { type StepOutcome, type StepResult } from '../../domain/plan';
import { type Instant, plus } from '../../domain/units';
import { type NamePorts } from '../../ports/name-ports';
import { writeDeadline } from '../call-window';
import { failedResult } from '../failed-result';

/** A region that does not answer must not keep the records waiting. */
const FLOOR_SPAN_MS = 5_000;

/** Asks all other pools at once for the instances they will need; each answers for itself, and none depends on DNS. */
export const requestFloors = async (
  steps: readonly RequestFloorStep[],
  request: NameTickRequest,
  ports: NamePorts,
): Promise<readonly StepOutcome[]> =>
  Promise.all(
    steps.map(async (step) => {
      const startedAt = ports.clock.now();
      const result = await requestFloor(step, request, ports);
      return { stepId: step.stepId, startedAt, finishedAt: ports.clock.now(), result };
    }),
  );

async function requestFloor(
  { regionId, poolName, count, until, reason }: RequestFloorStep,
  request: NameTickRequest,
  ports: NamePorts,
): Promise<StepResult> {
  const now = ports.clock.now();
  const end = writeDeadline(request, now);
  if (end === null)
    return { kind: 'not-sent', detail: 'the time of this tick would not outlive the call' };
  const deadline = Math.min(end, plus(now, FLOOR_SPAN_MS)) as Instant;
  const floor = { count, by: request.policy.name, reason: NAME_REASONS[reason], until };
  try {
    await ports.regionPools.requestFloor({ regionId, poolName }, floor, { deadline });
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return failedResult(error);
  }
  const detail = `at least ${count} instances in ${poolName}`;
  return { kind: ports.writes === 'recorded' ? 'would-do' : 'done', detail };
}
