import { PROTECTED_TAG } from '../domain/heal-tag';
import { type PoolPolicy } from '../domain/policy';
import { poolLease } from '../domain/store-keys';
import { type OperateContext } from './operate-context';
import { type OperatorReply } from './operator-reply';

/** Characters that a tag value may have. */
const TAG_VALUE_MAX = 128;

/**
 * Puts the tag on an instance that keeps every hand off it, or takes it off. It stands on the instance, so that it holds for
 * every pool and outlives the store. Throws `CloudError`.
 */
export async function protectInstance(
  policy: PoolPolicy,
  request: {
    readonly instanceId: string;
    readonly verb: 'protect' | 'unprotect';
    readonly by: string;
  },
  { ports, deadline }: OperateContext,
): Promise<OperatorReply> {
  const { instanceId, by } = request;
  const isProtected = request.verb === 'protect';
  if (ports.writes === 'recorded')
    return {
      kind: 'refused',
      code: 'mode-observe',
      message: `${policy.name} is in mode observe, in which no tag is written: name ${instanceId} in guards.protectedInstances, or tag it ${PROTECTED_TAG} yourself.`,
    };
  const known = await ports.compute.describeInstances([instanceId], { deadline });
  const facts = known.get(instanceId);
  if (facts === undefined)
    return {
      kind: 'refused',
      code: 'unknown-instance',
      message: `ECS knows no instance ${instanceId} in ${policy.regionId}.`,
    };
  const wasProtected = PROTECTED_TAG in facts.tags;
  if (isProtected)
    await ports.compute.tag(
      instanceId,
      { [PROTECTED_TAG]: by.slice(0, TAG_VALUE_MAX) },
      { deadline },
    );
  else if (wasProtected) await ports.compute.untag(instanceId, [PROTECTED_TAG], { deadline });
  const verb = isProtected ? 'protected' : 'unprotected';
  await ports.store.markDirty(poolLease(policy.name), {
    reason: `${instanceId} ${verb} by ${by}`,
    at: ports.clock.now(),
  });
  return {
    kind: 'protection-changed',
    poolName: policy.name,
    instanceId,
    isProtected,
    wasProtected,
  };
}
