import { clock, openDoorbell } from '../../shared/runtime/composition';
import { eventHandler } from '../../shared/runtime/fc-handler';
import { enqueueNameWorkers, namesAtHome } from '../../shared/wake/wake-names';
import { poolsHere } from '../../shared/wake/pools-here';
import { enqueueWorkers } from '../../shared/wake/wake-pools';
import { onTimerInput } from './event';

/**
 * Sends the workers for the pools of this deployment, in chunks, and for the names that are at home here. Nothing is marked: a worker
 * that is awake already needs no second turn.
 */
export const handler = eventHandler({
  clock,
  schema: onTimerInput,
  handle: async ({ triggerName }, invocation) => {
    const { fleet, invoker, worker, failoverWorker } = openDoorbell(invocation);
    const pools = poolsHere(fleet).map(({ name }) => name);
    const wake = { source: 'timer', detail: `timer ${triggerName}`, at: clock.now() } as const;
    const names = namesAtHome(fleet);
    const options = { wake, invoker, deadline: invocation.deadline };
    const sent = await Promise.allSettled([
      enqueueWorkers(pools, { ...options, worker }),
      enqueueNameWorkers(names, { ...options, worker: failoverWorker }),
    ]);
    const failed = sent.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
    return { kind: 'accepted', pools: pools.length, names: names.length };
  },
});
