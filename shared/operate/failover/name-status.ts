import { type NamePolicy } from '../../domain/failover/name-policy';
import { observeNameStore } from '../../observe/failover/observe-name-store';
import { type NameStatus } from './name-reply';
import { type OperateNameContext } from './operate-name-context';

/** Where a name stands by its memory, and what people want of it. Throws `StoreUnavailable`. */
export async function nameStatus(
  policy: NamePolicy,
  ports: OperateNameContext,
): Promise<NameStatus> {
  const { memory, orders, approvals, freeze } = await observeNameStore(policy, ports);
  return {
    name: policy.name,
    mode: policy.mode,
    updatedAt: memory.updatedAt,
    sites: policy.sites.flatMap(({ name: siteName, regionId }) => {
      const site = memory.sites[siteName];
      if (site === undefined) return [];
      const { state, since, cause } = site;
      return [{ siteName, regionId, state, since, cause }];
    }),
    orders,
    pending: memory.pending,
    approvals: approvals.filter(({ approvalId }) => !memory.usedApprovals.includes(approvalId)),
    freeze,
  };
}
