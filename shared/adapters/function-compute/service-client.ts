import { type FC } from '@alicloud/fc2';
import { type CredentialsProvider } from '../alicloud/credentials';

export interface ServiceClientOptions {
  readonly accountId: string;
  readonly regionId: string;
  readonly credentials: CredentialsProvider;
  /** `host` or `host:port` instead of the vendor's own, such as the local region's. */
  readonly endpoint?: string | undefined;
  /** Default HTTPS. */
  readonly protocol?: 'HTTP' | 'HTTPS' | undefined;
  /** Default: the client's own minute. */
  readonly timeoutMs?: number | undefined;
}

/** The vendor's client of FC 2.0, a fresh one: credentials change and sockets do not survive a freeze. Loaded on first use, it is large. */
export async function serviceClient(options: ServiceClientOptions): Promise<FC> {
  const { accountId, regionId, endpoint, protocol = 'HTTPS', credentials, timeoutMs } = options;
  const { default: Client } = await import('@alicloud/fc2');
  const { accessKeyId, accessKeySecret, securityToken } = await credentials();
  return new Client(accountId, {
    accessKeyID: accessKeyId,
    accessKeySecret,
    region: regionId,
    secure: protocol === 'HTTPS',
    ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
    ...(endpoint === undefined ? {} : { endpoint: `${protocol.toLowerCase()}://${endpoint}` }),
    // The client sends the token only for keys that begin with `STS`; as a header it goes along, signed, with any key.
    ...(securityToken === undefined
      ? {}
      : { securityToken, headers: { 'x-fc-security-token': securityToken } }),
  });
}
