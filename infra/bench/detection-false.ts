import { type OutlierPolicy, type ProbePolicy } from '../../shared/domain/policy';
import { type ProbeWindow } from '../../shared/domain/probe-window';
import { envoyOutliers, ourOutliers } from './detectors';
import { probedPool, type ProbedPool } from './probed-pool';
import { seededRandom } from './random';

/** One cell of the benchmark: a pool of one size with one share of normal errors. */
export interface Cell {
  readonly poolSize: number;
  readonly normalErrorShare: number;
  readonly turns: number;
  readonly policy: OutlierPolicy;
  readonly probe: Omit<ProbePolicy, 'path' | 'port'>;
  readonly seed: number;
  readonly days: number;
  readonly faults: number;
}

export interface FalseEjections {
  readonly poolSize: number;
  readonly normalErrorShare: number;
  /** Weeks of the whole pool that were simulated. */
  readonly weeks: number;
  /** Times a backend became an outlier without a fault, by each rule. */
  readonly evenkeel: number;
  readonly envoy: number;
  readonly threeInRow: number;
}

const DAY_MS = 24 * 3600 * 1000;

/** A pool without faults for `days` (large pools: as many backend-windows as ten backends have in that time). */
export function detectionFalse(cell: Cell): FalseEjections {
  const windows = Math.ceil(
    (cell.days * DAY_MS * Math.min(1, 10 / cell.poolSize)) / cell.probe.windowMs,
  );
  const pool = poolOf(cell, cell.seed);
  const evenkeel = counter();
  const envoy = counter();
  const threeInRow = counter();
  for (let tick = 0; tick < windows; tick += 1) {
    const probed = pool.next(new Map());
    evenkeel.see(ourOutliers(pool.backends.map(candidate), cell.policy));
    envoy.see(envoyOutliers(pool.backends.map((backend) => backend.windows)));
    threeInRow.see(probed.filter((position) => (pool.backends[position]?.longestRun ?? 0) >= 3));
  }
  return {
    poolSize: cell.poolSize,
    normalErrorShare: cell.normalErrorShare,
    weeks: (windows * cell.probe.windowMs) / (7 * DAY_MS),
    evenkeel: evenkeel.count(),
    envoy: envoy.count(),
    threeInRow: threeInRow.count(),
  };
}

export const poolOf = (cell: Cell, seed: number): ProbedPool =>
  probedPool({
    poolSize: cell.poolSize,
    normalErrorShare: cell.normalErrorShare,
    perWindow: cell.probe.perWindow,
    windowMs: cell.probe.windowMs,
    turns: cell.turns,
    random: seededRandom(seed + cell.poolSize * 7919 + Math.round(cell.normalErrorShare * 1000)),
  });

export const candidate = ({
  windows,
}: {
  readonly windows: readonly ProbeWindow[];
}): {
  windows: readonly ProbeWindow[];
  statistics: readonly [];
  zoneId: null;
} => ({ windows, statistics: [], zoneId: null });

/** Counts episodes: a backend that stays an outlier counts once. */
function counter(): { see(positions: readonly number[]): void; count(): number } {
  let episodes = 0;
  let before = new Set<number>();
  return {
    see: (positions) => {
      episodes += positions.filter((position) => !before.has(position)).length;
      before = new Set(positions);
    },
    count: () => episodes,
  };
}
