import { type TickArchive, type TickDigest } from '../../../shared/ports/tick-archive';
import { type TickLine, type TicksView } from '../api';

/** Ticks of one answer. */
const TICKS_MAX = 200;
/** Lines to look through for a whole tick: at three seconds each, the fifty minutes up to the hourly one. */
const LOOKED_THROUGH = 1000;
/** Longest summary in the list; the explanation has all of it. */
const SUMMARY_LENGTH_MAX = 400;

type Digests = Pick<TickArchive<unknown>, 'list' | 'read'>;

/** Ticks up to an instant, newest first; a page of at most 200. */
export async function ticksView(
  name: string,
  { before, limit }: { readonly before: number | null; readonly limit: number },
  archive: Digests,
): Promise<TicksView> {
  const wanted = Math.min(Math.max(1, limit), TICKS_MAX);
  const range = before === null ? {} : { to: before as TickDigest['at'] };
  const found = await archive.list(name, { ...range, limit: wanted + 1 });
  return { ticks: found.slice(0, wanted).map(tickLine), hasOlder: found.length > wanted };
}

const tickLine = ({ tickId, at, wake, isWhole, ...counts }: TickDigest): TickLine => ({
  ...{ tickId, at, wake, isWhole },
  healthy: counts.healthy,
  members: counts.members,
  steps: counts.steps,
  withheld: counts.withheld,
  summary: shortened(counts.summary, SUMMARY_LENGTH_MAX),
});

/** The beginning of a text that is too long. */
export const shortened = (text: string, lengthMax: number): string =>
  text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`;

/** The newest tick that was kept whole, and the newest digest; null where there is none. */
export async function newestTick<T>(
  name: string,
  archive: Pick<TickArchive<T>, 'list' | 'read'>,
): Promise<{ readonly newest: TickDigest | null; readonly whole: T | null }> {
  const digests = await archive.list(name, { limit: LOOKED_THROUGH });
  const digest = digests.find(({ isWhole }) => isWhole);
  return {
    newest: digests[0] ?? null,
    whole: digest === undefined ? null : await archive.read(name, digest.tickId),
  };
}

/** The digest of a tick by its id, or of the last one up to an instant; undefined when there is none. */
export async function digestOf(
  name: string,
  wanted: { readonly tickId: string } | { readonly at: number },
  archive: Digests,
): Promise<TickDigest | undefined> {
  if ('at' in wanted)
    return (await archive.list(name, { to: wanted.at as TickDigest['at'], limit: 1 }))[0];
  const digests = await archive.list(name, { limit: LOOKED_THROUGH });
  return digests.find(({ tickId }) => tickId === wanted.tickId);
}
