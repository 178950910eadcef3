import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { type Pair } from './decode-parameters';

/** What an ACS3-HMAC-SHA256 signature covers. Header names in lower case; query decoded. */
export interface Acs3Request {
  readonly method: string;
  /** Path as it travelled, without the query. */
  readonly path: string;
  readonly query: readonly Pair[];
  readonly headers: Readonly<Record<string, string>>;
  readonly signedHeaders: readonly string[];
  /** Hex SHA-256 of the body's bytes. */
  readonly bodyHash: string;
}

/** RFC 3986 encoding of one value: everything but letters, digits and `- _ . ~`. */
export const percentEncode = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const byName = ([left]: Pair, [right]: Pair): number => (left < right ? -1 : left > right ? 1 : 0);
const sha256Hex = (data: string | Buffer): string =>
  createHash('sha256').update(data).digest('hex');

/** Hex SHA-256 of a body, as `x-acs-content-sha256` carries it. */
export const bodyHashOf = (body: Buffer): string => sha256Hex(body);

/**
 * Hex HMAC-SHA256 signature of a request under ACS3. `encodeName` is the identity in the vendor's own SDK and percent-encoding
 * in the vendor's specification; both give the same for ordinary names.
 */
export function acs3Signature(
  request: Acs3Request,
  secret: string,
  encodeName: (name: string) => string = percentEncode,
): string {
  const uri = request.path.replaceAll('+', '%20').replaceAll('*', '%2A').replaceAll('%7E', '~');
  const query = [...request.query]
    .sort(byName)
    .map(([name, value]) => `${encodeName(name)}=${percentEncode(value)}`);
  const headers = request.signedHeaders.map(
    (name) => `${name}:${(request.headers[name] ?? '').trim()}\n`,
  );
  const canonical = [
    request.method,
    uri,
    query.join('&'),
    headers.join(''),
    request.signedHeaders.join(';'),
    request.bodyHash,
  ];
  return createHmac('sha256', secret)
    .update(`ACS3-HMAC-SHA256\n${sha256Hex(canonical.join('\n'))}`)
    .digest('hex');
}

/** True when `signature` is the request's, by the SDK's or by the specification's canonical form. */
export const isAcs3Signature = (signature: string, request: Acs3Request, secret: string): boolean =>
  isSame(
    signature,
    acs3Signature(request, secret, (name) => name),
  ) || isSame(signature, acs3Signature(request, secret));

/** Base64 HMAC-SHA1 signature of an RPC request over all its parameters but `Signature`, which the caller leaves out. */
export function rpcSignature(method: string, pairs: readonly Pair[], secret: string): string {
  const canonical = [...pairs]
    .sort(byName)
    .map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`);
  const signed = `${method}&${percentEncode('/')}&${percentEncode(canonical.join('&'))}`;
  return createHmac('sha1', `${secret}&`).update(signed).digest('base64');
}

export const isRpcSignature = (
  signature: string,
  method: string,
  pairs: readonly Pair[],
  secret: string,
): boolean => isSame(signature, rpcSignature(method, pairs, secret));

/** Compares in constant time. */
export function isSame(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
