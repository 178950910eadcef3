import { type PoolPolicy } from '../../shared/domain/policy';
import {
  clock,
  currentSettings,
  newTickId,
  openDoorbell,
  openPorts,
} from '../../shared/runtime/composition';
import { eventHandler } from '../../shared/runtime/fc-handler';
import { operatorInput } from './event';
import { operateFleet } from './operate-fleet';

export const handler = eventHandler({
  clock,
  schema: operatorInput,
  handle: async (request, invocation) => {
    const { policy: fleet, policyHash } = currentSettings();
    const { invoker, worker } = openDoorbell(invocation);
    const portsFor = (pool: Pick<PoolPolicy, 'mode' | 'regionId'>) => openPorts(pool, invocation);
    const context = {
      fleet,
      policyHash,
      newTickId,
      invoker,
      worker,
      portsFor,
      now: () => clock.now(),
    };
    return operateFleet(request, context, invocation);
  },
});
