import { siteCapacity } from '../decide/scale/site-capacity';
import { type PoolPolicy } from '../domain/policy';
import { type OperateContext } from './operate-context';
import { type OperatorReply } from './operator-reply';
import { planPool } from './plan-pool';

/**
 * What the pool can carry, for public names in other regions: looked at afresh and written nowhere. Backends are not probed for it,
 * as a name may ask every few seconds and the pool’s own worker probes them anyway. Refuses where that cannot be known.
 */
export async function takeCapacity(
  policy: PoolPolicy,
  context: OperateContext,
): Promise<OperatorReply> {
  const { name: poolName, heal } = policy;
  const unprobed = { ...policy, heal: { ...heal, probe: null } };
  const { pool, proposal } = await planPool(unprobed, context);
  const capacity = siteCapacity({ pool, proposal, policy });
  return typeof capacity === 'string'
    ? {
        kind: 'refused',
        code: 'capacity-unknown',
        message: `What ${poolName} can carry is not known: ${capacity}.`,
      }
    : { kind: 'capacity', poolName, capacity };
}
