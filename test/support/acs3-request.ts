import { randomUUID } from 'node:crypto';
import { acs3Signature, bodyHashOf, percentEncode } from '../../infra/local/openapi/signatures';
import { type RawRequest, type RegionAccess } from './openapi-clients';

export interface SigningOptions {
  readonly action: string;
  readonly version: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly at?: number;
  readonly nonce?: string;
  readonly body?: string;
  /** Sent and signed besides the usual ones. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request signed by the specification's letter, to be sent as it is or spoilt first. */
export function signedRequest(
  access: RegionAccess,
  options: SigningOptions,
): RawRequest & { readonly headers: Readonly<Record<string, string>> } {
  const {
    action,
    version,
    parameters = {},
    at = Date.now(),
    nonce = randomUUID(),
    body = '',
  } = options;
  const bodyHash = bodyHashOf(Buffer.from(body));
  const headers: Record<string, string> = {
    host: access.endpoint,
    'x-acs-action': action,
    'x-acs-version': version,
    'x-acs-date': `${new Date(at).toISOString().slice(0, 19)}Z`,
    'x-acs-signature-nonce': nonce,
    'x-acs-content-sha256': bodyHash,
    ...(access.securityToken === undefined ? {} : { 'x-acs-security-token': access.securityToken }),
    ...options.headers,
  };
  const signedHeaders = Object.keys(headers).sort();
  const query = Object.entries(parameters);
  const signature = acs3Signature(
    { method: 'POST', path: '/', query, headers, signedHeaders, bodyHash },
    access.accessKeySecret,
  );
  const authorization = `ACS3-HMAC-SHA256 Credential=${access.accessKeyId},SignedHeaders=${signedHeaders.join(';')},Signature=${signature}`;
  const encoded = query
    .map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`)
    .join('&');
  return { method: 'POST', path: `/?${encoded}`, headers: { ...headers, authorization }, body };
}
