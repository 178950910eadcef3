import { type FleetPolicy } from '../../shared/config/fleet-policy';
import { type Clock } from '../../shared/ports/clock';
import { type FunctionInvoker } from '../../shared/ports/function-invoker';
import { type StateStore } from '../../shared/ports/state-store';
import { type Invocation } from '../../shared/runtime/invocation';
import { findPools } from '../../shared/wake/find-pools';
import { resourceIds } from '../../shared/wake/resource-ids';
import { wakePools } from '../../shared/wake/wake-pools';
import { eventLabel, type OnEventInput } from './event';

export interface EventContext {
  readonly fleet: FleetPolicy;
  readonly store: StateStore;
  readonly invoker: FunctionInvoker;
  readonly clock: Clock;
  readonly worker: string;
}

export interface EventReply {
  readonly kind: 'accepted';
  readonly events: number;
  readonly pools: readonly string[];
}

/**
 * Rings for the pools whose load balancers or members the events name. Twice, late or out of order makes no difference: an event only
 * says that a look is worth it. Throws `CloudError` when the worker cannot be enqueued, so that the platform delivers again.
 */
export async function ringForEvents(
  events: OnEventInput,
  context: EventContext,
  invocation: Invocation,
): Promise<EventReply> {
  const { fleet, store, invoker, clock, worker } = context;
  const { log, deadline } = invocation;
  const { pools } = await findPools({ pools: [], resourceIds: resourceIds(events) }, fleet, store);
  const detail = [...new Set(events.map(eventLabel))].slice(0, 3).join(', ');
  if (pools.length > 0) {
    const wake = { source: 'event', detail: `event ${detail}`, at: clock.now() } as const;
    const { poolsPerWorker } = fleet.deployment;
    await wakePools({ pools, wake, store, invoker, log, deadline, worker, poolsPerWorker });
  }
  log.info('events accepted', { events: events.length, pools: pools.length, detail });
  return { kind: 'accepted', events: events.length, pools };
}
