/** Payloads that are on their way to the queue at once: more would only wait for each other. */
const AT_ONCE = 10;

/** Room for items and what goes with them in one queued call. Function Compute takes 128 KB; the rest is its own. */
export const CHUNK_BYTES_MAX = 120_000;

export interface ChunkLimits {
  /** Items that one worker looks after. */
  readonly count: number;
  /** Bytes of JSON that a payload may have. */
  readonly bytes: number;
}

/**
 * Items in order, in as many chunks as they need: none with more items or, as a payload, more bytes than it may have. An item that
 * is too large by itself stays alone, for whoever sends it to refuse.
 *
 * Example: 45 items, 20 at most in each → 20, 20, 5.
 */
export function chunksWithin<T>(
  items: readonly T[],
  limits: ChunkLimits,
  payloadOf: (items: readonly T[]) => unknown,
): readonly (readonly T[])[] {
  const chunks: T[][] = [];
  const frame = sizeOf(payloadOf([]));
  let bytes = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const more = sizeOf(item) + 1; // and a comma
    const chunk = chunks.at(-1);
    if (chunk === undefined || chunk.length >= limits.count || bytes + more > limits.bytes) {
      chunks.push([item]);
      bytes = frame + more;
    } else {
      chunk.push(item);
      bytes += more;
    }
  }
  return chunks;
}

const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value), 'utf8');

export interface Sent<T> {
  readonly sent: readonly T[];
  readonly failed: readonly { readonly item: T; readonly error: unknown }[];
}

/** Sends each, a few at once. One that fails does not keep the others from being sent. */
export async function sendEach<T>(
  items: readonly T[],
  send: (item: T) => Promise<void>,
): Promise<Sent<T>> {
  const waiting = [...items];
  const sent: T[] = [];
  const failed: { readonly item: T; readonly error: unknown }[] = [];
  const line = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      const current = item;
      await send(current).then(
        () => void sent.push(current),
        (error: unknown) => void failed.push({ item: current, error }),
      );
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, line));
  return { sent, failed };
}
