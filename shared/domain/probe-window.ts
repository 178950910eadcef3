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

/** At least half of the probes were answered; a window without probes, or none at all, says nothing. */
export const isAnswering = (window: ProbeWindow | undefined): boolean =>
  window !== undefined && window.probes > 0 && window.failures * 2 <= window.probes;

/** Per-backend request statistics from a proxy's counters or access logs, where the user has such a source. */
export interface RequestStatistics {
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  readonly requests: number;
  readonly failures: number;
  readonly latencyMedianUs: number | null;
}
