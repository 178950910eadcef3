import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Instant, plus } from '../../domain/units';
import { type Retention } from '../../ports/tick-archive';
import { type ArchiveHour, countedIn, dayOf, hoursIn } from './archive-hours';
import { errorCode, namesIn } from './durable-file';

const DAY_MS = 86_400_000;
/** All processes together look this often whether something is to go. */
const LOOK_EVERY_MS = 60_000;
/** Files that one look takes away; while there are more, the next look is due after a second. */
const FILES_PER_LOOK = 200;
const NEXT_LOOK_MS = 1000;
const DROPPED = 'dropped-';
const NEXT_LOOK = 'next-look';

/**
 * Keeps an archive within its days and bytes, with bounded work: whatever the number of pools, a look reads a size or two for each
 * hour, renames what is to go in one step, so that it is gone at once for whoever reads and counts, and takes its files away some at a
 * time. The oldest whole ticks go first, an hour at a time, then the oldest lines. A crash leaves at most work for the next look.
 */
export function retain(folder: string, { days, bytes }: Retention, now: Instant): void {
  if (!isDue(folder, now)) return;
  noteNextLook(folder, plus(now, LOOK_EVERY_MS));
  const firstDay = dayOf(plus(now, -(days - 1) * DAY_MS));
  const hours = hoursIn(folder);
  for (const hour of hours.filter(({ name }) => name < firstDay)) drop(hour.path, folder);
  dropOver(
    hours.filter(({ name }) => name >= firstDay),
    bytes,
    folder,
  );
  if (!sweep(folder)) noteNextLook(folder, plus(now, NEXT_LOOK_MS));
}

/** A note that cannot be read, or is of a clock that was ahead, means now. */
function isDue(folder: string, now: Instant): boolean {
  try {
    const dueAt = Number(readFileSync(join(folder, NEXT_LOOK), 'utf8'));
    return !(dueAt > now && dueAt <= plus(now, LOOK_EVERY_MS));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return true;
    throw error;
  }
}

const noteNextLook = (folder: string, at: Instant): void =>
  writeFileSync(join(folder, NEXT_LOOK), String(at), { mode: 0o600 });

function dropOver(hours: readonly ArchiveHour[], bytesMax: number, folder: string): void {
  const parts = [
    ...hours.map(({ wholePath: path }) => ({ path, bytes: countedIn(path) })),
    ...hours.map(({ path }) => ({ path, bytes: countedIn(path) })),
  ];
  let bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  for (const part of parts) {
    if (bytes <= bytesMax) return;
    drop(part.path, folder);
    bytes -= part.bytes;
  }
}

/** Gone in one step; another process may have been faster. */
function drop(path: string, folder: string): void {
  try {
    renameSync(path, join(folder, `${DROPPED}${randomUUID()}`));
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

/** Takes files of dropped folders away; false while some are left. */
function sweep(folder: string): boolean {
  let left = FILES_PER_LOOK;
  for (const name of namesIn(folder).filter((each) => each.startsWith(DROPPED))) {
    left -= sweepFolder(join(folder, name), left);
    if (left <= 0) return false;
  }
  return true;
}

/** Files that were taken away, at most so many; the folder itself goes when it is empty. */
function sweepFolder(folder: string, filesMax: number): number {
  const whole = join(folder, 'whole');
  let done = existsSync(whole) ? sweepFolder(whole, filesMax) : 0;
  for (const name of namesIn(folder).filter((each) => each !== 'whole')) {
    if (done >= filesMax) return done;
    rmSync(join(folder, name), { force: true });
    done += 1;
  }
  removeIfEmpty(folder);
  return done;
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(errorCode(error))) throw error;
  }
}
