import { type Instant } from './units';

/**
 * Versions of the policy that the store keeps; the oldest go first. Fifty are weeks of changes, and their list stays a document
 * of some 20 KB, which is read at every invocation.
 */
export const POLICY_VERSIONS_KEPT = 50;

/** Largest policy that the store takes, in bytes: it fits into one value of every kind of store, with room to spare. */
export const POLICY_BYTES_MAX = 512 * 1024;

/** One policy that was put into the store, apart from its text. */
export interface PolicyVersion {
  /** Counts up by one, from 1. */
  readonly version: number;
  /** Hash of the policy as the program read it that stored it. */
  readonly hash: string;
  readonly regionId: string;
  readonly by: string;
  readonly at: Instant;
  readonly note: string;
  /** The older version whose text it brings back; null for a text that was pushed. */
  readonly restores: number | null;
  readonly bytes: number;
  /** Document that holds the text; no two versions share one. */
  readonly textKey: string;
}

/** The document that says which policies there are. */
export interface PolicyHead {
  /** Newest first. */
  readonly versions: readonly [PolicyVersion, ...(readonly PolicyVersion[])];
}

/** A document of the store is a list of versions as this program knows it. */
export function isPolicyHead(value: unknown): value is PolicyHead {
  const versions: unknown =
    typeof value === 'object' && value !== null && 'versions' in value ? value.versions : null;
  return Array.isArray(versions) && versions.length > 0 && versions.every(isPolicyVersion);
}

function isPolicyVersion(value: unknown): value is PolicyVersion {
  if (typeof value !== 'object' || value === null) return false;
  const one = value as Readonly<Record<string, unknown>>;
  const texts = [one['hash'], one['regionId'], one['by'], one['note'], one['textKey']];
  const numbers = [one['version'], one['at'], one['bytes'], one['restores'] ?? 0];
  return (
    texts.every((text) => typeof text === 'string') &&
    numbers.every((number) => Number.isSafeInteger(number))
  );
}
