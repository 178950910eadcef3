import { type Lease } from '../domain/tick';
import { type Millis } from '../domain/units';

export interface StoredDocument {
  readonly value: unknown;
  /** Grows by one with each write; what compare-and-set compares. */
  readonly version: number;
}

export type WriteResult = 'stored' | 'conflict' | 'fenced';

export interface DirtyMark {
  readonly reason: string;
  readonly at: number;
}

/**
 * Small documents, leases and dirty marks. Throws `StoreUnavailable` when it cannot be reached: nothing may be written
 * to the cloud then. One contract suite runs over every adapter.
 */
export interface StateStore {
  /** Null when somebody else holds it. Tokens grow with every acquisition of the name and never repeat. */
  acquireLease(name: string, holder: string, span: Millis): Promise<Lease | null>;
  /** Null when the lease was lost. Keeps the token. */
  renewLease(lease: Lease, span: Millis): Promise<Lease | null>;
  releaseLease(lease: Lease): Promise<void>;
  read(key: string): Promise<StoredDocument | null>;
  /**
   * Stores `value` if the document still has `expectedVersion` (null: if there is none) and, with `fence`, if no newer
   * token of that lease has been handed out.
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
}

export class StoreUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreUnavailable';
  }
}
