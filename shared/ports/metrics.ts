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

/** CloudMonitor. 60 s points, one to five minutes late; a missing point is absent, never 0. Throws `CloudError`. */
export interface Metrics {
  readLatest(query: MetricQuery, options: CallOptions): Promise<readonly MetricPoint[]>;
}
