import { type NamePolicy } from '../../shared/domain/failover/name-policy';
import {
  clock,
  currentSettings,
  flushTraces,
  isCurrent,
  keepTime,
  knownSecrets,
  newTickId,
  openInvoker,
  openNamePorts,
  openWatchSlots,
  prepareWork,
} from '../../shared/runtime/composition';
import { eventHandler } from '../../shared/runtime/fc-handler';
import { reconcileFailoverInput } from './event';
import { workNames } from './work-names';

export const handler = eventHandler({
  clock,
  prepare: prepareWork,
  keepTime,
  finish: flushTraces,
  secrets: knownSecrets,
  schema: reconcileFailoverInput,
  handle: async (input, invocation) => {
    const settings = currentSettings();
    const { policy: fleet, policyHash, policyVersion, environment } = settings;
    const context = {
      ...{ fleet, policyHash, policyVersion, newTickId, clock },
      isPolicyCurrent: () => isCurrent(settings),
      portsFor: (policy: NamePolicy) => openNamePorts(policy, invocation),
      invoker: openInvoker(invocation),
      worker: environment.functionCompute.failoverWorker,
      watchSlots: openWatchSlots('names', invocation),
    };
    return workNames(input, context, invocation);
  },
});
