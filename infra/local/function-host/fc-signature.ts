import { createHash, createHmac } from 'node:crypto';
import { type AccessKey, type AccessKeys } from '../openapi/access-keys';
import { type SignedRequest } from '../openapi/authenticate';
import { isSame } from '../openapi/signatures';
import { PlatformError } from './platform-error';

/** How far the request's date may be from ours. */
const SKEW_MAX_MS = 15 * 60 * 1000;
const AUTHORIZATION = /^FC ([^:]+):(.+)$/;

/**
 * Signature of the 2016-08-15 API: base64 HMAC-SHA256 over method, `content-md5`, `content-type`, `date`, the sorted
 * `x-fc-*` headers and the path. `headers` has lower-case names.
 */
export function fcSignature(
  request: Pick<SignedRequest, 'method' | 'path' | 'headers'>,
  secret: string,
): string {
  const { method, path, headers } = request;
  const canonicalHeaders = Object.keys(headers)
    .filter((name) => name.startsWith('x-fc-'))
    .sort()
    .map((name) => `${name}:${headers[name] ?? ''}\n`);
  const fixed = ['content-md5', 'content-type', 'date'].map((name) => headers[name] ?? '');
  const signed = `${[method, ...fixed].join('\n')}\n${canonicalHeaders.join('')}${path}`;
  return createHmac('sha256', secret).update(signed, 'utf8').digest('base64');
}

/** Who signed. Throws `PlatformError` unless a known key signed this request lately and its body is what was signed. */
export function verifyFcSignature(
  request: SignedRequest,
  accessKeys: AccessKeys,
  now: number,
): AccessKey {
  const [, accessKeyId = '', signature = ''] =
    AUTHORIZATION.exec(request.headers['authorization'] ?? '') ?? [];
  const key = accessKeys.find(accessKeyId);
  if (key === undefined) throw denied('InvalidAccessKeyID', 'The access key is unknown.');
  verifySigner(request, { key, signature, now });
  if (request.body.byteLength > 0 && request.headers['content-md5'] !== md5Header(request.body))
    throw new PlatformError(400, 'InvalidArgument', 'The body does not match its Content-MD5.');
  return key;
}

function verifySigner(
  request: SignedRequest,
  {
    key,
    signature,
    now,
  }: { readonly key: AccessKey; readonly signature: string; readonly now: number },
): void {
  const date = Date.parse(request.headers['date'] ?? '');
  if (!(Math.abs(now - date) <= SKEW_MAX_MS))
    throw denied('AccessDenied', 'The date is out of range.');
  if (!isSame(signature, fcSignature(request, key.accessKeySecret)))
    throw denied('SignatureNotMatch', 'The signature does not match.');
  if (request.headers['x-fc-security-token'] !== key.securityToken || isExpired(key.expiresAt, now))
    throw denied(
      'InvalidSecurityToken',
      'The security token does not belong to the access key or has expired.',
    );
}

const denied = (code: string, message: string): PlatformError =>
  new PlatformError(403, code, message);

const isExpired = (expiresAt: number | undefined, now: number): boolean =>
  expiresAt !== undefined && expiresAt <= now;

/** Base64 of the hex text of the MD5: the vendor's own reading of the header. */
const md5Header = (body: Buffer): string =>
  Buffer.from(createHash('md5').update(body).digest('hex'), 'utf8').toString('base64');
