import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FileStateStore } from '../../shared/adapters/file/file-state-store';
import { SystemClock } from '../../shared/adapters/system/system-clock';
import { millis } from '../../shared/domain/units';

const workshop = mkdtempSync(join(tmpdir(), 'evenkeel-kill-'));
const script = join(workshop, 'store-steps.js');
const BUCKET = { count: 1, capacity: 2, refillPerMinute: 1, reserve: 0 };
/** More changes of the disk than all operations together need. */
const CHANGES_MAX = 400;

beforeAll(() => {
  execFileSync(join(__dirname, '../../node_modules/.bin/esbuild'), [
    join(__dirname, '../support/store-steps.ts'),
    `--outfile=${script}`,
    ...['--bundle', '--platform=node', '--target=node20', '--log-level=error'],
  ]);
});
afterAll(() => rmSync(workshop, { recursive: true, force: true }));

/** A store with something in it that the killed process changes, deletes and takes away. */
async function aStore(folder: string): Promise<FileStateStore> {
  const store = new FileStateStore({ folder, clock: new SystemClock(), lockWaitMs: 1000 });
  await store.compareAndSet('old', 'stays until it is deleted', null);
  await store.markDirty('web', { reason: 'first', at: 1 });
  await store.markDirty('api', { reason: 'first', at: 1 });
  return store;
}

/** What the store says of each operation: 1 done, 0 not done; anything else is neither. */
async function stateOf(store: FileStateStore): Promise<Readonly<Record<string, number>>> {
  const document = await store.read('k');
  const marks = (await store.clearDirty('web')).map(({ reason }) => reason).join();
  const isTaken = !(await store.takeTokens('slb', { ...BUCKET, count: 2 })).isGranted;
  const value = document?.value as { readonly ballast: string; readonly turn: number } | undefined;
  return {
    stored: document === null ? 0 : value?.turn === 1 && value.ballast.length === 2000 ? 1 : -1,
    deleted: (await store.read('old')) === null ? 1 : 0,
    marked: ['first', 'first,second'].indexOf(marks),
    cleared: (await store.isDirty('api')) ? 0 : 1,
    taken: isTaken ? 1 : 0,
  };
}

const ORDER = ['stored', 'deleted', 'marked', 'cleared', 'taken'];

describe('a file store whose process is killed at any change of the disk, of a write after half of its bytes', () => {
  it('has each operation whole or not at all, all that were told, and goes on', async () => {
    let kills = 0;
    for (let count = 1; count < CHANGES_MAX; count += 1) {
      const folder = join(workshop, `store-${count}`);
      const store = await aStore(folder);
      const child = spawnSync(process.execPath, [script, folder, String(count)], {
        encoding: 'utf8',
      });
      const told = child.stdout.split('\n').filter((line) => line !== '');
      const state = await stateOf(store);
      for (const what of ORDER) {
        const allowed = told.includes(what) ? [1] : [0, 1];
        const isWhole = allowed.includes(state[what] ?? -1);
        expect({ count, what, isWhole }).toEqual({ count, what, isWhole: true });
      }
      const lease = await store.acquireLease('web', 'next', millis(1000));
      if (told.includes('released')) expect(lease).not.toBeNull();
      else if (told.includes('leased') && !told.includes('taken')) expect(lease).toBeNull();
      expect(readdirSync(folder)).not.toContain('lock');
      rmSync(folder, { recursive: true });
      if (child.signal === null) break;
      kills += 1;
    }
    expect(kills).toBeGreaterThan(60);
    expect(kills).toBeLessThan(CHANGES_MAX - 1);
  }, 120_000);
});
