import {
  type TickArchive,
  type TickDigest,
  type TickFigures,
} from '../../../shared/ports/tick-archive';
import { type FiguresView } from '../api';

/** Points of a chart: more than a screen has room for is no use. */
const POINTS_MAX = 300;
/** Lines of history read for one chart: an hour of a pool that is watched, or a day of one that is not. */
const LINES_MAX = 5000;

const NAMES = [
  ...(['serving', 'desired', 'weight', 'fullWeight'] as const),
  ...(['requestsPerSecond', 'responseTimeMs', 'failed', 'failedProbes'] as const),
] satisfies readonly (keyof TickFigures)[];

/** Charts of a pool since an instant: at most 300 points; of those that fall together the newest counts, and of failures the worst. */
export async function figuresView(
  poolName: string,
  from: number,
  to: number,
  archive: Pick<TickArchive<unknown>, 'list'>,
): Promise<FiguresView> {
  const found = await archive.list(poolName, { from: from as TickDigest['at'], limit: LINES_MAX });
  const known = found.filter(({ figures }) => figures !== undefined).toReversed();
  const points = thinned(known, from, to);
  return {
    at: points.map(({ at }) => at),
    columns: {
      ...(Object.fromEntries(
        NAMES.map((name) => [name, points.map(({ figures }) => figures?.[name] ?? null)]),
      ) as Record<keyof TickFigures, (number | null)[]>),
      healthy: points.map(({ healthy }) => healthy),
      members: points.map(({ members }) => members),
    },
  };
}

/**
 * One point per part of the time. Example: 600 ticks in ten minutes, 300 parts of two seconds: every second tick, with the worse share
 * of failures of both.
 */
function thinned(digests: readonly TickDigest[], from: number, to: number): readonly TickDigest[] {
  if (digests.length <= POINTS_MAX) return digests;
  const span = Math.max(1, Math.ceil((to - from + 1) / POINTS_MAX));
  const parts = new Map<number, TickDigest>();
  for (const digest of digests) {
    const part = Math.floor((digest.at - from) / span);
    const earlier = parts.get(part);
    parts.set(part, earlier === undefined ? digest : withWorst(digest, earlier));
  }
  return [...parts.values()];
}

function withWorst(digest: TickDigest, earlier: TickDigest): TickDigest {
  const { figures } = digest;
  const before = earlier.figures;
  if (figures === undefined || before === undefined) return digest;
  return {
    ...digest,
    figures: {
      ...figures,
      failed: worst(figures.failed, before.failed),
      failedProbes: worst(figures.failedProbes, before.failedProbes),
    },
  };
}

const worst = <T extends number>(one: T | null, other: T | null): T | null => {
  if (one === null || other === null) return one ?? other;
  return one > other ? one : other;
};
