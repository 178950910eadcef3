import { randomBytes } from 'node:crypto';
import { type RamPolicy } from '../../permissions/ram-policy';

/** One access key: a permanent one, or a temporary one of STS with its token. Times in milliseconds since the epoch. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  /** The account whose quotas its calls use. */
  readonly accountId: string;
  readonly securityToken?: string;
  readonly expiresAt?: number;
  /** What its owner may do; all of it when left out, as the account itself. */
  readonly policy?: RamPolicy;
}

/** A fresh permanent access key of random characters. */
export const randomAccessKey = (accountId: string): AccessKey => ({
  accessKeyId: `LTAI${randomBytes(10).toString('hex')}`,
  accessKeySecret: randomBytes(15).toString('hex'),
  accountId,
});

/** The access keys that a region knows. */
export class AccessKeys {
  readonly #keys = new Map<string, AccessKey>();

  constructor(keys: readonly AccessKey[] = []) {
    for (const key of keys) this.register(key);
  }

  register(key: AccessKey): void {
    this.#keys.set(key.accessKeyId, key);
  }

  revoke(accessKeyId: string): void {
    this.#keys.delete(accessKeyId);
  }

  find(accessKeyId: string): AccessKey | undefined {
    return this.#keys.get(accessKeyId);
  }

  /** A temporary key for the same account, valid for `spanMs` from `now`, as AssumeRole hands out. */
  issueTemporary(
    accountId: string,
    now: number,
    spanMs: number,
  ): Required<Omit<AccessKey, 'policy'>> {
    const { accessKeyId, accessKeySecret } = randomAccessKey(accountId);
    const key = {
      accessKeyId: accessKeyId.replace('LTAI', 'STS.'),
      accessKeySecret,
      accountId,
      securityToken: randomBytes(48).toString('base64'),
      expiresAt: now + spanMs,
    };
    this.register(key);
    return key;
  }
}
