import { type TokenGrant, type TokenRequest } from '../ports/state-store';

/** What a store keeps of one bucket. */
export interface BucketRecord {
  /** Tokens in it, in 60,000ths: a refill of one a minute adds one 60,000th each millisecond, so all sums are whole. */
  readonly level: number;
  /** When it held that much. */
  readonly at: number;
}

/** Parts of a token in which a bucket's level is counted. */
export const TOKEN_PARTS = 60_000;

/** Throws `RangeError` for a request that no bucket of that capacity could ever grant. */
export function checkTokenRequest(request: TokenRequest): void {
  const { count, capacity, refillPerMinute, reserve } = request;
  const isSound =
    [count, capacity, refillPerMinute, reserve].every(Number.isSafeInteger) &&
    count >= 0 &&
    reserve >= 0 &&
    refillPerMinute > 0 &&
    count + reserve <= capacity &&
    capacity <= Number.MAX_SAFE_INTEGER / TOKEN_PARTS;
  if (!isSound) throw new RangeError(`no bucket can grant ${JSON.stringify(request)}`);
}

/**
 * The bucket after a request, and the answer to it. What has not been used refills up to the capacity. A clock that was set
 * back refills nothing, and the bucket goes on from the new time. Where nothing is taken
 * the record stays the very same, and need not be written.
 *
 * Example: of a bucket of 10 with 60 a minute that was emptied 2 s ago, 2 tokens are there; 3 are there in 1,000 ms.
 */
export function takenTokens(
  record: BucketRecord | undefined,
  request: TokenRequest,
  now: number,
): { readonly record: BucketRecord; readonly grant: TokenGrant } {
  const { count, capacity, refillPerMinute, reserve } = request;
  const full = capacity * TOKEN_PARTS;
  const refill = Math.max(0, now - (record?.at ?? now)) * refillPerMinute;
  const level = Math.min(full, (record?.level ?? full) + refill);
  const missing = (count + reserve) * TOKEN_PARTS - level;
  if (missing > 0)
    return {
      record: record !== undefined && record.at <= now ? record : { level, at: now },
      grant: { isGranted: false, waitMs: Math.ceil(missing / refillPerMinute) },
    };
  return {
    record: { level: level - count * TOKEN_PARTS, at: now },
    grant: { isGranted: true, waitMs: 0 },
  };
}
