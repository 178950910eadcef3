import { type Instant } from './units';

/** What the probes of one window saw of one backend. */
export interface ProbeWindow {
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  readonly probes: number;
  readonly failures: number;
  /** Median latency of the answers, in microseconds; null when nothing answered. */
  readonly latencyMedianUs: number | null;
}

/** Per-backend request statistics from a proxy's counters or access logs, where the user has such a source. */
export interface RequestStatistics {
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  readonly requests: number;
  readonly failures: number;
  readonly latencyMedianUs: number | null;
}
