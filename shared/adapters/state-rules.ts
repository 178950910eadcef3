import { type Lease } from '../domain/tick';
import { type Instant, type Millis, plus } from '../domain/units';
import { type DirtyMark, type WriteResult } from '../ports/state-store';

/** What a store keeps of one lease name. */
export interface LeaseRecord {
  /** Newest token handed out; kept after the lease is over, so that none is handed out twice. */
  readonly token: number;
  readonly lease: Lease | null;
}

/** What a store keeps of one document. The version outlives the value: a writer that knows an old one never matches a new one. */
export interface DocumentRecord {
  readonly value?: unknown;
  readonly version: number;
  readonly isDeleted: boolean;
}

export interface LeaseRequest {
  readonly name: string;
  readonly holder: string;
  readonly span: Millis;
}

/**
 * The record after handing out the lease, or null while it is held, be it under the same holder's name: two invocations
 * may share one. Tokens are never below the clock, so that they go on growing even when the store was lost.
 */
export function grantedLease(
  record: LeaseRecord | undefined,
  request: LeaseRequest,
  now: Instant,
): (LeaseRecord & { readonly lease: Lease }) | null {
  const held = record?.lease ?? null;
  if (held !== null && held.expiresAt > now) return null;
  const token = Math.max((record?.token ?? 0) + 1, now);
  const { name, holder, span } = request;
  return { token, lease: { name, holder, token, expiresAt: plus(now, span) } };
}

/** The lease with a new end and its old token; null when it ran out, was released or passed on. */
export function renewedLease(
  record: LeaseRecord | undefined,
  lease: Lease,
  span: Millis,
  now: Instant,
): Lease | null {
  const held = record?.lease ?? null;
  if (held?.token !== lease.token || held.expiresAt <= now) return null;
  return { ...held, expiresAt: plus(now, span) };
}

/**
 * Whether this token is not the newest known. A higher one is refused as well: the store has lost the acquisition that it
 * stands for. Where the store knows of none at all, nobody else has one.
 */
export const isFenced = (record: LeaseRecord | undefined, lease: Lease): boolean =>
  record !== undefined && record.token !== lease.token;

export interface WriteAttempt {
  readonly document: DocumentRecord | undefined;
  readonly expectedVersion: number | null;
  readonly fence: Lease | undefined;
  readonly fenceRecord: LeaseRecord | undefined;
}

/** Whether a document may be written. An old token is told before a version that does not match. */
export function writeResult({
  document,
  expectedVersion,
  fence,
  fenceRecord,
}: WriteAttempt): WriteResult {
  if (fence !== undefined && isFenced(fenceRecord, fence)) return 'fenced';
  const version = document === undefined || document.isDeleted ? null : document.version;
  return version === expectedVersion ? 'stored' : 'conflict';
}

/**
 * The document with its new value. Versions are never below the clock, for the same reason as tokens: whoever read a version
 * that the store has lost since does not meet its number again under another value.
 */
export const writtenDocument = (
  before: DocumentRecord | undefined,
  value: unknown,
  now: Instant,
): DocumentRecord => ({
  value,
  version: Math.max((before?.version ?? 0) + 1, now),
  isDeleted: false,
});

/** Marks kept per name: a storm of alarms needs no more to be seen. */
export const MARKS_MAX = 100;

export const withMark = (marks: readonly DirtyMark[], mark: DirtyMark): readonly DirtyMark[] =>
  [...marks, mark].slice(-MARKS_MAX);
