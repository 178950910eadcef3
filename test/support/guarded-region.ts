import { type InProcessRegion } from '../../infra/local/in-process-region';
import { flattenQuery } from '../../infra/local/flatten-query';
import { isAllowed } from '../../infra/local/ram/is-allowed';
import { questionsOf } from '../../infra/local/ram/questions';
import { type RamPolicy } from '../../infra/permissions/ram-policy';
import { classifyVendorError } from '../../shared/adapters/alicloud/error-table';

export const ACCOUNT = '1234567890123456';

/** What a role may do, and what was asked of it. */
export interface Guard {
  /** APIs that were called, as `Ecs.RunInstances`. */
  readonly called: Set<string>;
  /** What was refused; nothing in a good run. */
  readonly refused: Set<string>;
}

/** From now on every call of the region’s APIs is made under the policy: what it does not allow is refused as RAM refuses it. */
export function guardRegion(region: InProcessRegion, policy: RamPolicy): Guard {
  const guard: Guard = { called: new Set(), refused: new Set() };
  const { rpc } = region;
  const send = rpc.call.bind(rpc);
  rpc.call = async (request, options) => {
    const { product, action } = request;
    guard.called.add(`${product}.${action}`);
    const call = { product, action, parameters: flattenQuery(request.query) };
    const world = { ...region, accountId: ACCOUNT };
    const refused = questionsOf(call, world).filter((one) => !isAllowed(policy, one));
    for (const one of refused) guard.refused.add(`${one.action} on ${one.resource}`);
    if (refused.length > 0)
      throw classifyVendorError({ action, status: 403, code: 'Forbidden.RAM', message: 'no' });
    return send(request, options);
  };
  return guard;
}
