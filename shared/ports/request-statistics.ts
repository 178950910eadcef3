import { type RequestStatistics } from '../domain/probe-window';
import { type CallOptions } from './load-balancer';

/** Per-backend request statistics from a source of the user's own: HAProxy counters or access logs. Throws `CloudError`. */
export interface RequestStatisticsSource {
  read(
    instanceIds: readonly string[],
    options: CallOptions,
  ): Promise<ReadonlyMap<string, RequestStatistics>>;
}
