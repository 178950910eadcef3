import { clock, openDoorbell } from '../../shared/runtime/composition';
import { eventHandler } from '../../shared/runtime/fc-handler';
import { enqueueWorkers } from '../../shared/wake/wake-pools';
import { onTimerInput } from './event';

/** Sends the workers for every pool, in chunks. Nothing is marked: a worker that is awake already needs no second turn. */
export const handler = eventHandler({
  clock,
  schema: onTimerInput,
  handle: async ({ triggerName }, invocation) => {
    const { fleet, invoker, worker } = openDoorbell(invocation);
    const pools = fleet.pools.map((pool) => pool.name);
    const wake = { source: 'timer', detail: `timer ${triggerName}`, at: clock.now() } as const;
    await enqueueWorkers(pools, { wake, invoker, worker, deadline: invocation.deadline });
    return { kind: 'accepted', pools: pools.length };
  },
});
