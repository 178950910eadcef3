import { attachmentKey } from '../domain/attachment';
import { weightsInTag } from '../domain/heal-tag';
import { type BackendMemory, type WrittenWeight } from '../domain/memory';
import { type Attachment, type BackendSnapshot, type PoolSnapshot } from '../domain/pool';
import { healTagOn } from './remember';

/** Evenkeel holds its weight down: what it weighs now says nothing about what it should. */
export const isHeldBack = ({ state }: BackendMemory): boolean =>
  state === 'ejected' || state === 'probation';

/**
 * Memory of a backend that is held back, with what it knows of the attachments that have a key it does not know. A target
 * narrowed to its port, or a second port in the same group, gives a place another key: base and written weights go with
 * the place. Where memory is silent, the backend's tag may tell. So a lowered weight is never taken for the base.
 *
 * Example: `lb-1/rsp-2` → `lb-1/rsp-2/8080` where the policy now names the port.
 */
export function followPlaces(
  memory: BackendMemory,
  backend: BackendSnapshot,
  pool: PoolSnapshot,
): BackendMemory {
  if (!isHeldBack(memory)) return memory;
  const places = backend.attachments.map((attachment) => ({
    attachment,
    key: attachmentKey(backend, attachment),
  }));
  const left = Object.keys(memory.baseWeights).filter((key) =>
    places.every((place) => place.key !== key),
  );
  const tag = healTagOn(backend, pool);
  const told = tag === null ? {} : weightsInTag(tag, backend);
  return places.reduce((known, { attachment, key }) => {
    if (key in memory.baseWeights) return known;
    const former = left.find((each) => isAt(each, attachment));
    const { weight } = attachment;
    return former === undefined
      ? learned(known, key, told[key], [{ targetKey: key, weight, at: pool.takenAt }])
      : learned(known, key, memory.baseWeights[former], writesAt(memory, former, key));
  }, memory);
}

/** The key is of the attachment's group, and of its port or of none. */
function isAt(key: string, attachment: Attachment): boolean {
  const [loadBalancerId, serverGroupId, port] = key.split(/[/:]/u);
  const [atLoadBalancerId, atServerGroupId] = attachment.targetKey.split('/');
  return (
    loadBalancerId === atLoadBalancerId &&
    serverGroupId === atServerGroupId &&
    (port === undefined || port === String(attachment.port))
  );
}

const writesAt = (memory: BackendMemory, from: string, to: string): readonly WrittenWeight[] =>
  memory.written
    .filter(({ targetKey }) => targetKey === from)
    .map((write) => ({ ...write, targetKey: to }));

function learned(
  memory: BackendMemory,
  key: string,
  base: number | undefined,
  writes: readonly WrittenWeight[],
): BackendMemory {
  if (base === undefined) return memory;
  return {
    ...memory,
    baseWeights: { ...memory.baseWeights, [key]: base },
    written: [...writes, ...memory.written.filter(({ targetKey }) => targetKey !== key)],
  };
}
