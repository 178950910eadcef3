import { type PoolPolicy } from '../../shared/domain/policy';
import {
  clock,
  currentSettings,
  isCurrent,
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
    const settings = currentSettings();
    const { policy: fleet, policyHash, environment } = settings;
    const { worker } = environment.functionCompute;
    const portsFor = (pool: PoolPolicy) => openPorts(pool, invocation);
    const invoker = openInvoker(invocation);
    const isPolicyCurrent = () => isCurrent(settings);
    const context = {
      ...{ fleet, policyHash, isPolicyCurrent, newTickId, portsFor, clock, invoker, worker },
    };
    return workPools(input, context, invocation);
  },
});
