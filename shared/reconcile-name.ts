import { applyNamePlan } from './apply/failover/apply-name-plan';
import { applyNothing } from './apply/apply-nothing';
import { decideName } from './decide/failover/decide-name';
import { type NameTick, type NameTickRequest } from './domain/failover/name-tick';
import { guardName } from './guard/failover/guard-name';
import { observeName } from './observe/failover/observe-name';
import { type NamePorts } from './ports/name-ports';
import { recordNameIntent } from './record/failover/record-name-intent';
import { recordNameTick } from './record/failover/record-name-tick';

/** One turn of the loop about a public name; the same five lines as `reconcile.ts`. */
export async function reconcileName(request: NameTickRequest, ports: NamePorts): Promise<NameTick> {
  const name = await observeName(request, ports);
  const proposal = decideName(name, request.policy);
  const plan = guardName(proposal, name, request.policy);
  const isNoted = await recordNameIntent({ request, name, proposal, plan }, ports);
  const outcome = isNoted
    ? await applyNamePlan(plan, request, name, ports)
    : applyNothing(plan, ports);
  return recordNameTick({ request, name, proposal, plan, outcome }, ports);
}
