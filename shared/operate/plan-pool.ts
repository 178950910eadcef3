import { decide } from '../decide/decide';
import { type PoolPolicy } from '../domain/policy';
import { type PoolSnapshot } from '../domain/pool';
import { poolLease } from '../domain/store-keys';
import { type TickRequest } from '../domain/tick';
import { guard } from '../guard/guard';
import { observePool } from '../observe/observe-pool';
import { type OperateContext } from './operate-context';
import { type PoolPlan } from './operator-reply';

/**
 * Looks and decides as a tick would, without a lease and without a write, as if `wishes` were people’s. Throws `CloudError` and
 * `StoreUnavailable`.
 */
export async function planPool(
  policy: PoolPolicy,
  context: OperateContext,
  wishes: Pick<PoolSnapshot, 'evacuation' | 'reversal'> = {},
): Promise<PoolPlan> {
  const { ports, policyHash, policyVersion = null } = context;
  const seen = await observePool(requestOf(policy, context), ports, null);
  const pool = { ...seen, ...wishes };
  const proposal = decide(pool, policy);
  const plan = guard(proposal, pool, policy);
  const by = { poolName: policy.name, mode: policy.mode, policyHash, policyVersion };
  return { ...by, pool, proposal, plan };
}

function requestOf(policy: PoolPolicy, context: OperateContext): TickRequest {
  const { ports, policyHash, deadline, holder, newTickId } = context;
  const startedAt = ports.clock.now();
  return {
    tickId: newTickId(),
    policy,
    policyHash,
    wake: { source: 'operator', detail: 'plan', at: startedAt },
    startedAt,
    deadline,
    lease: { name: poolLease(policy.name), holder, token: 0, expiresAt: startedAt },
  };
}
