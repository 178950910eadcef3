import { type Instant } from '../domain/units';
import { type CallOptions } from './load-balancer';

export interface MetricQuery {
  readonly namespace: 'acs_slb_dashboard' | 'acs_ecs_dashboard';
  readonly metricName: string;
  /** Up to 50 per call; the adapter splits. */
  readonly dimensions: readonly Readonly<Record<string, string>>[];
}

export interface MetricPoint {
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
  /** The minute the point stands for ends here. */
  readonly at: Instant;
}

/**
 * CloudMonitor. 60 s points (15 s for what an agent in the instance measures), one to five minutes late; a missing point is
 * absent, never 0. Throws `CloudError`.
 */
export interface Metrics {
  /** Time from one point of a series to the next; left out: the vendor’s 60 s. */
  readonly pointIntervalMs?: number;
  /**
   * The newest point of every series that has the dimensions asked for, each with its own time: they may be of different
   * minutes, and one that stopped is shown for two hours. Dimensions may be fewer than the series has: `{ instanceId, port }`
   * is one listener, `{ instanceId, state: 'ESTABLISHED' }` one of the many states of `net_tcpconnection`.
   */
  readLatest(query: MetricQuery, options: CallOptions): Promise<readonly MetricPoint[]>;
}
