import { candidate, type Cell, poolOf } from './detection-false';
import { envoyOutliers, ourOutliers } from './detectors';
import { type Fault } from './probed-pool';

const FAULTS: readonly (Fault & { readonly name: string })[] = [
  { name: '20 % errors, 5 × latency', errorShare: 0.2, latencyFactor: 5 },
  { name: '20 % errors', errorShare: 0.2, latencyFactor: 1 },
  { name: '5 % errors', errorShare: 0.05, latencyFactor: 1 },
  { name: '3 × latency', errorShare: 0, latencyFactor: 3 },
];
/** Windows of each backend before the fault, and until it counts as missed. */
const WARM_UP = 40;
const PATIENCE = 240;

/** Seconds from the fault until a share of the runs found it; null: not found in time. */
export interface Delay {
  readonly medianS: number | null;
  readonly p90S: number | null;
}

export interface Power {
  readonly poolSize: number;
  readonly normalErrorShare: number;
  readonly name: string;
  readonly evenkeel: Delay;
  readonly envoy: Delay;
  readonly threeInRow: Delay;
}

/** Each fault on one backend of a warm pool, `faults` times (fewer in large pools), by each rule on the same probes. */
export function detectionDelays(cell: Cell): readonly Power[] {
  const runs = Math.ceil(cell.faults / Math.max(1, cell.poolSize / 50));
  return FAULTS.map((fault) => {
    const found = Array.from({ length: runs }, (_, run) =>
      oneFault(cell, fault, cell.seed + 1000 + run),
    );
    const delay = (rule: keyof Found): Delay => delayOf(found.map((times) => times[rule]));
    return {
      poolSize: cell.poolSize,
      normalErrorShare: cell.normalErrorShare,
      name: fault.name,
      evenkeel: delay('evenkeel'),
      envoy: delay('envoy'),
      threeInRow: delay('threeInRow'),
    };
  });
}

interface Found {
  evenkeel: number;
  envoy: number;
  threeInRow: number;
}

/** Seconds until each rule names the sick backend; it is judged only when it was probed. */
function oneFault(cell: Cell, fault: Fault, seed: number): Found {
  const pool = poolOf(cell, seed);
  for (let tick = 0; tick < WARM_UP * cell.turns; tick += 1) pool.next(new Map());
  const sick = new Map([[0, fault]]);
  const found: Found = { evenkeel: Infinity, envoy: Infinity, threeInRow: Infinity };
  for (let tick = 1; tick <= PATIENCE * cell.turns && !isOver(found); tick += 1) {
    if (!pool.next(sick).includes(0)) continue;
    const seconds = (tick * cell.probe.windowMs) / 1000;
    const note = (rule: keyof Found, isFound: () => boolean): void => {
      if (found[rule] === Infinity && isFound()) found[rule] = seconds;
    };
    note('evenkeel', () => ourOutliers(pool.backends.map(candidate), cell.policy).includes(0));
    note('envoy', () => envoyOutliers(pool.backends.map(({ windows }) => windows)).includes(0));
    note('threeInRow', () => (pool.backends[0]?.longestRun ?? 0) >= 3);
  }
  return found;
}

const isOver = (found: Found): boolean =>
  Math.max(found.evenkeel, found.envoy, found.threeInRow) < Infinity;

function delayOf(times: readonly number[]): Delay {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number | null => {
    const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
    return value === undefined || value === Infinity ? null : value;
  };
  return { medianS: at(0.5), p90S: at(0.9) };
}
