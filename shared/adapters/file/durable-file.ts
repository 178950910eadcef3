import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { StoreUnavailable } from '../../ports/state-store';

const checksum = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** The system's code of an error (`ENOENT`), else empty. */
export const errorCode = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';

/** A name that any file system takes. Example: `pool/web` → `pool%2Fweb`. */
export function fileName(key: string): string {
  const name = encodeURIComponent(key).replaceAll('.', '%2E').replaceAll('*', '%2A');
  if (name.length > 200)
    throw new RangeError(`the key ${key.slice(0, 40)}… is too long for a file name`);
  return name;
}

export const keyOfFileName = (name: string): string => decodeURIComponent(name);

/** Whole or not at all: written beside its place, flushed to the disk, then renamed over it. */
export function writeDurably(path: string, content: string | Uint8Array): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true });
  const temporary = join(folder, `.${process.pid}-${randomUUID()}.tmp`);
  try {
    const file = openSync(temporary, 'wx', 0o600);
    try {
      const bytes = Buffer.from(content as Uint8Array);
      for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  flushFolder(folder);
}

/** Makes the rename itself survive a power cut; not every file system offers it. */
function flushFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } catch (error) {
    if (!['EINVAL', 'EPERM', 'EISDIR'].includes(errorCode(error))) throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** A JSON value with its checksum in front. */
export const writeRecord = (path: string, value: unknown): void => {
  const text = JSON.stringify(value);
  writeDurably(path, `${checksum(text)}\n${text}`);
};

/** The value, undefined if there is no file. Throws `StoreUnavailable` when the file is damaged: nothing is concluded from it. */
export function readRecord(path: string): unknown {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  const [sum, text] = [content.slice(0, 64), content.slice(65)];
  if (checksum(text) === sum) return JSON.parse(text) as unknown;
  throw new StoreUnavailable(
    `${path} is damaged: its checksum does not match. Move it away to start without it.`,
  );
}

/** Age from which a half-written file of a killed process is taken away. */
const LEFTOVER_AGE_MS = 3_600_000;

/** Removes drafts of files and locks that killed processes left in a folder. */
export function removeLeftovers(folder: string, now: number): void {
  const isDraft = (name: string): boolean => name.endsWith('.tmp') || name.startsWith('lock.');
  for (const name of namesIn(folder).filter(isDraft)) {
    const path = join(folder, name);
    const status = statSync(path, { throwIfNoEntry: false });
    if (status !== undefined && now - status.mtimeMs > LEFTOVER_AGE_MS)
      rmSync(path, { force: true });
  }
}

/** Names in a folder; none when there is no such folder. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
