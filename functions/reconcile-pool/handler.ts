import { type PoolPolicy } from '../../shared/domain/policy';
import {
  clock,
  currentSettings,
  newTickId,
  openInvoker,
  openPorts,
} from '../../shared/runtime/composition';
import { eventHandler } from '../../shared/runtime/fc-handler';
import { reconcilePoolInput } from './event';
import { workPools } from './work-pools';

export const handler = eventHandler({
  clock,
  schema: reconcilePoolInput,
  handle: async (input, invocation) => {
    const { policy: fleet, policyHash, environment } = currentSettings();
    const { worker } = environment.functionCompute;
    const portsFor = (pool: PoolPolicy) => openPorts(pool, invocation);
    const invoker = openInvoker(invocation);
    const context = { fleet, policyHash, newTickId, portsFor, clock, invoker, worker };
    return workPools(input, context, invocation);
  },
});
