import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type Tick } from '../../domain/tick';
import { type Clock } from '../../ports/clock';
import { type TickArchive, type TickDigest } from '../../ports/tick-archive';
import { errorCode, fileName, namesIn, writeDurably } from './durable-file';

export interface Retention {
  /** Days of history that are kept, today included. Default 30. */
  readonly days: number;
  /** Bytes of whole ticks that are kept over all pools, oldest dropped first. Default 1 GB. */
  readonly bytes: number;
}

export interface FileTickArchiveOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly retention?: Partial<Retention> | undefined;
}

const DAY_MS = 86_400_000;
const APPENDS_BETWEEN_PRUNES = 50;
const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/**
 * History as files: `POOL/DAY.jsonl` holds a line per tick, `POOL/DAY/TICK.json.gz` each whole tick. A line that a crash cut
 * off is skipped when reading and does not spoil the next.
 */
export class FileTickArchive<T = Tick> implements TickArchive<T> {
  private readonly options: FileTickArchiveOptions;
  private appends = 0;

  constructor(options: FileTickArchiveOptions) {
    this.options = options;
  }

  append(digest: TickDigest, tick: T | null): Promise<void> {
    return settled(() => {
      const day = dayOf(digest.at);
      const pool = this.poolFolder(digest.poolName);
      mkdirSync(pool, { recursive: true });
      if (tick !== null)
        writeDurably(join(pool, day, wholeName(digest.tickId)), gzipSync(JSON.stringify(tick)));
      appendFileSync(join(pool, `${day}.jsonl`), `\n${JSON.stringify(digest)}\n`);
      if (this.appends % APPENDS_BETWEEN_PRUNES === 0) this.prune();
      this.appends += 1;
    });
  }

  list(
    poolName: string,
    range: Parameters<TickArchive['list']>[1],
  ): Promise<readonly TickDigest[]> {
    return settled(() => {
      const { from = -Infinity, to = Infinity, limit } = range;
      const found: TickDigest[] = [];
      for (const day of daysOf(this.poolFolder(poolName)).reverse()) {
        if (found.length >= limit || dayEnd(day) < from) break;
        const inRange = this.digestsOf(poolName, day).filter(({ at }) => at >= from && at <= to);
        found.push(...inRange.sort((one, other) => other.at - one.at));
      }
      return found.slice(0, limit);
    });
  }

  read(poolName: string, tickId: string): Promise<T | null> {
    return settled(() => {
      const pool = this.poolFolder(poolName);
      const paths = daysOf(pool).map((day) => join(pool, day, wholeName(tickId)));
      const path = paths.reverse().find((candidate) => existsSync(candidate));
      return path === undefined
        ? null
        : (JSON.parse(gunzipSync(readFileSync(path)).toString('utf8')) as T);
    });
  }

  private poolFolder(poolName: string): string {
    return join(this.options.folder, `pool-${fileName(poolName)}`);
  }

  private digestsOf(poolName: string, day: string): readonly TickDigest[] {
    return readLines(join(this.poolFolder(poolName), `${day}.jsonl`)).flatMap((line) => {
      try {
        return [JSON.parse(line) as TickDigest];
      } catch {
        return [];
      }
    });
  }

  private prune(): void {
    const { folder, clock, retention } = this.options;
    const { days = 30, bytes = 1_000_000_000 } = retention ?? {};
    const firstDay = dayOf(clock.now() - (days - 1) * DAY_MS);
    const pools = namesIn(folder).map((name) => join(folder, name));
    for (const pool of pools) {
      for (const day of daysOf(pool).filter((name) => name < firstDay)) {
        rmSync(join(pool, `${day}.jsonl`), { force: true });
        rmSync(join(pool, day), { recursive: true, force: true });
      }
    }
    dropOldest(pools.flatMap(wholeTicks), bytes);
  }
}

const wholeName = (tickId: string): string => `${fileName(tickId)}.json.gz`;
const dayEnd = (day: string): number => Date.parse(`${day}T00:00:00Z`) + DAY_MS;

/** Days that a pool's folder knows, oldest first. */
function daysOf(pool: string): string[] {
  const days = namesIn(pool)
    .filter((name) => /^\d{4}-\d\d-\d\d(\.jsonl)?$/.test(name))
    .map((name) => name.slice(0, 10));
  return [...new Set(days)].sort();
}

interface WholeTick {
  readonly path: string;
  readonly bytes: number;
  readonly writtenAtMs: number;
}

const wholeTicks = (pool: string): readonly WholeTick[] =>
  daysOf(pool).flatMap((day) =>
    namesIn(join(pool, day)).flatMap((name) => {
      const path = join(pool, day, name);
      const status = statSync(path, { throwIfNoEntry: false });
      return status === undefined
        ? []
        : [{ path, bytes: status.size, writtenAtMs: status.mtimeMs }];
    }),
  );

function dropOldest(ticks: readonly WholeTick[], bytesMax: number): void {
  let bytes = ticks.reduce((sum, tick) => sum + tick.bytes, 0);
  for (const tick of [...ticks].sort((one, other) => one.writtenAtMs - other.writtenAtMs)) {
    if (bytes <= bytesMax) return;
    rmSync(tick.path, { force: true });
    bytes -= tick.bytes;
  }
}

function readLines(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Synchronous work as a promise that rejects instead of throwing. */
const settled = <T>(work: () => T): Promise<T> => Promise.resolve().then(work);
