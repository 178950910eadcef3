import { type Instant } from '../domain/units';
import { type StateStore } from '../ports/state-store';

/** Documents that are asked for at once: a store answers these together, and more would only wait for each other. */
const AT_ONCE = 50;

/**
 * Documents by key, as many as the time allows; null where there is none. Keys that there was no time for are missing. Throws
 * `StoreUnavailable`.
 */
export async function readDocuments(
  store: Pick<StateStore, 'read'>,
  keys: readonly string[],
  isTimeLeft: () => boolean,
): Promise<ReadonlyMap<string, unknown>> {
  const found = new Map<string, unknown>();
  const waiting = [...keys];
  const line = async (): Promise<void> => {
    for (let key = waiting.shift(); key !== undefined && isTimeLeft(); key = waiting.shift()) {
      const current = key;
      found.set(current, (await store.read(current))?.value ?? null);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, keys.length) }, line));
  return found;
}

/** True until so much time has passed since it was made, by the machine’s own steady clock. */
export function timeLimit(spanMs: number): () => boolean {
  const end = performance.now() + spanMs;
  return () => performance.now() < end;
}

/** Seconds since 1970, as Prometheus wants times. */
export const epochSeconds = (at: Instant): number => at / 1000;
