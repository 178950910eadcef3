import { appendFileSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Instant } from '../../domain/units';
import { namesIn } from './durable-file';

const HOUR_MS = 3_600_000;
/** What is written is counted in blocks of this size, as file systems do. */
const BLOCK_BYTES = 512;
const WHOLE = 'whole';
const BLOCKS = 'blocks';

/** One hour of an archive: lines of its pools, and apart from them its whole ticks. */
export interface ArchiveHour {
  readonly name: string;
  readonly path: string;
  /** Folder of the whole ticks; may not exist. */
  readonly wholePath: string;
}

/** Example: 2026-11-21T03:59:59Z is in the hour `2026-11-21T03`. */
export const hourNameOf = (at: number): string => new Date(at).toISOString().slice(0, 13);

export function hourIn(folder: string, name: string): ArchiveHour {
  const path = join(folder, name);
  return { name, path, wholePath: join(path, WHOLE) };
}

/** Hours that an archive has, oldest first. */
export const hoursIn = (folder: string): readonly ArchiveHour[] =>
  namesIn(folder)
    .filter((name) => /^\d{4}-\d\d-\d\dT\d\d$/.test(name))
    .toSorted()
    .map((name) => hourIn(folder, name));

export const startOf = ({ name }: ArchiveHour): number => Date.parse(`${name}:00:00Z`);
export const endOf = (hour: ArchiveHour): number => startOf(hour) + HOUR_MS;
export const dayOf = (at: Instant): string => new Date(at).toISOString().slice(0, 10);

/**
 * Counts what is about to be written into a folder, so that its size is known without a look at its files: a byte for each block.
 * Appending needs no lock among processes; a crash after it counts a tick too much, never one too few.
 */
export function countIn(folder: string, bytes: number): void {
  mkdirSync(folder, { recursive: true });
  appendFileSync(join(folder, BLOCKS), '.'.repeat(Math.ceil(bytes / BLOCK_BYTES)));
}

/** Bytes that were counted in a folder; 0 when there is none. */
export const countedIn = (folder: string): number =>
  (statSync(join(folder, BLOCKS), { throwIfNoEntry: false })?.size ?? 0) * (BLOCK_BYTES + 1);
