import { decodeWarmTag, retirementIn, WARM_TAG } from './ownership-tags';
import { type PoolPolicy } from './policy';
import { type PoolSnapshot } from './pool';
import { freshValue } from './reading';

/**
 * The pool lost more members than allowed since they were last counted. Who left because we took it out, as its mark says,
 * is not lost.
 *
 * Example: 10 before, 6 now, 300 ‰ allowed → 400 ‰ lost: dropped; with two of the four retired, 200 ‰: not dropped.
 */
export function hasInventoryDropped(pool: PoolSnapshot, policy: PoolPolicy): boolean {
  const before = pool.memory.memberCount ?? 0;
  const lost = before - pool.backends.length - leftByUs(pool);
  return lost * 1000 > policy.guards.inventoryDrop * before;
}

/** Members of the last look that are none now and carry our mark that they leave, or rest. */
function leftByUs({ backends, capacity, memory }: PoolSnapshot): number {
  const present = new Set(backends.map(({ instanceId }) => instanceId));
  const listed = [capacity?.owned, capacity?.tagged, capacity?.added].flatMap((list) =>
    list === undefined || list === null ? [] : (freshValue(list) ?? []),
  );
  const left = listed.filter(
    ({ instanceId, facts: { tags } }) =>
      !present.has(instanceId) &&
      memory.backends[instanceId] !== undefined &&
      (retirementIn(tags) !== null || decodeWarmTag(tags[WARM_TAG]) !== null),
  );
  return new Set(left.map(({ instanceId }) => instanceId)).size;
}
