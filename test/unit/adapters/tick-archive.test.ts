import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { FileTickArchive } from '../../../shared/adapters/file/file-tick-archive';
import { MemoryTickArchive } from '../../../shared/adapters/memory/memory-tick-archive';
import { type Retention } from '../../../shared/ports/tick-archive';
import { digest, noise, tickOf } from '../../contract/tick-archive.contract';
import { TestClock } from '../../support/test-clock';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const HOUR = '2026-11-21T03';
const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-archive-'));
  folders.push(folder);
  return folder;
};
function anArchive(retention: Partial<Retention> = {}, folder = newFolder()) {
  const clock = new TestClock();
  const open = () => new FileTickArchive({ folder, clock, retention });
  const archive = open();
  const ids = async (poolName = 'web') =>
    (await archive.list(poolName, { limit: 1000 })).map(({ tickId }) => tickId);
  const append = async (tickId: string, whole: string | null = null) =>
    // A worker of its own for each tick, as in a function.
    open().append(digest(tickId, clock.now()), whole === null ? null : tickOf(whole));
  return { folder, clock, archive, ids, append };
}
const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
const bytesIn = (folder: string): number =>
  filesIn(folder).reduce((sum, path) => sum + statSync(path).size, 0);

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
    const { folder, append, ids } = anArchive();
    await append('before');
    appendFileSync(join(folder, HOUR, 'web.jsonl'), '\n{"tickId":"cut o');
    await append('after');
    expect([...(await ids())].sort()).toEqual(['after', 'before']);
  });

  it('rejects, and does not throw, when the disk refuses', async () => {
    const archive = new FileTickArchive({ folder: '/dev/null/archive', clock: new TestClock() });
    await expect(archive.append(digest('a', 1), null)).rejects.toThrow();
  });

  it('stays within its bytes, lines and counts included, however it is written', async () => {
    const bytes = 1_000_000;
    const { folder, append, clock } = anArchive({ bytes });
    let most = 0;
    for (let turn = 0; turn < 240; turn += 1) {
      await append(`t-${turn}`, turn % 2 === 0 ? noise(20_000, turn) : null);
      clock.advance(6 * MINUTE_MS);
      if (turn % 8 === 7) most = Math.max(most, bytesIn(folder));
    }
    // What one look lets through, and what is still to be taken away.
    expect(most).toBeLessThan(bytes * 1.3);
    expect(most).toBeGreaterThan(bytes * 0.7);
  });

  it('lets lines go, too, once there is no whole tick left to go', async () => {
    const { append, clock, ids } = anArchive({ bytes: 100_000 });
    for (let turn = 0; turn < 400; turn += 1) {
      await append(`t-${turn}`);
      clock.advance(10 * MINUTE_MS);
    }
    const left = await ids();
    expect(left[0]).toBe('t-399');
    expect(left.length).toBeGreaterThan(50);
    expect(left.length).toBeLessThan(250);
  });

  it('looks for what is to go once a minute, whoever writes, and not with every tick', async () => {
    const { folder, append, clock } = anArchive({ days: 2 });
    await append('first');
    const old = join(folder, '2026-01-01T00');
    mkdirSync(old);
    for (let tick = 0; tick < 20; tick += 1) {
      clock.advance(2 * 1000);
      await append(`t-${tick}`);
    }
    expect(readdirSync(folder)).toContain('2026-01-01T00');
    clock.advance(MINUTE_MS);
    await append('later');
    expect(readdirSync(folder)).not.toContain('2026-01-01T00');
  });

  it('takes a large hour away in bounded portions, and at once for whoever reads', async () => {
    const { folder, append, archive, clock, ids } = anArchive({ days: 2 });
    await append('old', 'x');
    for (let file = 0; file < 700; file += 1)
      writeFileSync(join(folder, HOUR, 'whole', `p${file}.t.json.gz`), '');
    clock.advance(3 * DAY_MS);
    await append('new');
    expect(await ids()).toEqual(['new']);
    expect(await archive.read('web', 'old')).toBeNull();
    const left = (): number => filesIn(folder).filter((path) => path.includes('dropped-')).length;
    const counts = [left()];
    while (left() > 0 && counts.length < 10) {
      clock.advance(1000);
      await append(`t-${counts.length}`);
      counts.push(left());
    }
    expect(counts.map((count, index) => (counts[index - 1] ?? 704) - count)).toEqual(
      [200, 200, 200, 104].slice(0, counts.length),
    );
    expect(readdirSync(folder).filter((name) => name.startsWith('dropped-'))).toEqual([]);
  });

  it('goes on after a crash between any two steps', async () => {
    const { folder, append, clock, ids, archive } = anArchive({ days: 2 });
    await append('a', 'whole');
    // Killed while it dropped an hour, while it wrote a whole tick, and after that, before the line.
    renameSync(join(folder, HOUR), join(folder, 'dropped-by-the-dead'));
    await append('b', 'whole');
    writeFileSync(join(folder, HOUR, 'whole', '.1-x.tmp'), 'half');
    writeFileSync(join(folder, HOUR, 'whole', 'web.c.json.gz'), 'half');
    writeFileSync(join(folder, 'next-look'), '');
    clock.advance(MINUTE_MS);
    await append('d');
    expect([...(await ids())].sort()).toEqual(['b', 'd']);
    expect(await archive.read('web', 'b')).toEqual(tickOf('whole'));
    expect(readdirSync(folder)).not.toContain('dropped-by-the-dead');
    clock.advance(3 * DAY_MS);
    await append('e');
    expect(await ids()).toEqual(['e']);
    expect(filesIn(folder).filter((path) => path.includes('half'))).toEqual([]);
  });

  it('is not kept from looking by a clock that was ahead', async () => {
    const { folder, append, clock } = anArchive({ days: 2 });
    writeFileSync(join(folder, 'next-look'), String(clock.now() + DAY_MS));
    mkdirSync(join(folder, '2026-01-01T00'));
    await append('a');
    expect(readdirSync(folder)).not.toContain('2026-01-01T00');
    expect(Number(readFileSync(join(folder, 'next-look'), 'utf8'))).toBe(clock.now() + MINUTE_MS);
  });

  it('leaves alone what is not its own, such as the archive of names in a folder of it', async () => {
    const { folder, append, clock } = anArchive({ days: 1, bytes: 1 });
    const names = anArchive({}, join(folder, 'names'));
    await names.append('of a name');
    await append('a');
    clock.advance(5 * DAY_MS);
    await append('b');
    expect(await names.ids()).toEqual(['of a name']);
  });
});
