import { execFileSync, type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { MACHINE } from '../../shared/adapters/file/file-lock';
import { FileStateStore } from '../../shared/adapters/file/file-state-store';
import { SystemClock } from '../../shared/adapters/system/system-clock';
import { millis } from '../../shared/domain/units';
import { StoreUnavailable } from '../../shared/ports/state-store';

const workshop = mkdtempSync(join(tmpdir(), 'evenkeel-crash-'));
const script = join(workshop, 'store-writer.js');
const children: ChildProcess[] = [];
let folder: string;
let turn = 0;

beforeAll(() => {
  // The program rather than the library: the library's worker outlives the build and can keep this process from ending.
  execFileSync(join(__dirname, '../../node_modules/.bin/esbuild'), [
    join(__dirname, '../support/store-writer.ts'),
    `--outfile=${script}`,
    '--bundle',
    '--platform=node',
    '--target=node20',
    '--log-level=error',
  ]);
});
beforeEach(() => {
  folder = join(workshop, `store-${(turn += 1)}`);
});
afterAll(() => {
  children.forEach((child) => child.kill('SIGKILL'));
  rmSync(workshop, { recursive: true, force: true });
});

const openStore = (): FileStateStore =>
  new FileStateStore({ folder, clock: new SystemClock(), lockWaitMs: 300 });

interface Writer {
  readonly child: ChildProcess;
  readonly lines: string[];
  readonly ended: Promise<unknown>;
  reached(line: number): Promise<void>;
}

function startWriter(count: number): Writer {
  const child = spawn(process.execPath, [script, folder, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  const waiting = new Set<() => void>();
  reader.on('line', (line) => {
    lines.push(line);
    waiting.forEach((look) => look());
  });
  return {
    child,
    lines,
    ended: new Promise((resolve) => child.once('close', resolve)),
    reached: (line) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (lines.length < line) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}

describe('a file store whose writers are killed', () => {
  it('has every document whole, loses no write that was told, and goes on at once', async () => {
    let told = 0;
    for (let round = 0; round < 12; round += 1) {
      const writer = startWriter(10_000);
      await writer.reached(2);
      // A moment that differs each round, in the midst of whatever it was doing.
      const end = performance.now() + round * 1.7;
      while (performance.now() < end) await new Promise((resolve) => setImmediate(resolve));
      writer.child.kill('SIGKILL');
      await writer.ended;
      told = Math.max(told, ...writer.lines.slice(1).map(Number).filter(Number.isInteger));
      const document = await openStore().read('count');
      const { count, ballast } = document!.value as { count: number; ballast: string };
      expect(count).toBeGreaterThanOrEqual(told);
      expect(ballast).toHaveLength(200_000);
    }
    const lastCount = (await openStore().read('count'))!.version;
    expect(await openStore().compareAndSet('count', { count: 0 }, lastCount)).toBe('stored');
  }, 30_000);

  it('counts right when several processes write at once and one is killed', async () => {
    const victim = startWriter(10_000);
    const writers = [startWriter(40), startWriter(40)];
    await victim.reached(5);
    victim.child.kill('SIGKILL');
    await Promise.all([victim.ended, ...writers.map(({ ended }) => ended)]);
    const told = [victim, ...writers].flatMap(({ lines }) => lines.slice(1).map(Number));
    expect(new Set(told).size).toBe(told.length);
    const document = await openStore().read('count');
    const { count } = document!.value as { count: number };
    expect(count).toBeGreaterThanOrEqual(told.length);
    expect(count).toBeLessThanOrEqual(told.length + 1);
  }, 30_000);
});

describe('the lock of a file store', () => {
  const lockOf = (pid: number, began = '', host = MACHINE) =>
    JSON.stringify({ id: 'someone', pid, host, began });
  const plant = (content: string): void => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'lock'), content);
  };

  async function endedPid(): Promise<number> {
    const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
    await new Promise((resolve) => child.once('close', resolve));
    return child.pid!;
  }

  it('of a process that is gone is taken over', async () => {
    plant(lockOf(await endedPid()));
    expect(await openStore().acquireLease('web', 'a', millis(1000))).not.toBeNull();
    expect(readdirSync(folder)).not.toContain('lock');
  });

  it('of a process that is gone is taken over though its number belongs to another by now', async () => {
    plant(lockOf(process.pid, '1'));
    const lease = openStore().acquireLease('web', 'a', millis(1000));
    if (process.platform === 'linux') expect(await lease).not.toBeNull();
    else await expect(lease).rejects.toThrow(StoreUnavailable);
  });

  it('of a process that is gone is taken over by one only, however many try', async () => {
    plant(lockOf(await endedPid()));
    const leases = await Promise.all(
      Array.from({ length: 30 }, () => openStore().acquireLease('web', 'a', millis(60_000))),
    );
    expect(leases.filter((lease) => lease !== null)).toHaveLength(1);
  });

  it('is taken over when whoever was taking it over died as well', async () => {
    plant(lockOf(await endedPid()));
    linkSync(join(folder, 'lock'), join(folder, 'lock.break-someone'));
    expect(await openStore().acquireLease('web', 'a', millis(1000))).not.toBeNull();
  });

  it.each([
    ['that is alive', () => lockOf(process.ppid)],
    ['of another machine', () => lockOf(1, '', 'elsewhere')],
    // Containers may be called alike and see none of each other’s processes.
    ['that nobody sees from here', () => lockOf(4_194_303, '', `${hostname()}/boot/pid:[1]`)],
  ])('of a process %s is never taken: the store is unavailable', async (_what, content) => {
    plant(content());
    await expect(openStore().acquireLease('web', 'a', millis(1000))).rejects.toThrow(
      StoreUnavailable,
    );
  });
});

describe('what was deleted from a file store', () => {
  it('leaves its version for a month, and nothing for ever', async () => {
    const store = openStore();
    const path = (name: string): string => join(folder, 'documents', `operations%2F${name}.json`);
    for (const name of ['old', 'new', 'kept']) {
      await store.compareAndSet(`operations/${name}`, 1, null);
      if (name !== 'kept') await store.delete(`operations/${name}`);
    }
    const monthAgo = Date.now() / 1000 - 31 * 86_400;
    for (const name of ['old', 'kept']) utimesSync(path(name), monthAgo, monthAgo);
    expect(await store.list('operations/')).toEqual(['operations/kept']);
    expect(['old', 'new', 'kept'].map((name) => existsSync(path(name)))).toEqual([
      false,
      true,
      true,
    ]);
    expect((await store.read('operations/kept'))?.value).toBe(1);
  });
});

describe('a file store that is damaged', () => {
  it.each([
    ['cut off', (text: string) => text.slice(0, -3)],
    ['changed', (text: string) => text.replace('true', 'fals')],
    ['empty', () => ''],
  ])('by a document that is %s is unavailable, not empty', async (_what, damage) => {
    const store = openStore();
    await store.compareAndSet('k', { flag: true }, null);
    const path = join(folder, 'documents', 'k.json');
    writeFileSync(path, damage(readFileSync(path, 'utf8')));
    await expect(store.read('k')).rejects.toThrow(StoreUnavailable);
    await expect(store.compareAndSet('k', 1, null)).rejects.toThrow(StoreUnavailable);
  });

  it('by a folder that is a file is unavailable', async () => {
    writeFileSync(folder, 'not a folder');
    await expect(openStore().markDirty('web', { reason: 'x', at: 1 })).rejects.toThrow(
      StoreUnavailable,
    );
  });

  it('by its deletion is empty, fences nobody out of a new start, and hands out newer tokens', async () => {
    const store = openStore();
    const before = await store.acquireLease('web', 'a', millis(60_000));
    rmSync(folder, { recursive: true });
    expect(await store.read('k')).toBeNull();
    expect(await store.isDirty('web')).toBe(false);
    const after = await store.acquireLease('web', 'b', millis(60_000));
    expect(after!.token).toBeGreaterThan(before!.token);
    expect(await store.compareAndSet('k', 'late', null, before!)).toBe('fenced');
  });

  it('sweeps up what killed processes left behind an hour ago, and nothing newer', async () => {
    mkdirSync(join(folder, 'documents'), { recursive: true });
    const [old, young] = [
      join(folder, 'documents', '.1-old.tmp'),
      join(folder, 'documents', '.2-young.tmp'),
    ];
    writeFileSync(old, 'half');
    writeFileSync(young, 'half');
    utimesSync(old, new Date(Date.now() - 7_200_000), new Date(Date.now() - 7_200_000));
    await openStore().markDirty('web', { reason: 'x', at: 1 });
    expect(readdirSync(join(folder, 'documents'))).toEqual(['.2-young.tmp']);
  });
});
