import { type BackendMemory, type WrittenWeight } from './memory';
import { type Instant, since } from './units';

/** How long after it was sent a write may still land late; older ones are history. */
export const LATE_WRITE_MS = 600_000;
/** How many written weights are remembered per attachment. */
export const WRITTEN_PER_ATTACHMENT = 8;

/** The weight we wrote last, if any. `written` is newest first. */
export const newestWrite = (memory: BackendMemory, key: string): WrittenWeight | undefined =>
  memory.written.find((write) => write.targetKey === key);

/**
 * The weight equals an earlier write of ours that may just have landed late: one whose answer was lost, not the newest one.
 * A write that was read back, or seen in place later, has landed and cannot land again: that weight is a person's then.
 */
export function isLateWrite(
  memory: BackendMemory,
  key: string,
  weight: number,
  now: Instant,
): boolean {
  const writes = memory.written.filter((write) => write.targetKey === key);
  if (writes[0]?.weight === weight) return false;
  return writes.some(
    (write) =>
      write.isUncertain === true &&
      write.weight === weight &&
      since(write.at, now) <= LATE_WRITE_MS,
  );
}

/**
 * The weight may be what we wrote last: the newest write, or, while nobody knows whether that one landed, one before it,
 * back to the last that surely did.
 *
 * Example: 10 written after 0, and its answer lost: both 10 and 0 are ours. Once 10 is read back, 0 is not.
 */
export const mayBeLastWrite = (memory: BackendMemory, key: string, weight: number): boolean =>
  lastWrites(memory.written, key).some((write) => write.weight === weight);

/** The newest write that surely landed and all after it. */
function lastWrites(written: readonly WrittenWeight[], key: string): readonly WrittenWeight[] {
  const writes = written.filter((write) => write.targetKey === key);
  const lastCertain = writes.findIndex((write) => write.isUncertain !== true);
  return lastCertain === -1 ? writes : writes.slice(0, lastCertain + 1);
}

/** The newest write that surely landed, if any. */
export const lastCertainWrite = (memory: BackendMemory, key: string): WrittenWeight | undefined =>
  memory.written.find((write) => write.targetKey === key && write.isUncertain !== true);

/**
 * The weight is in place: of the writes that may be our last one, that which wrote it has landed.
 *
 * Example: 0 written, its answer lost, and 0 seen: it landed, and a 0 that appears after a later 100 is a person's.
 */
export function settleWrites(
  written: readonly WrittenWeight[],
  key: string,
  weight: number,
): readonly WrittenWeight[] {
  const landed = lastWrites(written, key).find((write) => write.weight === weight);
  return written.map((write) =>
    write === landed ? { targetKey: key, weight, at: write.at } : write,
  );
}

/**
 * Adds a write at the front and forgets the oldest of that attachment. An uncertain write whose repetition is lost as well counts
 * once, so that many lost answers do not push out the last write that surely landed. One that is repeated and then read back stays
 * beside its repetition: it may still be on its way.
 */
export function rememberWrite(
  written: readonly WrittenWeight[],
  write: WrittenWeight,
): readonly WrittenWeight[] {
  let kept = 0;
  return [write, ...written].filter((entry) => {
    if (entry.targetKey !== write.targetKey) return true;
    const isLostAgain = entry !== write && write.isUncertain === true && entry.isUncertain === true;
    if (isLostAgain && entry.weight === write.weight) return false;
    kept += 1;
    return kept <= WRITTEN_PER_ATTACHMENT;
  });
}
