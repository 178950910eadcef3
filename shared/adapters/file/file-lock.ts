import { randomUUID } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { StoreUnavailable } from '../../ports/state-store';
import { errorCode } from './durable-file';

interface Owner {
  readonly id: string;
  readonly pid: number;
  /** Where its process can be seen: see `MACHINE`. */
  readonly host: string;
  /** When the process began, as the kernel counts it: a process id alone may have been given to another process. */
  readonly began: string;
}

/** The start time of a process (Linux); empty where it cannot be told. */
function beginningOf(pid: number): string {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return status.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function orEmpty(read: () => string): string {
  try {
    return read().trim();
  } catch {
    return '';
  }
}

/**
 * Whose processes are seen from here: those of this start of this machine, and in a container those of this container alone. Names
 * are not enough: instances of a function and containers of a host may be called alike. Where Linux does not tell, the name decides.
 */
export const MACHINE = [
  hostname(),
  orEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
  orEmpty(() => readlinkSync('/proc/self/ns/pid')),
].join('/');

const OWN = { pid: process.pid, host: MACHINE, began: beginningOf(process.pid) };

function isRunning({ pid, began }: Owner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
  return began === '' || beginningOf(pid) === began;
}

/**
 * On this machine only a process that is gone loses its lock, never one that is slow: a slow one would go on writing without
 * it. A lock of our own that we come upon was left behind when it could not be removed, since sections run to their end
 * without a pause. Of other machines that share the folder no process can be seen, so there the lock's age decides.
 */
function isAbandoned(owner: Owner, ageMs: number, staleAfterMs: number): boolean {
  if (owner.host !== OWN.host) return ageMs > staleAfterMs;
  return (owner.pid === OWN.pid && owner.began === OWN.began) || !isRunning(owner);
}

/** Age of the lock by the folder's own clock, which a file written now tells: machines may disagree about the time. */
function ageOf(path: string): number {
  const probe = `${path}.${randomUUID()}`;
  try {
    writeFileSync(probe, '', { mode: 0o600 });
    return statSync(probe).mtimeMs - statSync(path).mtimeMs;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 0;
    throw error;
  } finally {
    rmSync(probe, { force: true });
  }
}

function ownerOf(path: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Owner;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Creates the lock file with its content in one step (a link to a finished file), or tells that it exists. */
function tryCreate(path: string, owner: Owner): boolean {
  const draft = `${path}.${owner.id}`;
  writeFileSync(draft, JSON.stringify(owner), { flag: 'wx', mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Takes an abandoned lock away. Breakers of the same owner exclude one another by a lock named after that owner, and look
 * again once they have it, so that none can take away the lock of whoever came next. A breaker that dies is broken likewise.
 */
function breakAbandoned(path: string, abandoned: Owner, staleAfterMs: number): void {
  const breaking = `${path}.break-${abandoned.id.slice(0, 8)}`;
  const breaker = tryLock(breaking, staleAfterMs);
  if (breaker === null) return;
  unlock(path, abandoned.id);
  unlock(breaking, breaker);
}

const unlock = (path: string, ownerId: string): void => {
  if (ownerOf(path)?.id === ownerId) rmSync(path, { force: true });
};

/** The id under which the lock is now held, or null. */
function tryLock(path: string, staleAfterMs: number): string | null {
  const id = randomUUID();
  if (tryCreate(path, { id, ...OWN })) return id;
  const owner = ownerOf(path);
  if (owner === undefined) return null;
  const ageMs = owner.host === OWN.host ? 0 : ageOf(path);
  if (isAbandoned(owner, ageMs, staleAfterMs)) breakAbandoned(path, owner, staleAfterMs);
  return null;
}

export interface LockSettings {
  readonly path: string;
  /** Longest wait for the lock; its holders need milliseconds. */
  readonly waitMaxMs: number;
  /** Age from which on the lock of another machine's process is taken for abandoned. Default 30 s: ten thousand times a section. */
  readonly staleAfterMs?: number;
}

/**
 * Runs `section` while no other process runs one under the same lock. The section is synchronous: it cannot be frozen
 * half-way at an `await`. Throws `StoreUnavailable` when the lock is not had in time.
 */
export async function underLock<T>(
  { path, waitMaxMs, staleAfterMs = 30_000 }: LockSettings,
  section: () => T,
): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  const end = performance.now() + waitMaxMs;
  for (;;) {
    const id = tryLock(path, staleAfterMs);
    if (id !== null) return runThenUnlock(path, id, section);
    if (performance.now() > end)
      throw new StoreUnavailable(`${path} was held for ${waitMaxMs} ms by a process that is alive`);
    await new Promise((resolve) => setTimeout(resolve, 1 + Math.random() * 4));
  }
}

function runThenUnlock<T>(path: string, id: string, section: () => T): T {
  try {
    return section();
  } finally {
    unlock(path, id);
  }
}
