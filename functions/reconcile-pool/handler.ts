import { type PoolPolicy } from '../../shared/domain/policy';
import {
  clock,
  currentSettings,
  flushTraces,
  isCurrent,
  keepTime,
  knownSecrets,
  newTickId,
  openGathering,
  openInvoker,
  openPorts,
  openWatchSlots,
  prepareWork,
} from '../../shared/runtime/composition';
import { eventHandler } from '../../shared/runtime/fc-handler';
import { reconcilePoolInput } from './event';
import { workPools } from './work-pools';

export const handler = eventHandler({
  clock,
  prepare: prepareWork,
  keepTime,
  finish: flushTraces,
  secrets: knownSecrets,
  schema: reconcilePoolInput,
  handle: async (input, invocation) => {
    const settings = currentSettings();
    const { policy: fleet, policyHash, policyVersion, environment } = settings;
    const { worker } = environment.functionCompute;
    const gathered = openGathering(input.pools.length);
    const portsFor = (pool: PoolPolicy) => openPorts(pool, invocation, gathered(pool.regionId));
    const invoker = openInvoker(invocation);
    const isPolicyCurrent = () => isCurrent(settings);
    const watchSlots = openWatchSlots('pools', invocation);
    const context = {
      watchSlots,
      policyVersion,
      ...{ fleet, policyHash, isPolicyCurrent, newTickId, portsFor, clock, invoker, worker },
    };
    return workPools(input, context, invocation);
  },
});
