import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { FileTickArchive } from '../../../shared/adapters/file/file-tick-archive';
import { MemoryTickArchive } from '../../../shared/adapters/memory/memory-tick-archive';
import { type Tick } from '../../../shared/domain/tick';
import { instant } from '../../../shared/domain/units';
import { type TickArchive, type TickDigest } from '../../../shared/ports/tick-archive';
import { TestClock } from '../../support/test-clock';

const DAY_MS = 86_400_000;
const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-archive-'));
  folders.push(folder);
  return folder;
};
const digest = (tickId: string, at: number, poolName = 'web'): TickDigest => ({
  tickId,
  poolName,
  at: instant(at),
  wake: 'timer',
  isWhole: false,
  healthy: 3,
  members: 3,
  steps: 0,
  withheld: 0,
  summary: 'nothing to do',
});
const tickOf = (text: string): Tick => ({ schema: 1, text }) as unknown as Tick;

describe.each<[string, (clock: TestClock) => TickArchive]>([
  ['the archive in memory', () => new MemoryTickArchive()],
  ['the archive of files', (clock) => new FileTickArchive({ folder: newFolder(), clock })],
])('%s', (_name, open) => {
  let clock: TestClock;
  let archive: TickArchive;
  beforeEach(() => {
    clock = new TestClock();
    archive = open(clock);
  });

  it('lists the newest first, over days, within a range and up to a limit', async () => {
    const start = clock.now();
    for (let turn = 0; turn < 6; turn += 1)
      await archive.append(digest(`t-${turn}`, start - DAY_MS + turn * 10_000_000), null);
    const idsOf = async (range: Parameters<TickArchive['list']>[1]) =>
      (await archive.list('web', range)).map(({ tickId }) => tickId);
    expect(await idsOf({ limit: 10 })).toEqual(['t-5', 't-4', 't-3', 't-2', 't-1', 't-0']);
    expect(await idsOf({ limit: 2 })).toEqual(['t-5', 't-4']);
    expect(
      await idsOf({
        limit: 10,
        from: instant(start - DAY_MS + 10_000_000),
        to: instant(start - DAY_MS + 30_000_000),
      }),
    ).toEqual(['t-3', 't-2', 't-1']);
    expect(await idsOf({ limit: 10, from: instant(start + DAY_MS) })).toEqual([]);
  });

  it('gives whole ticks back, and null for those of which only a line was kept', async () => {
    await archive.append(digest('a/../b', clock.now()), tickOf('whole ß'));
    await archive.append(digest('line', clock.now()), null);
    expect(await archive.read('web', 'a/../b')).toEqual(tickOf('whole ß'));
    expect(await archive.read('web', 'line')).toBeNull();
    expect(await archive.read('web', 'never')).toBeNull();
  });

  it('keeps pools apart, whatever their names', async () => {
    for (const pool of ['web', '..', 'a/b'])
      await archive.append(digest(`of ${pool}`, clock.now(), pool), tickOf(pool));
    for (const pool of ['web', '..', 'a/b']) {
      expect((await archive.list(pool, { limit: 9 })).map(({ tickId }) => tickId)).toEqual([
        `of ${pool}`,
      ]);
      expect(await archive.read(pool, `of ${pool}`)).toEqual(tickOf(pool));
    }
    expect(await archive.list('none', { limit: 9 })).toEqual([]);
  });
});

describe('the archive in memory', () => {
  it('drops the oldest when it has its fill', async () => {
    const archive = new MemoryTickArchive({ ticksMax: 2 });
    for (const id of ['a', 'b', 'c']) await archive.append(digest(id, 1), tickOf(id));
    expect(await archive.read('web', 'a')).toBeNull();
    expect(await archive.list('web', { limit: 9 })).toHaveLength(2);
  });
});

describe('the archive of files', () => {
  it('skips a line that a crash cut off, and only that one', async () => {
    const [folder, clock] = [newFolder(), new TestClock()];
    const archive = new FileTickArchive({ folder, clock });
    await archive.append(digest('before', clock.now()), null);
    const [pool] = readdirSync(folder);
    appendFileSync(join(folder, pool!, '2026-11-21.jsonl'), '\n{"tickId":"cut o');
    await archive.append(digest('after', clock.now() + 1), null);
    expect((await archive.list('web', { limit: 9 })).map(({ tickId }) => tickId)).toEqual([
      'after',
      'before',
    ]);
  });

  it('forgets what is older than its days', async () => {
    const [folder, clock] = [newFolder(), new TestClock()];
    const retention = { days: 3 };
    await new FileTickArchive({ folder, clock, retention }).append(
      digest('old', clock.now()),
      tickOf('old'),
    );
    clock.advance(2 * DAY_MS);
    await new FileTickArchive({ folder, clock, retention }).append(
      digest('new', clock.now()),
      tickOf('new'),
    );
    expect(
      await new FileTickArchive({ folder, clock, retention }).list('web', { limit: 9 }),
    ).toHaveLength(2);
    clock.advance(DAY_MS);
    const archive = new FileTickArchive({ folder, clock, retention });
    await archive.append(digest('newer', clock.now()), null);
    expect((await archive.list('web', { limit: 9 })).map(({ tickId }) => tickId)).toEqual([
      'newer',
      'new',
    ]);
    expect(await archive.read('web', 'old')).toBeNull();
  });

  it('forgets the oldest whole ticks over its bytes, and keeps their lines', async () => {
    const [folder, clock] = [newFolder(), new TestClock()];
    const noise = Array.from({ length: 3000 }, (_, index) => (index * 7919) % 10_007).join();
    for (let turn = 0; turn < 4; turn += 1) {
      const archive = new FileTickArchive({ folder, clock, retention: { bytes: 12_000 } });
      await archive.append(digest(`t-${turn}`, clock.now() + turn), tickOf(noise));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const archive = new FileTickArchive({ folder, clock });
    expect(await archive.list('web', { limit: 9 })).toHaveLength(4);
    expect(await archive.read('web', 't-0')).toBeNull();
    expect(await archive.read('web', 't-3')).not.toBeNull();
  });

  it('rejects, and does not throw, when the disk refuses', async () => {
    const archive = new FileTickArchive({ folder: '/dev/null/archive', clock: new TestClock() });
    await expect(archive.append(digest('a', 1), null)).rejects.toThrow();
  });
});
