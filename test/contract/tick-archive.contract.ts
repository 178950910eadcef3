import { beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { type Tick } from '../../shared/domain/tick';
import { instant } from '../../shared/domain/units';
import { type Retention, type TickArchive, type TickDigest } from '../../shared/ports/tick-archive';
import { TestClock } from '../support/test-clock';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const digest = (tickId: string, at: number, poolName = 'web'): TickDigest => ({
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
export const tickOf = (text: string): Tick => ({ schema: 1, text }) as unknown as Tick;

/** So many characters that compression makes a quarter smaller, and no more. */
export function noise(length: number, seed = 1): string {
  let text = '';
  for (let block = 0; text.length < length; block += 1)
    text += createHash('sha512').update(`${seed} ${block}`).digest('base64url');
  return text.slice(0, length);
}

export type OpenArchive = (clock: TestClock, retention?: Partial<Retention>) => TickArchive;

/** What every archive of ticks must do, whatever keeps it. */
export function tickArchiveContract(name: string, open: OpenArchive): void {
  describe(name, () => {
    let clock: TestClock;
    let archive: TickArchive;
    beforeEach(() => {
      clock = new TestClock();
      archive = open(clock);
    });
    const ids = async (from = archive, poolName = 'web') =>
      (await from.list(poolName, { limit: 1000 })).map(({ tickId }) => tickId);

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

    it('gives a digest back as it was', async () => {
      const given = { ...digest('a', clock.now()), isWhole: true, summary: 'ß "x"\n', withheld: 2 };
      await archive.append(given, null);
      expect(await archive.list('web', { limit: 1 })).toEqual([given]);
    });

    it('gives whole ticks back, and null for those of which only a line was kept', async () => {
      await archive.append(digest('a/../b', clock.now()), tickOf('whole ß'));
      await archive.append(digest('line', clock.now()), null);
      expect(await archive.read('web', 'a/../b')).toEqual(tickOf('whole ß'));
      expect(await archive.read('web', 'line')).toBeNull();
      expect(await archive.read('web', 'never')).toBeNull();
    });

    it('keeps pools apart, whatever their names', async () => {
      const pools = ['web', '..', 'a/b', 'web.a', 'whole', 'blocks'];
      for (const pool of pools)
        await archive.append(digest(`of ${pool}`, clock.now(), pool), tickOf(pool));
      for (const pool of pools) {
        expect(await ids(archive, pool)).toEqual([`of ${pool}`]);
        expect(await archive.read(pool, `of ${pool}`)).toEqual(tickOf(pool));
      }
      expect(await archive.read('web', 'of a/b')).toBeNull();
      expect(await archive.list('none', { limit: 9 })).toEqual([]);
    });

    it('forgets what is older than its days, today included', async () => {
      const kept = open(clock, { days: 3 });
      for (let day = 0; day < 5; day += 1) {
        await kept.append(digest(`d-${day}`, clock.now()), tickOf(`d-${day}`));
        clock.advance(DAY_MS);
      }
      expect(await ids(kept)).toEqual(['d-4', 'd-3', 'd-2']);
      expect(await kept.read('web', 'd-1')).toBeNull();
      expect(await kept.read('web', 'd-2')).toEqual(tickOf('d-2'));
    });

    it('forgets the oldest whole ticks over its bytes, of whatever pool, and keeps their lines', async () => {
      const kept = open(clock, { bytes: 400_000 });
      const poolOf = (turn: number): string => (turn % 3 === 0 ? 'api' : 'web');
      for (let turn = 0; turn < 40; turn += 1) {
        await kept.append(
          digest(`t-${turn}`, clock.now(), poolOf(turn)),
          tickOf(noise(20_000, turn)),
        );
        clock.advance(HOUR_MS);
      }
      const whole = await Promise.all(
        Array.from({ length: 40 }, async (_, turn) => kept.read(poolOf(turn), `t-${turn}`)),
      );
      const first = whole.findIndex((tick) => tick !== null);
      expect(first).toBeGreaterThan(10);
      expect(first).toBeLessThan(30);
      expect(whole.slice(first)).not.toContain(null);
      expect((await ids(kept)).length + (await ids(kept, 'api')).length).toBe(40);
    });
  });
}
