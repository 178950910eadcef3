import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { type Instant, since } from '../domain/units';

const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();

/**
 * Whether what was presented is one of the accepted secrets (current and next, during a rotation). Compares hashes in constant time
 * and looks at every accepted secret, so that time tells neither length nor which. No accepted secret lets nobody in.
 */
export function isSecret(presented: string, accepted: readonly string[]): boolean {
  const hash = digest(presented);
  const matches = accepted.filter(
    (secret) => secret !== '' && timingSafeEqual(hash, digest(secret)),
  );
  return presented !== '' && matches.length > 0;
}

export interface SignedCall {
  /** Epoch seconds or milliseconds, as the caller wrote it. */
  readonly timestamp: string;
  /** Lower-case hex HMAC-SHA256 over `<timestamp>.<body>`. */
  readonly signature: string;
  readonly body: Buffer;
}

export type SignatureVerdict = 'valid' | 'stale' | 'wrong';

/** Signature of a generic call. Example: header `X-Evenkeel-Signature` of body `{}` at 1767225600 covers `1767225600.{}`. */
export const callSignature = (timestamp: string, body: Buffer, secret: string): string =>
  createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex');

/** Checks the signature first, so that only its holder learns that a date was stale. */
export function verifySignedCall(
  call: SignedCall,
  accepted: readonly string[],
  { now, skewMs }: { readonly now: Instant; readonly skewMs: number },
): SignatureVerdict {
  const expected = accepted
    .filter((secret) => secret !== '')
    .map((secret) => callSignature(call.timestamp, call.body, secret));
  if (!isSecret(call.signature, expected)) return 'wrong';
  const at = epochMs(call.timestamp);
  return at !== null && Math.abs(since(at, now)) <= skewMs ? 'valid' : 'stale';
}

const MILLISECONDS_FROM = 1e11;

/** Seconds or milliseconds, told apart by magnitude; null when it is neither. Example: `1508136760` → 1508136760000. */
export function epochMs(text: string): Instant | null {
  if (!/^\d{9,14}$/.test(text)) return null;
  const value = Number(text);
  return (value < MILLISECONDS_FROM ? value * 1000 : value) as Instant;
}
