import Credential from '@alicloud/credentials';
import { CloudError } from '../../domain/cloud-error';
import { redact } from '../redact';

export interface Credentials {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  /** Present for temporary credentials (STS), such as a function's own. */
  readonly securityToken?: string;
}

/** Asked before every attempt, so that credentials that change during a long call are picked up. */
export type CredentialsProvider = () => Promise<Credentials>;

/** The same credentials every time: a function's own for this invocation, or the local region's. */
export const givenCredentials =
  (credentials: Credentials): CredentialsProvider =>
  () =>
    Promise.resolve(credentials);

const missing = (message: string): CloudError =>
  new CloudError({
    action: 'GetCredentials',
    code: 'MissingCredentials',
    reaction: 'stop',
    isAmbiguous: false,
    message,
  });

/**
 * The vendor's default chain: environment, OIDC, command line profile, profile file, instance role, URI.
 * Throws `CloudError` with code `MissingCredentials` and reaction `stop` when no link of the chain has any.
 */
export function defaultCredentials(): CredentialsProvider {
  let chain: Credential | undefined;
  return async () => {
    try {
      chain ??= new Credential();
      const { accessKeyId, accessKeySecret, securityToken } = await chain.getCredential();
      if (!accessKeyId || !accessKeySecret)
        throw new Error('the chain answered without an access key');
      return { accessKeyId, accessKeySecret, ...(securityToken ? { securityToken } : {}) };
    } catch (error) {
      const reason = redact(error instanceof Error ? error.message : String(error), 200);
      throw missing(
        `No Alibaba Cloud credentials: give the function a role, or set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET (${reason}).`,
      );
    }
  };
}
