import { type NamePolicy } from '../../domain/failover/name-policy';
import { approveMove } from './approve-move';
import { explainName, nameHistory } from './look-back';
import { nameStatus } from './name-status';
import { type NameReply } from './name-reply';
import { type NameRequest } from './name-request';
import { type OperateNameContext } from './operate-name-context';
import { orderSite } from './order-site';
import { planName } from './plan-name';

/** A person’s verb about a public name. What cannot be done is a `refused` reply. Throws `StoreUnavailable`. */
export async function operateName(
  request: NameRequest,
  context: OperateNameContext,
): Promise<NameReply> {
  const { names } = context.fleet;
  const wanted = request.verb === 'approve' ? request.word.name : request.name;
  const policies = names.filter(({ name }) => wanted === undefined || name === wanted);
  const [policy] = policies;
  if (policy === undefined) return unknownName(wanted, names);
  switch (request.verb) {
    case 'approve':
      return approveMove(policy, request, context);
    case 'name-status':
      return {
        kind: 'name-statuses',
        names: await Promise.all(policies.map(async (each) => nameStatus(each, context))),
      };
    case 'plan-name':
      return {
        kind: 'name-plans',
        plans: await Promise.all(policies.map(async (each) => planName(each, null, context))),
      };
    case 'explain-name':
      return explainName(policy, request, context);
    case 'name-history':
      return nameHistory(policy, request, context);
    case 'failover':
    case 'failback':
    case 'practice':
      return orderSite(policy, request, context);
  }
}

const unknownName = (wanted: string | undefined, names: readonly NamePolicy[]): NameReply => ({
  kind: 'refused',
  code: 'unknown-name',
  message:
    wanted === undefined || names.length === 0
      ? 'The policy has no names: give it a failover section first.'
      : `There is no name ${wanted}; the policy has ${names.map(({ name }) => name).join(', ')}.`,
});
