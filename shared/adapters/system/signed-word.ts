import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { type Signatures, type WordKind } from '../../ports/signatures';

const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();

/**
 * JSON with sorted keys and no spaces, so that both sides sign the same bytes however they wrote them. Fields that are undefined are
 * left out, as in JSON.
 *
 * Example: `{ b: 1, a: [true, null] }` → `{"a":[true,null],"b":1}`.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === undefined) return 'null';
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`);
  return `{${fields.join(',')}}`;
}

const sign = (kind: WordKind, word: object, secret: string): string =>
  createHmac('sha256', secret)
    .update(`evenkeel-${kind}.${canonicalJson(word)}`, 'utf8')
    .digest('hex');

/** HMAC-SHA256 over `evenkeel-<kind>.<canonical JSON>`. Compared as hashes in constant time, each accepted secret looked at. */
export const HMAC_SIGNATURES: Signatures = {
  sign,
  isSigned(kind, word, signature, accepted) {
    const presented = digest(signature);
    const matches = accepted.filter(
      (secret) => secret !== '' && timingSafeEqual(presented, digest(sign(kind, word, secret))),
    );
    return matches.length > 0;
  },
};
