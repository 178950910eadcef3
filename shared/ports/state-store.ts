import { type Lease } from '../domain/tick';
import { type Instant, type Millis } from '../domain/units';

export interface StoredDocument {
  readonly value: unknown;
  /** What compare-and-set compares. Grows with each write, and never repeats, even when the store was lost. */
  readonly version: number;
  /** Present when the store was replaced since by a copy that may lack the newest writes: this may not be the last value. */
  readonly isDoubtful?: true;
}

export type WriteResult = 'stored' | 'conflict' | 'fenced';

export interface DirtyMark {
  readonly reason: string;
  readonly at: number;
}

/** What is asked of a bucket, and what kind of bucket it is: whoever asks says so, so that a changed policy holds at once. */
export interface TokenRequest {
  readonly count: number;
  /** Most tokens that the bucket holds. */
  readonly capacity: number;
  readonly refillPerMinute: number;
  /** Tokens that must be left for more urgent calls. */
  readonly reserve: number;
}

export interface TokenGrant {
  readonly isGranted: boolean;
  /** Until as many would be there, as things stand; 0 when granted. */
  readonly waitMs: number;
}

/**
 * Small documents, leases, dirty marks and token buckets. Throws `StoreUnavailable` when it cannot be reached: nothing may be written
 * to the cloud then. One contract suite runs over every adapter.
 */
export interface StateStore {
  /** What the store's own clock shows: all who share the store can go by it. */
  tellTime(): Promise<Instant>;
  /** Null when somebody else holds it. Tokens grow with every acquisition of the name and never repeat. */
  acquireLease(name: string, holder: string, span: Millis): Promise<Lease | null>;
  /** Null when the lease was lost. Keeps the token. */
  renewLease(lease: Lease, span: Millis): Promise<Lease | null>;
  releaseLease(lease: Lease): Promise<void>;
  /** Whether a document would be refused under this lease: the store knows another token. For what it cannot fence itself. */
  isFenced(lease: Lease): Promise<boolean>;
  read(key: string): Promise<StoredDocument | null>;
  /**
   * Stores `value` if the document still has `expectedVersion` (null: if there is none) and, with `fence`, if that is the
   * newest token of its lease that the store knows of.
   */
  compareAndSet(
    key: string,
    value: unknown,
    expectedVersion: number | null,
    fence?: Lease,
  ): Promise<WriteResult>;
  delete(key: string): Promise<void>;
  list(prefix: string): Promise<readonly string[]>;
  /** Marks first, then enqueue: a mark set while the holder runs makes it run again. */
  markDirty(name: string, mark: DirtyMark): Promise<void>;
  /** Takes the marks away and returns them. The holder does this *before* it observes. */
  clearDirty(name: string): Promise<readonly DirtyMark[]>;
  isDirty(name: string): Promise<boolean>;
  /**
   * Takes all of `count` tokens or none, by the store's clock. A bucket that nobody has used is full. Throws `RangeError`
   * for a request that no bucket of that capacity could ever grant.
   */
  takeTokens(bucket: string, request: TokenRequest): Promise<TokenGrant>;
}

export class StoreUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreUnavailable';
  }
}
