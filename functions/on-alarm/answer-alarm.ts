import { type FleetPolicy } from '../../shared/config/fleet-policy';
import { CloudError } from '../../shared/domain/cloud-error';
import { type FunctionInvoker } from '../../shared/ports/function-invoker';
import { type Clock } from '../../shared/ports/clock';
import { type StateStore, StoreUnavailable } from '../../shared/ports/state-store';
import { type HttpReply, type HttpRequest, jsonReply } from '../../shared/runtime/http-event';
import { type Invocation } from '../../shared/runtime/invocation';
import { findPools, type FoundPools, type PoolClues } from '../../shared/wake/find-pools';
import { wakePools } from '../../shared/wake/wake-pools';
import { readAlarmCall } from './event';

export interface AlarmContext {
  readonly fleet: FleetPolicy;
  readonly store: StateStore;
  readonly invoker: FunctionInvoker;
  readonly clock: Clock;
  /** Name of the worker function. */
  readonly worker: string;
}

/**
 * Rings for the pools that an alarm concerns: mark, then enqueue the worker. 202 when somebody will look, also when only some of the pools that it names
 * are known (the others are in `unknownPools`), 404 when it concerns no pool of the policy, 503 when the worker could not be enqueued. A forged or repeated alarm costs one look.
 */
export async function answerAlarm(
  request: HttpRequest,
  context: AlarmContext,
  invocation: Invocation,
): Promise<HttpReply> {
  const { fleet, store, invoker, clock, worker } = context;
  const { log, deadline } = invocation;
  const call = readAlarmCall(request);
  const found = await findOrNull(call, context);
  if (found === null) {
    log.error('nobody knows whose instance the alarm names', { kind: call.kind });
    return jsonReply(503, { error: 'The state store cannot be reached; try again.' });
  }
  const { pools, unknown } = found;
  const refused = { kind: call.kind, detail: call.detail, unknownPools: unknown.join(', ') };
  if (unknown.length > 0 || pools.length === 0)
    log.warn('alarm for no pool of the policy', refused);
  if (pools.length === 0)
    return jsonReply(404, {
      error: 'The alarm concerns no pool of the policy.',
      unknownPools: unknown,
    });
  const wake = { source: 'alarm', detail: call.detail, at: clock.now() } as const;
  try {
    const { enqueued, coalesced } = await wakePools({
      pools,
      wake,
      store,
      invoker,
      log,
      deadline,
      worker,
      poolsPerWorker: fleet.deployment.poolsPerWorker,
    });
    log.info('alarm accepted', {
      kind: call.kind,
      detail: call.detail,
      enqueued: enqueued.length,
      coalesced: coalesced.length,
    });
    return jsonReply(202, {
      ...{ pools, enqueued, coalesced },
      ...(unknown.length > 0 && { unknownPools: unknown }),
    });
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    log.error('the worker could not be enqueued', {
      code: error.details.code,
      detail: call.detail,
    });
    return jsonReply(503, { error: 'The worker could not be enqueued; try again.' });
  }
}

/** Null where the store would have to tell, and cannot be reached. */
async function findOrNull(
  clues: PoolClues,
  { fleet, store }: AlarmContext,
): Promise<FoundPools | null> {
  try {
    return await findPools(clues, fleet, store);
  } catch (error) {
    if (error instanceof StoreUnavailable) return null;
    throw error;
  }
}
