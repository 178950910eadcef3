import { type NamePolicy } from '../../shared/domain/failover/name-policy';
import { type PoolPolicy } from '../../shared/domain/policy';
import { plus } from '../../shared/domain/units';
import { isNameRequest, type NameRequest } from '../../shared/operate/failover/name-request';
import {
  approvalSecrets,
  clock,
  currentSettings,
  flushTraces,
  keepTime,
  knownSecrets,
  newTickId,
  openDoorbell,
  openNamePorts,
  openPolicyStore,
  openPorts,
  prepareWork,
} from '../../shared/runtime/composition';
import { eventHandler } from '../../shared/runtime/fc-handler';
import { operatePolicy } from '../../shared/operate/policy/operate-policy';
import { isPolicyRequest, type PolicyRequest } from '../../shared/operate/policy/policy-request';
import { type Invocation } from '../../shared/runtime/invocation';
import { operatorInput } from './event';
import { operateFleet } from './operate-fleet';
import { operateNames, type OperateNamesContext } from './operate-names';

export const handler = eventHandler({
  clock,
  finish: flushTraces,
  secrets: knownSecrets,
  schema: operatorInput,
  handle: async (request, given) => {
    // Without a look at the policy that is there: a store that has none, or none that can be used, is helped in this way.
    if (isPolicyRequest(request)) return answerPolicy(request);
    await prepareWork();
    const deadline = plus(given.deadline, await keepTime());
    const invocation = { ...given, deadline };
    if (isNameRequest(request)) return operateNames(request, nameContext(request, invocation));
    const { policy: fleet, policyHash, policyVersion } = currentSettings();
    const { invoker, worker, failoverWorker } = openDoorbell(invocation);
    const portsFor = (pool: Pick<PoolPolicy, 'mode' | 'regionId'>) => openPorts(pool, invocation);
    const context = {
      fleet,
      policyHash,
      policyVersion,
      newTickId,
      invoker,
      worker,
      failoverWorker,
      portsFor,
      now: () => clock.now(),
    };
    return operateFleet(request, context, invocation);
  },
});

async function answerPolicy(request: PolicyRequest): Promise<object> {
  const context = { store: openPolicyStore(), clock, newId: newTickId };
  return { kind: 'operated', replies: [await operatePolicy(request, context)] };
}

function nameContext({ verb }: NameRequest, invocation: Invocation): OperateNamesContext {
  const { policyHash, policyVersion } = currentSettings();
  const { deadline, requestId: holder, log } = invocation;
  return {
    ...openDoorbell(invocation),
    ...{ policyHash, policyVersion, newTickId, deadline, holder, log },
    approvalSecrets: verb === 'approve' ? approvalSecrets() : [],
    portsFor: (policy: NamePolicy) => openNamePorts(policy, invocation),
  };
}
