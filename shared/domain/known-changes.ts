import { isHeldOnPurpose } from './drain-cause';
import { type BackendMemory, type ChangeMemory } from './memory';
import { type PoolSnapshot } from './pool';
import { type Proposal } from './proposal';

/** What is remembered of a backend: by the store, else as its tag tells; undefined of one that nobody has judged. */
export const knownMemory = (
  instanceId: string,
  pool: PoolSnapshot,
  { verdicts }: Pick<Proposal, 'verdicts'>,
): BackendMemory | undefined =>
  pool.memory.backends[instanceId] ??
  verdicts.find((verdict) => verdict.instanceId === instanceId)?.memoryIfNot;

/**
 * Weight-lowering changes before this tick. When the store was lost they are told by the tags: each backend that is held back,
 * though not on purpose, was lowered once, when that began. So the budget of a window outlives the store.
 */
export function knownChanges(
  { memory, memorySource }: PoolSnapshot,
  { verdicts }: Pick<Proposal, 'verdicts'>,
): readonly ChangeMemory[] {
  if (memorySource !== 'tags') return memory.changes;
  return verdicts
    .filter(({ memoryIfNot: { state, cause } }) => {
      const isHeld = state === 'ejected' || state === 'probation';
      return isHeld && !isHeldOnPurpose(cause);
    })
    .map(({ instanceId, memoryIfNot }) => ({ at: memoryIfNot.since, instanceId }));
}
