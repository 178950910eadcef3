import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type Tick } from '../../domain/tick';
import { type Clock } from '../../ports/clock';
import { type Retention, type TickArchive, type TickDigest } from '../../ports/tick-archive';
import {
  type ArchiveHour,
  countIn,
  endOf,
  hourIn,
  hourNameOf,
  hoursIn,
  startOf,
} from './archive-hours';
import { retain } from './archive-retention';
import { errorCode, fileName, writeDurably } from './durable-file';

export interface FileTickArchiveOptions {
  readonly folder: string;
  readonly clock: Clock;
  /** Default: 30 days and 1 GB. */
  readonly retention?: Partial<Retention> | undefined;
}

const DEFAULT_RETENTION: Retention = { days: 30, bytes: 1_000_000_000 };

/**
 * History as files, by the hour: `HOUR/POOL.jsonl` holds a line per tick, `HOUR/whole/POOL.TICK.json.gz` each whole tick. A line that
 * a crash cut off is skipped when reading and does not spoil the next. A tick costs the same however many pools and hours there are.
 */
export class FileTickArchive<T = Tick> implements TickArchive<T> {
  private readonly folder: string;
  private readonly clock: Clock;
  private readonly retention: Retention;

  constructor({ folder, clock, retention }: FileTickArchiveOptions) {
    this.folder = folder;
    this.clock = clock;
    this.retention = { ...DEFAULT_RETENTION, ...retention };
  }

  append(digest: TickDigest, tick: T | null): Promise<void> {
    return settled(() => {
      twice(() => this.write(digest, tick));
      retain(this.folder, this.retention, this.clock.now());
    });
  }

  list(
    poolName: string,
    range: Parameters<TickArchive['list']>[1],
  ): Promise<readonly TickDigest[]> {
    return settled(() => {
      const { from = -Infinity, to = Infinity, limit } = range;
      const found: TickDigest[] = [];
      for (const hour of hoursIn(this.folder).toReversed()) {
        if (found.length >= limit || endOf(hour) < from) break;
        if (startOf(hour) > to) continue;
        const inRange = digestsIn(hour, poolName).filter(({ at }) => at >= from && at <= to);
        found.push(...inRange.toSorted((one, other) => other.at - one.at));
      }
      return found.slice(0, limit);
    });
  }

  read(poolName: string, tickId: string): Promise<T | null> {
    return settled(() => {
      const paths = hoursIn(this.folder).map((hour) => wholeFile(hour, poolName, tickId));
      const path = paths.findLast((candidate) => existsSync(candidate));
      return path === undefined
        ? null
        : (JSON.parse(gunzipSync(readFileSync(path)).toString('utf8')) as T);
    });
  }

  /** Counted first, then written, the line last: what has a line is there. */
  private write(digest: TickDigest, tick: T | null): void {
    const hour = hourIn(this.folder, hourNameOf(digest.at));
    if (tick !== null) {
      const content = gzipSync(JSON.stringify(tick));
      countIn(hour.wholePath, content.byteLength);
      writeDurably(wholeFile(hour, digest.poolName, digest.tickId), content);
    }
    const line = `\n${JSON.stringify(digest)}\n`;
    countIn(hour.path, Buffer.byteLength(line));
    appendFileSync(linesFile(hour, digest.poolName), line);
  }
}

const linesFile = ({ path }: ArchiveHour, poolName: string): string =>
  join(path, `${fileName(poolName)}.jsonl`);

const wholeFile = ({ wholePath }: ArchiveHour, poolName: string, tickId: string): string =>
  join(wholePath, `${fileName(poolName)}.${fileName(tickId)}.json.gz`);

function digestsIn(hour: ArchiveHour, poolName: string): readonly TickDigest[] {
  return readLines(linesFile(hour, poolName)).flatMap((line) => {
    try {
      return [JSON.parse(line) as TickDigest];
    } catch {
      return [];
    }
  });
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

/** The hour may have been dropped by another process between two steps; it is then begun anew. */
function twice(write: () => void): void {
  try {
    write();
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    write();
  }
}

/** Synchronous work as a promise that rejects instead of throwing. */
const settled = <T>(work: () => T): Promise<T> => Promise.resolve().then(work);
