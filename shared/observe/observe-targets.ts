import { type PoolPolicy } from '../domain/policy';
import { type TargetSnapshot } from '../domain/pool';
import { targetKey, type Target, type TargetKey } from '../domain/target';
import {
  type CallOptions,
  type GroupMember,
  type LoadBalancer,
  type LoadBalancerShape,
} from '../ports/load-balancer';

export interface ObservedTargets {
  readonly targets: readonly TargetSnapshot[];
  /** Members of each target that are ECS instances. */
  readonly members: ReadonlyMap<TargetKey, readonly GroupMember[]>;
  readonly foreignMembers: readonly string[];
}

/** Load balancers of the pool, each once, in the policy's order. */
export const loadBalancersOf = (policy: PoolPolicy): readonly string[] => [
  ...new Set(policy.targets.map((target) => target.loadBalancerId)),
];

/** Shape of each load balancer of the pool: listeners, their groups and health checks. Throws `CloudError`. */
export async function observeShapes(
  policy: PoolPolicy,
  loadBalancer: LoadBalancer,
  options: CallOptions,
): Promise<readonly LoadBalancerShape[]> {
  return Promise.all(loadBalancersOf(policy).map((id) => loadBalancer.describeShape(id, options)));
}

/**
 * Who is behind each target, with which weight. Throws `CloudError`: without its members a pool cannot be judged at all,
 * so the tick ends there and changes nothing.
 */
export async function observeMembers(
  policy: PoolPolicy,
  loadBalancer: LoadBalancer,
  options: CallOptions,
): Promise<ReadonlyMap<TargetKey, readonly GroupMember[]>> {
  const entries = policy.targets.map(
    async (target): Promise<[TargetKey, readonly GroupMember[]]> => {
      const members = await loadBalancer.describeMembers(target, options);
      return [
        targetKey(target),
        members.filter((member) => target.port === undefined || member.port === target.port),
      ];
    },
  );
  return new Map(await Promise.all(entries));
}

/** Joins shapes and members into what the tick records of its targets. */
export function observeTargets(
  policy: PoolPolicy,
  shapes: readonly LoadBalancerShape[],
  members: ReadonlyMap<TargetKey, readonly GroupMember[]>,
): ObservedTargets {
  const all = [...members.values()].flat();
  return {
    targets: policy.targets.map((target) => ({
      target,
      key: targetKey(target),
      listeners: listenersOf(target, shapes),
    })),
    members: new Map(
      [...members].map(([key, list]) => [key, list.filter((member) => member.type === 'ecs')]),
    ),
    foreignMembers: [
      ...new Set(all.filter((member) => member.type !== 'ecs').map((member) => member.serverId)),
    ].sort(),
  };
}

function listenersOf(
  target: Target,
  shapes: readonly LoadBalancerShape[],
): TargetSnapshot['listeners'] {
  const shape = shapes.find((candidate) => candidate.loadBalancerId === target.loadBalancerId);
  return (shape?.listeners ?? [])
    .filter((listener) => listener.serverGroupId === target.serverGroupId)
    .map(({ port, protocol, isRunning, hasHealthCheck, detectionMs, isSticky }) => ({
      port,
      protocol,
      isRunning: isRunning && shape?.isActive === true,
      hasHealthCheck,
      detectionMs,
      isSticky,
    }));
}
