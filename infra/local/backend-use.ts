import { type SlbModel } from './slb/model';

/**
 * Tells which instances load balancers use: those that are members of a group, and those that were until a change that is still being
 * applied. A load balancer that is deleted lets go of its backends at once.
 */
export function backendUse(slb: SlbModel): (instanceId: string) => boolean {
  const applied = new Map<string, ReadonlySet<string>>();
  const isThere = (loadBalancerId: string): boolean =>
    slb.loadBalancers().some((balancer) => balancer.loadBalancerId === loadBalancerId);
  slb.onApplied((loadBalancerId) => {
    if (isThere(loadBalancerId)) applied.set(loadBalancerId, membersOf(slb, loadBalancerId));
    else applied.delete(loadBalancerId);
  });
  return (instanceId) =>
    [...applied.values()].some((members) => members.has(instanceId)) ||
    slb
      .loadBalancers()
      .some(({ loadBalancerId }) => membersOf(slb, loadBalancerId).has(instanceId));
}

const membersOf = (slb: SlbModel, loadBalancerId: string): ReadonlySet<string> =>
  new Set(
    [slb.loadBalancer(loadBalancerId), ...slb.groupsOf(loadBalancerId)].flatMap(({ backends }) =>
      backends.map(({ serverId }) => serverId),
    ),
  );
