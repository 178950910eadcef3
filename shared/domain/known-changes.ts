import { isNewlyRegistered } from './drain-cause';
import { type BackendMemory, type ChangeMemory } from './memory';
import { type PoolSnapshot } from './pool';
import { type BackendVerdict, type Proposal } from './proposal';

/**
 * What is remembered of a backend: by the store, else as its tag tells; undefined of one that nobody has judged. Memory that began
 * while its tags could not be read says less than they do.
 */
export function knownMemory(
  instanceId: string,
  { memory }: PoolSnapshot,
  { verdicts }: Pick<Proposal, 'verdicts'>,
): BackendMemory | undefined {
  const stored = memory.backends[instanceId];
  if (stored?.isProtected !== undefined) return stored;
  return verdicts.find((verdict) => verdict.instanceId === instanceId)?.memoryIfNot ?? stored;
}

/**
 * Weight-lowering changes before this tick. When the store was lost they are told by the tags, as soon as those can be read: each
 * backend that is held back, though not by a person or as one that never served, was lowered once, when that began. So the budget of a
 * window outlives the store.
 */
export function knownChanges(
  { memory, memorySource }: PoolSnapshot,
  { verdicts }: Pick<Proposal, 'verdicts'>,
): readonly ChangeMemory[] {
  const isNews = ({ instanceId }: BackendVerdict): boolean => {
    const stored = memory.backends[instanceId];
    return memorySource === 'tags' || (stored !== undefined && stored.isProtected === undefined);
  };
  const told = verdicts
    .filter((verdict) => isNews(verdict) && wasLowered(verdict.memoryIfNot))
    .filter(
      ({ instanceId, memoryIfNot }) => memory.backends[instanceId]?.state !== memoryIfNot.state,
    )
    .map(({ instanceId, memoryIfNot }) => ({ at: memoryIfNot.since, instanceId }));
  return memorySource === 'tags' ? told : [...memory.changes, ...told];
}

const wasLowered = ({ state, cause }: BackendMemory): boolean =>
  (state === 'ejected' || state === 'probation') &&
  cause !== 'operator-drain' &&
  !isNewlyRegistered(cause);
