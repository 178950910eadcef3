import { type Lease } from '../../domain/tick';
import { type Instant, type Millis } from '../../domain/units';
import { type Clock } from '../../ports/clock';
import {
  type DirtyMark,
  type StateStore,
  type StoredDocument,
  type TokenGrant,
  type TokenRequest,
  type WriteResult,
} from '../../ports/state-store';
import { jsonCopy } from '../json-copy';
import {
  type DocumentRecord,
  grantedLease,
  isFenced,
  type LeaseRecord,
  renewedLease,
  withMark,
  writeResult,
  writtenDocument,
} from '../state-rules';
import { type BucketRecord, checkTokenRequest, takenTokens } from '../token-rules';

/** Documents, leases, marks and buckets in the memory of this process: for tests, simulation and one-process runs. */
export class MemoryStateStore implements StateStore {
  private readonly clock: Clock;
  private readonly documents = new Map<string, DocumentRecord>();
  private readonly leases = new Map<string, LeaseRecord>();
  private readonly marks = new Map<string, readonly DirtyMark[]>();
  private readonly buckets = new Map<string, BucketRecord>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  tellTime(): Promise<Instant> {
    return Promise.resolve(this.clock.now());
  }

  acquireLease(name: string, holder: string, span: Millis): Promise<Lease | null> {
    const record = grantedLease(this.leases.get(name), { name, holder, span }, this.clock.now());
    if (record !== null) this.leases.set(name, record);
    return Promise.resolve(record?.lease ?? null);
  }

  renewLease(lease: Lease, span: Millis): Promise<Lease | null> {
    const renewed = renewedLease(this.leases.get(lease.name), lease, span, this.clock.now());
    if (renewed !== null) this.leases.set(lease.name, { token: lease.token, lease: renewed });
    return Promise.resolve(renewed);
  }

  releaseLease({ name, token }: Lease): Promise<void> {
    if (this.leases.get(name)?.token === token) this.leases.set(name, { token, lease: null });
    return Promise.resolve();
  }

  isFenced(lease: Lease): Promise<boolean> {
    return Promise.resolve(isFenced(this.leases.get(lease.name), lease));
  }

  read(key: string): Promise<StoredDocument | null> {
    const document = this.documents.get(key);
    if (document === undefined || document.isDeleted) return Promise.resolve(null);
    return Promise.resolve({ value: document.value, version: document.version });
  }

  compareAndSet(
    key: string,
    value: unknown,
    expectedVersion: number | null,
    fence?: Lease,
  ): Promise<WriteResult> {
    const document = this.documents.get(key);
    const fenceRecord = fence === undefined ? undefined : this.leases.get(fence.name);
    const result = writeResult({ document, expectedVersion, fence, fenceRecord });
    if (result === 'stored')
      this.documents.set(key, writtenDocument(document, frozenCopy(value), this.clock.now()));
    return Promise.resolve(result);
  }

  delete(key: string): Promise<void> {
    const document = this.documents.get(key);
    if (document?.isDeleted === false)
      this.documents.set(key, { version: document.version + 1, isDeleted: true });
    return Promise.resolve();
  }

  list(prefix: string): Promise<readonly string[]> {
    const keys = [...this.documents].filter(
      ([key, { isDeleted }]) => !isDeleted && key.startsWith(prefix),
    );
    return Promise.resolve(keys.map(([key]) => key).sort());
  }

  markDirty(name: string, mark: DirtyMark): Promise<void> {
    this.marks.set(name, withMark(this.marks.get(name) ?? [], mark));
    return Promise.resolve();
  }

  clearDirty(name: string): Promise<readonly DirtyMark[]> {
    const marks = this.marks.get(name) ?? [];
    this.marks.delete(name);
    return Promise.resolve(marks);
  }

  isDirty(name: string): Promise<boolean> {
    return Promise.resolve(this.marks.has(name));
  }

  async takeTokens(bucket: string, request: TokenRequest): Promise<TokenGrant> {
    checkTokenRequest(request);
    const taken = takenTokens(this.buckets.get(bucket), request, this.clock.now());
    this.buckets.set(bucket, taken.record);
    return Promise.resolve(taken.grant);
  }
}

/** A copy as a store on disk would give it back. Nobody can change it, so that every reader may have the same one. */
const frozenCopy = (value: unknown): unknown => jsonCopy(value, Object.freeze);
