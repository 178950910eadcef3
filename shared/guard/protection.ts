import { PROTECTED_TAG } from '../domain/heal-tag';
import { type InstanceFacts } from '../domain/instance';
import { type BackendSnapshot, type PoolSnapshot } from '../domain/pool';
import { type Step } from '../domain/proposal';
import { freshValue, knownValue } from '../domain/reading';
import { type Bench, type Refusal } from './bench';

/** Everything that is known of an instance: as the lists by tag have it, which are read in every tick, then as a backend. */
export function factsOf(
  instanceId: string,
  backend: BackendSnapshot | undefined,
  { capacity }: PoolSnapshot,
): readonly InstanceFacts[] {
  const known: InstanceFacts[] = [];
  for (const list of [capacity?.owned, capacity?.tagged, capacity?.added])
    for (const each of (list && freshValue(list)) ?? [])
      if (each.instanceId === instanceId) known.push(each.facts);
  const seen = backend === undefined ? undefined : knownValue(backend.instance);
  if (seen !== undefined) known.push(seen);
  return known;
}

/**
 * The one gate that every step on an instance passes, whatever it does. One source that shows the protection tag is enough.
 * Not knowing whether an instance is protected is no permission: until its tags were seen once, it is left alone.
 */
export function protectedRule(
  { instanceId }: Step,
  backend: BackendSnapshot | undefined,
  { pool, policy }: Bench,
): Refusal | null {
  if (policy.guards.protectedInstances.includes(instanceId))
    return { rule: 'guard-protected', detail: 'named in the policy' };
  const known = factsOf(instanceId, backend, pool);
  const isTagged =
    known.length === 0
      ? pool.memory.backends[instanceId]?.isProtected
      : known.some(({ tags }) => PROTECTED_TAG in tags);
  if (isTagged === undefined)
    return {
      rule: 'guard-protected',
      detail: 'its tags could not be read yet: it may be protected',
    };
  return isTagged ? { rule: 'guard-protected', detail: `tagged ${PROTECTED_TAG}` } : null;
}
