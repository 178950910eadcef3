import { applyNamePlan } from './apply/failover/apply-name-plan';
import { applyNothing } from './apply/apply-nothing';
import { decideName } from './decide/failover/decide-name';
import { type NameTick, type NameTickRequest } from './domain/failover/name-tick';
import { guardName } from './guard/failover/guard-name';
import { observeName } from './observe/failover/observe-name';
import { type NamePorts } from './ports/name-ports';
import { UNTRACED } from './ports/trace';
import { recordNameIntent } from './record/failover/record-name-intent';
import { recordNameTick } from './record/failover/record-name-tick';
import { nameFields, outcomeFields, planFields, proposalFields } from './stage-fields';

/** One turn of the loop about a public name; the same lines as `reconcile.ts`. */
export async function reconcileName(request: NameTickRequest, ports: NamePorts): Promise<NameTick> {
  const { policy } = request;
  const { trace = UNTRACED } = ports;
  const apply = () =>
    isNoted
      ? applyNamePlan(plan, request, name, ports)
      : Promise.resolve(applyNothing(plan, ports));

  const name = await trace.stage('observe', () => observeName(request, ports), nameFields);
  const proposal = trace.stage('decide', () => decideName(name, policy), proposalFields);
  const plan = trace.stage('guard', () => guardName(proposal, name, policy), planFields);
  const tick = { request, name, proposal, plan };
  const isNoted = await trace.stage('note', () => recordNameIntent(tick, ports));
  const outcome = await trace.stage('apply', apply, outcomeFields);
  return trace.stage('record', () => recordNameTick({ ...tick, outcome }, ports));
}
