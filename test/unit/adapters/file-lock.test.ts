import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MACHINE, underLock } from '../../../shared/adapters/file/file-lock';
import { StoreUnavailable } from '../../../shared/ports/state-store';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evenkeel-lock-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const path = (): string => join(folder, 'lock');
const heldBy = (
  owner: { readonly host: string; readonly pid: number; readonly began?: string },
  ageSeconds: number,
): void => {
  writeFileSync(path(), JSON.stringify({ id: 'somebody', began: '', ...owner }));
  const at = Date.now() / 1000 - ageSeconds;
  utimesSync(path(), at, at);
};
const take = (): Promise<string> => underLock({ path: path(), waitMaxMs: 100 }, () => 'had it');

describe('a lock that somebody left behind', () => {
  it('on another machine is taken over once it is older than any section can be', async () => {
    heldBy({ host: 'another-instance', pid: 7 }, 31);
    await expect(take()).resolves.toBe('had it');
  });

  it('on another machine is respected while it is young', async () => {
    heldBy({ host: 'another-instance', pid: 7 }, 5);
    await expect(take()).rejects.toThrow(StoreUnavailable);
  });

  it('of a living process of this machine is respected whatever its age', async () => {
    heldBy({ host: MACHINE, pid: process.ppid }, 3600);
    await expect(take()).rejects.toThrow(StoreUnavailable);
  });

  it('of a process of this machine that is gone is taken over at once', async () => {
    heldBy({ host: MACHINE, pid: 4_000_000 }, 0);
    await expect(take()).resolves.toBe('had it');
  });

  it('of this very process is taken over: it could not be removed, and nothing is under way', async () => {
    heldBy({ host: MACHINE, pid: process.pid, began: ownBeginning() }, 0);
    await expect(take()).resolves.toBe('had it');
  });
});

/** As the lock itself reads it: the kernel's start time of this process, empty elsewhere than on Linux. */
function ownBeginning(): string {
  try {
    const status = readFileSync('/proc/self/stat', 'utf8');
    return status.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
