import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Lease } from '../../domain/tick';
import { type Instant, type Millis } from '../../domain/units';
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
import {
  errorCode,
  fileName,
  keyOfFileName,
  namesIn,
  readRecord,
  removeLeftovers,
  writeRecord,
} from './durable-file';
import { underLock } from './file-lock';

const FOLDERS = ['documents', 'leases', 'dirty', 'buckets'] as const;

/** Versions of deleted documents are kept so long: no worker lives a tenth of it. */
const KEEP_MS = 30 * 86_400_000;
/** The rest follows with the next list. */
const FORGOTTEN_AT_ONCE = 200;

export interface FileStateStoreOptions {
  readonly folder: string;
  readonly clock: Clock;
  /** Longest wait for other processes. Default 3 s. */
  readonly lockWaitMs?: number | undefined;
}

/**
 * Documents, leases, marks and buckets as files of one folder, shared by the processes of one machine. Each file is replaced as a
 * whole and flushed; changes exclude one another by a lock that dies with its holder. A crash at any point leaves every
 * document old or new. The folder may be deleted at any time: it is then empty, and tokens go on growing.
 */
export class FileStateStore implements StateStore {
  private readonly folder: string;
  private readonly clock: Clock;
  private readonly lockWaitMs: number;
  private isSwept = false;

  constructor(options: FileStateStoreOptions) {
    this.folder = options.folder;
    this.clock = options.clock;
    this.lockWaitMs = options.lockWaitMs ?? 3000;
  }

  tellTime(): Promise<Instant> {
    return Promise.resolve(this.clock.now());
  }

  acquireLease(name: string, holder: string, span: Millis): Promise<Lease | null> {
    return this.change(() => {
      const record = grantedLease(this.leaseRecord(name), { name, holder, span }, this.clock.now());
      if (record !== null) writeRecord(this.path('leases', name), record);
      return record?.lease ?? null;
    });
  }

  renewLease(lease: Lease, span: Millis): Promise<Lease | null> {
    return this.change(() => {
      const renewed = renewedLease(this.leaseRecord(lease.name), lease, span, this.clock.now());
      const { name, token } = lease;
      if (renewed !== null)
        writeRecord(this.path('leases', name), { token, lease: renewed } satisfies LeaseRecord);
      return renewed;
    });
  }

  async releaseLease({ name, token }: Lease): Promise<void> {
    await this.change(() => {
      const isCurrent = this.leaseRecord(name)?.token === token;
      if (isCurrent)
        writeRecord(this.path('leases', name), { token, lease: null } satisfies LeaseRecord);
    });
  }

  isFenced(lease: Lease): Promise<boolean> {
    return this.attempt(() => isFenced(this.leaseRecord(lease.name), lease));
  }

  read(key: string): Promise<StoredDocument | null> {
    return this.attempt(() => {
      const document = this.document(key);
      if (document === undefined || document.isDeleted) return null;
      return { value: document.value, version: document.version };
    });
  }

  compareAndSet(
    key: string,
    value: unknown,
    expectedVersion: number | null,
    fence?: Lease,
  ): Promise<WriteResult> {
    return this.change(() => {
      const document = this.document(key);
      const fenceRecord = fence === undefined ? undefined : this.leaseRecord(fence.name);
      const result = writeResult({ document, expectedVersion, fence, fenceRecord });
      if (result === 'stored')
        writeRecord(
          this.path('documents', key),
          writtenDocument(document, value, this.clock.now()),
        );
      return result;
    });
  }

  async delete(key: string): Promise<void> {
    await this.change(() => {
      const document = this.document(key);
      if (document === undefined || document.isDeleted) return;
      const deleted: DocumentRecord = { version: document.version + 1, isDeleted: true };
      writeRecord(this.path('documents', key), deleted);
    });
  }

  async list(prefix: string): Promise<readonly string[]> {
    const deleted: string[] = [];
    const keys = await this.attempt(() =>
      keysIn(join(this.folder, 'documents'))
        .filter((key) => key.startsWith(prefix))
        .filter((key) => {
          const document = this.document(key);
          if (document?.isDeleted === true) deleted.push(key);
          return document?.isDeleted === false;
        })
        .sort(),
    );
    await this.forget(deleted);
    return keys;
  }

  async markDirty(name: string, mark: DirtyMark): Promise<void> {
    await this.change(() =>
      writeRecord(this.path('dirty', name), withMark(this.marks(name), mark)),
    );
  }

  clearDirty(name: string): Promise<readonly DirtyMark[]> {
    return this.change(() => {
      const marks = this.marks(name);
      rmSync(this.path('dirty', name), { force: true });
      return marks;
    });
  }

  isDirty(name: string): Promise<boolean> {
    return this.attempt(() => this.marks(name).length > 0);
  }

  takeTokens(bucket: string, request: TokenRequest): Promise<TokenGrant> {
    return this.change(() => {
      checkTokenRequest(request);
      const path = this.path('buckets', bucket);
      const known = readRecord(path) as BucketRecord | undefined;
      const { record, grant } = takenTokens(known, request, this.clock.now());
      if (record !== known) writeRecord(path, record);
      return grant;
    });
  }

  /** Versions of long ago are asked for by nobody any more, and new ones are above them by the clock. Left for the next time where it fails. */
  private async forget(deleted: readonly string[]): Promise<void> {
    const old = deleted.filter((key) => this.isOld(key)).slice(0, FORGOTTEN_AT_ONCE);
    if (old.length === 0) return;
    const remove = (): void => {
      for (const key of old)
        if (this.document(key)?.isDeleted === true)
          rmSync(this.path('documents', key), { force: true });
    };
    await this.change(remove).catch(() => undefined);
  }

  private isOld(key: string): boolean {
    const status = statSync(this.path('documents', key), { throwIfNoEntry: false });
    return status !== undefined && Date.now() - status.mtimeMs > KEEP_MS;
  }

  private path(kind: (typeof FOLDERS)[number], key: string): string {
    return join(this.folder, kind, `${fileName(key)}.json`);
  }

  private document(key: string): DocumentRecord | undefined {
    return readRecord(this.path('documents', key)) as DocumentRecord | undefined;
  }

  private leaseRecord(name: string): LeaseRecord | undefined {
    return readRecord(this.path('leases', name)) as LeaseRecord | undefined;
  }

  private marks(name: string): readonly DirtyMark[] {
    return (readRecord(this.path('dirty', name)) as readonly DirtyMark[] | undefined) ?? [];
  }

  private change<T>(section: () => T): Promise<T> {
    return this.attempt(() =>
      underLock({ path: join(this.folder, 'lock'), waitMaxMs: this.lockWaitMs }, () => {
        if (!this.isSwept) this.sweep();
        return section();
      }),
    );
  }

  /** What killed processes left behind; nothing of it was ever part of the store. */
  private sweep(): void {
    this.isSwept = true;
    const now = Date.now();
    for (const folder of ['.', ...FOLDERS]) removeLeftovers(join(this.folder, folder), now);
  }

  private async attempt<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof StoreUnavailable || error instanceof RangeError) throw error;
      throw new StoreUnavailable(
        `the state folder cannot be used (${errorCode(error) || String(error)})`,
        { cause: error },
      );
    }
  }
}

const keysIn = (folder: string): readonly string[] =>
  namesIn(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => keyOfFileName(name.slice(0, -'.json'.length)));
