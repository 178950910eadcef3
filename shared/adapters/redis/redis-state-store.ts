import { randomUUID } from 'node:crypto';
import { type Lease } from '../../domain/tick';
import { type Instant, instant, type Millis, plus } from '../../domain/units';
import { type Clock } from '../../ports/clock';
import {
  type DirtyMark,
  type StateStore,
  type StoredDocument,
  StoreUnavailable,
  type TokenGrant,
  type TokenRequest,
  type WriteResult,
} from '../../ports/state-store';
import { MARKS_MAX } from '../state-rules';
import { checkTokenRequest, TOKEN_PARTS } from '../token-rules';
import { RedisConnection, type ScriptCall } from './redis-connection';
import { type RedisSettings } from './redis-settings';
import * as scripts from './scripts';

export interface RedisStateStoreOptions {
  readonly settings: RedisSettings;
  /** This process's clock: a lease's end is told by it, counted from before the request was sent. */
  readonly clock: Clock;
  /** `clock` instead of the server's time, where time is told what to say. Default `server`. */
  readonly time?: 'server' | 'clock';
}

/** Records of leases and of deleted documents are kept so long after their last use: no worker lives a tenth of it. */
const KEEP_MS = 30 * 86_400_000;

/**
 * Documents, leases, marks and buckets in Redis 5 or newer, or Tair. Every operation is one script and bears being sent
 * twice: what was done under the same nonce is answered again. What a failover can lose, and why nothing is done twice for it:
 * ADR 0019.
 */
export class RedisStateStore implements StateStore {
  private readonly clock: Clock;
  private readonly connection: RedisConnection;
  private readonly prefix: string;

  constructor({ settings, clock, time = 'server' }: RedisStateStoreOptions) {
    this.clock = clock;
    this.prefix = `{${settings.namespace}}:`;
    this.connection = new RedisConnection(settings, {
      eraKey: this.era,
      time: () => (time === 'server' ? '' : String(clock.now())),
    });
  }

  /** Closes the connection; the store can be used again all the same. */
  close(): void {
    this.connection.close();
  }

  async tellTime(): Promise<Instant> {
    return instant(Number(await this.ask(scripts.TELL_TIME, [this.era], [])));
  }

  async acquireLease(name: string, holder: string, span: Millis): Promise<Lease | null> {
    const expiresAt = plus(this.clock.now(), span);
    const values = [holder, span, randomUUID(), KEEP_MS + span];
    const token = await this.change(scripts.ACQUIRE, [this.key('lease', name)], values);
    return token === null ? null : { name, holder, token: Number(token), expiresAt };
  }

  async renewLease(lease: Lease, span: Millis): Promise<Lease | null> {
    const expiresAt = plus(this.clock.now(), span);
    const values = [lease.token, span, KEEP_MS + span];
    const isRenewed = await this.change(scripts.RENEW, [this.key('lease', lease.name)], values);
    return isRenewed === 1 ? { ...lease, expiresAt } : null;
  }

  async releaseLease({ name, token }: Lease): Promise<void> {
    await this.change(scripts.RELEASE, [this.key('lease', name)], [token]);
  }

  async isFenced({ name, token }: Lease): Promise<boolean> {
    return (await this.ask(scripts.IS_FENCED, [this.key('lease', name)], [token])) === 1;
  }

  async read(key: string): Promise<StoredDocument | null> {
    const found = await this.ask(scripts.READ, [this.key('document', key), this.era], []);
    const [version, value, isDoubtful] = found as readonly (string | number | null)[];
    if (typeof value !== 'string') return null;
    const document = { value: parsed(value, key), version: Number(version) };
    return isDoubtful === 1 ? { ...document, isDoubtful: true } : document;
  }

  async compareAndSet(
    key: string,
    value: unknown,
    expectedVersion: number | null,
    fence?: Lease,
  ): Promise<WriteResult> {
    const keys = [this.key('document', key), this.index, this.era];
    if (fence !== undefined) keys.push(this.key('lease', fence.name));
    const values = [key, JSON.stringify(value), expectedVersion ?? '', fence?.token ?? ''];
    const result = await this.change(scripts.COMPARE_AND_SET, keys, [...values, randomUUID()]);
    return result as WriteResult;
  }

  async delete(key: string): Promise<void> {
    const keys = [this.key('document', key), this.index];
    await this.change(scripts.DELETE, keys, [key, KEEP_MS]);
  }

  async list(prefix: string): Promise<readonly string[]> {
    const keys = (await this.ask(scripts.LIST, [this.index], [prefix])) as readonly string[];
    return [...keys].sort();
  }

  async markDirty(name: string, mark: DirtyMark): Promise<void> {
    const values = [JSON.stringify(mark), MARKS_MAX];
    await this.change(scripts.MARK, [this.key('marks', name)], values);
  }

  async clearDirty(name: string): Promise<readonly DirtyMark[]> {
    const marks = await this.change(scripts.CLEAR, [this.key('marks', name)], []);
    return (marks as readonly string[]).map((mark) => parsed(mark, name) as DirtyMark);
  }

  async isDirty(name: string): Promise<boolean> {
    return (await this.ask(scripts.IS_MARKED, [this.key('marks', name)], [])) === 1;
  }

  async takeTokens(bucket: string, request: TokenRequest): Promise<TokenGrant> {
    checkTokenRequest(request);
    const { count, capacity, refillPerMinute, reserve } = request;
    const values = [count, capacity, refillPerMinute, reserve, TOKEN_PARTS];
    const wait = Number(await this.change(scripts.TAKE, [this.key('bucket', bucket)], values));
    return { isGranted: wait < 0, waitMs: Math.max(0, wait) };
  }

  private get index(): string {
    return `${this.prefix}documents`;
  }

  private get era(): string {
    return `${this.prefix}era`;
  }

  private key(kind: 'document' | 'lease' | 'marks' | 'bucket', name: string): string {
    return `${this.prefix}${kind}:${name}`;
  }

  private ask(
    script: string,
    keys: readonly string[],
    values: ScriptCall['values'],
  ): Promise<unknown> {
    return this.connection.run({ script, keys, values, isChange: false });
  }

  private change(
    script: string,
    keys: readonly string[],
    values: ScriptCall['values'],
  ): Promise<unknown> {
    return this.connection.run({ script, keys, values, isChange: true });
  }
}

function parsed(text: string, key: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new StoreUnavailable(`what the Redis store has of ${key} is damaged: it is no JSON`);
  }
}
