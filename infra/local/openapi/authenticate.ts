import { type Parameters } from '../contracts';
import { type AccessKey, type AccessKeys } from './access-keys';
import { type Pair } from './decode-parameters';
import * as errors from './gateway-errors';
import { type NonceMemory } from './nonce-memory';
import { bodyHashOf, isAcs3Signature, isRpcSignature, isSame } from './signatures';

/** A request as it arrived, decoded but not yet believed. Header names in lower case. */
export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: readonly Pair[];
  readonly form: readonly Pair[];
  readonly body: Buffer;
}

export interface AuthenticationSettings {
  readonly accessKeys: AccessKeys;
  readonly nonces: NonceMemory;
  /** How far the request's date may be from ours, either way. */
  readonly clockSkewMs: number;
  readonly now: () => number;
}

/** Who signed, and how. */
export interface Authenticated {
  readonly key: AccessKey;
  readonly signature: 'ACS3-HMAC-SHA256' | 'HMAC-SHA1';
}

interface Claim {
  readonly accessKeyId: string;
  readonly securityToken: string | undefined;
  readonly date: string;
  readonly nonce: string;
  readonly isSignedWith: (secret: string) => boolean;
}

const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const AUTHORIZATION =
  /^ACS3-HMAC-SHA256 Credential=([^,]*),\s*SignedHeaders=([^,]*),\s*Signature=([0-9a-f]+)$/;
const NONCE_LENGTH_MAX = 128;

export const isAcs3 = (headers: SignedRequest['headers']): boolean =>
  (headers['authorization'] ?? '').startsWith('ACS3');

/**
 * Finds out who signed the request, by ACS3-HMAC-SHA256 headers or HMAC-SHA1 parameters. Throws the vendor's error for an unknown
 * key, a date out of range, a wrong or incomplete signature, a foreign token or a used nonce.
 */
export function authenticate(
  request: SignedRequest,
  parameters: Parameters,
  settings: AuthenticationSettings,
): Authenticated {
  const claim = isAcs3(request.headers) ? acs3Claim(request) : rpcClaim(request, parameters);
  const key = settings.accessKeys.find(claim.accessKeyId);
  if (key === undefined) throw errors.unknownAccessKey();
  const now = settings.now();
  const date = readDate(claim.date);
  if (Math.abs(now - date) > settings.clockSkewMs) throw errors.expiredDate();
  if (!claim.isSignedWith(key.accessKeySecret)) throw errors.signatureMismatch();
  checkToken(key, claim.securityToken, now);
  if (claim.nonce.length > NONCE_LENGTH_MAX) throw errors.invalidParameter('SignatureNonce');
  if (!settings.nonces.use(`${key.accessKeyId} ${claim.nonce}`, now, date + settings.clockSkewMs))
    throw errors.usedNonce();
  return { key, signature: isAcs3(request.headers) ? 'ACS3-HMAC-SHA256' : 'HMAC-SHA1' };
}

function readDate(text: string): number {
  const date = DATE.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(date)) throw errors.malformedDate();
  return date;
}

function checkToken(key: AccessKey, token: string | undefined, now: number): void {
  if (key.securityToken === undefined) {
    if (token !== undefined) throw errors.foreignSecurityToken();
    return;
  }
  if (token === undefined) throw errors.missingSecurityToken();
  if (!isSame(token, key.securityToken)) throw errors.foreignSecurityToken();
  if (key.expiresAt !== undefined && key.expiresAt <= now) throw errors.expiredSecurityToken();
}

function acs3Claim(request: SignedRequest): Claim {
  const parts = AUTHORIZATION.exec(request.headers['authorization'] ?? '');
  if (parts === null) throw errors.incompleteSignature();
  const [, accessKeyId = '', names = '', signature = ''] = parts;
  const signedHeaders = names.split(';');
  for (const name of mustBeSigned(request.headers))
    if (!signedHeaders.includes(name)) throw errors.incompleteSignature();
  const bodyHash = bodyHashOf(request.body);
  const { method, path, query, headers } = request;
  return {
    accessKeyId,
    securityToken: headers['x-acs-security-token'],
    date: requiredIn(headers, 'x-acs-date'),
    nonce: requiredIn(headers, 'x-acs-signature-nonce'),
    isSignedWith: (secret) =>
      isSame(requiredIn(headers, 'x-acs-content-sha256'), bodyHash) &&
      isAcs3Signature(signature, { method, path, query, headers, signedHeaders, bodyHash }, secret),
  };
}

/** Every `x-acs-*` header, `host` and `content-type`, as far as the request has them. */
const mustBeSigned = (headers: Readonly<Record<string, string>>): readonly string[] =>
  Object.keys(headers).filter(
    (name) => name.startsWith('x-acs-') || name === 'host' || name === 'content-type',
  );

function rpcClaim(request: SignedRequest, parameters: Parameters): Claim {
  const signature = parameters['Signature'];
  if (signature === undefined && parameters['AccessKeyId'] === undefined)
    throw errors.incompleteSignature();
  if (requiredIn(parameters, 'SignatureMethod') !== 'HMAC-SHA1')
    throw errors.invalidParameter('SignatureMethod');
  if (requiredIn(parameters, 'SignatureVersion') !== '1.0')
    throw errors.invalidParameter('SignatureVersion');
  const pairs = [...request.query, ...request.form].filter(([name]) => name !== 'Signature');
  return {
    accessKeyId: requiredIn(parameters, 'AccessKeyId'),
    securityToken: parameters['SecurityToken'],
    date: requiredIn(parameters, 'Timestamp'),
    nonce: requiredIn(parameters, 'SignatureNonce'),
    isSignedWith: (secret) =>
      isRpcSignature(requiredIn(parameters, 'Signature'), request.method, pairs, secret),
  };
}

function requiredIn(values: Readonly<Record<string, string>>, name: string): string {
  const value = values[name];
  if (value === undefined || value === '') throw errors.missingParameter(name);
  return value;
}
