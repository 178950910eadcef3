import { type ProbeWindow } from '../../shared/domain/probe-window';
import { instant } from '../../shared/domain/units';
import { rememberWindow } from '../../shared/decide/window-history';
import { drawWindow, TRAFFIC } from './drawn-window';
import { type Random } from './random';

/** What is wrong with a backend: extra failures (share 0 … 1) and a latency factor. */
export interface Fault {
  readonly errorShare: number;
  readonly latencyFactor: number;
}

export const NO_FAULT: Fault = { errorShare: 0, latencyFactor: 1 };

export interface ProbedPoolOptions {
  readonly poolSize: number;
  readonly normalErrorShare: number;
  readonly perWindow: number;
  readonly windowMs: number;
  /** Windows until a backend is probed again. */
  readonly turns: number;
  readonly random: Random;
}

interface SimulatedBackend {
  readonly speed: number;
  windows: readonly ProbeWindow[];
  /** Failures since the last success, and the longest such run within the newest window. */
  failuresInRow: number;
  longestRun: number;
}

/** A pool as probes see it: windows by backend, and how the newest ones failed in a row. */
export interface ProbedPool {
  readonly backends: readonly Readonly<SimulatedBackend>[];
  /** Probes the next slice; answers the positions that were probed. */
  next(sick: ReadonlyMap<number, Fault>): readonly number[];
}

/** Backends with heavy-tailed latencies, probed on virtual time as the loop would probe them. */
export function probedPool(options: ProbedPoolOptions): ProbedPool {
  const { poolSize, random, turns, windowMs } = options;
  const spread = TRAFFIC.speedMax - TRAFFIC.speedMin;
  const backends = Array.from({ length: poolSize }, (): SimulatedBackend => ({
    speed: TRAFFIC.speedMin + spread * random(),
    windows: [],
    failuresInRow: 0,
    longestRun: 0,
  }));
  let tick = -1;
  return {
    backends,
    next: (sick) => {
      tick += 1;
      const startedAt = tick * windowMs;
      const probed = backends.flatMap((_, position) =>
        position % turns === tick % turns ? [position] : [],
      );
      for (const position of probed) {
        const backend = backends[position];
        if (backend === undefined) continue;
        const seen = probe(backend, sick.get(position) ?? NO_FAULT, options);
        const window = {
          startedAt: instant(startedAt),
          endedAt: instant(startedAt + windowMs),
          ...seen,
        };
        backend.windows = rememberWindow(backend.windows, window);
      }
      return probed;
    },
  };
}

function probe(
  backend: SimulatedBackend,
  fault: Fault,
  { perWindow, normalErrorShare, random, windowMs }: ProbedPoolOptions,
): Pick<ProbeWindow, 'probes' | 'failures' | 'latencyMedianUs'> {
  const { failed, probes, failures, latencyMedianUs } = drawWindow(
    {
      perWindow,
      windowMs,
      errorShare: normalErrorShare + fault.errorShare,
      slowness: backend.speed * fault.latencyFactor,
    },
    random,
  );
  backend.longestRun = 0;
  for (const isFailure of failed) {
    backend.failuresInRow = isFailure ? backend.failuresInRow + 1 : 0;
    backend.longestRun = Math.max(backend.longestRun, backend.failuresInRow);
  }
  return { probes, failures, latencyMedianUs };
}
