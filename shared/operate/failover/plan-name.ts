import { decideName } from '../../decide/failover/decide-name';
import { type NamePolicy } from '../../domain/failover/name-policy';
import { type SiteOrder } from '../../domain/failover/name-snapshot';
import { type NameTickRequest } from '../../domain/failover/name-tick';
import { nameLease } from '../../domain/store-keys';
import { guardName } from '../../guard/failover/guard-name';
import { observeName } from '../../observe/failover/observe-name';
import { type NamePlanned } from './name-reply';
import { type OperateNameContext } from './operate-name-context';

/**
 * Looks and decides as a tick of the name would, without a lease and without a write; with `order` as if a person had given it. Throws
 * `StoreUnavailable`.
 */
export async function planName(
  policy: NamePolicy,
  order: SiteOrder | null,
  context: OperateNameContext,
): Promise<NamePlanned> {
  const seen = await observeName(requestOf(policy, context), context.portsFor(policy));
  const name = order === null ? seen : { ...seen, orders: ordersWith(order, seen.orders) };
  const proposal = decideName(name, policy);
  const { policyHash, policyVersion = null } = context;
  return {
    ...{ name, proposal, mode: policy.mode, policyHash, policyVersion },
    plan: guardName(proposal, name, policy),
  };
}

/** A later order for a site replaces the earlier ones. */
export const ordersWith = (
  order: SiteOrder,
  orders: readonly SiteOrder[],
): readonly SiteOrder[] => [
  ...orders.filter((one) => one.siteName !== order.siteName && one.until > order.at),
  order,
];

function requestOf(
  policy: NamePolicy,
  { clock, policyHash, deadline, holder, newTickId }: OperateNameContext,
): NameTickRequest {
  const startedAt = clock.now();
  return {
    ...{ tickId: newTickId(), policy, policyHash, startedAt, deadline },
    wake: { source: 'operator', detail: 'plan', at: startedAt },
    lease: { name: nameLease(policy.name), holder, token: 0, expiresAt: startedAt },
  };
}
