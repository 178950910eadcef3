import { type CallOptions } from './load-balancer';

/** One value of one time series. */
export interface CustomPoint {
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Writes figures of ours to a monitoring service, for people and alarms there. */
export interface CustomMetrics {
  /** Tells how many were written: fewer where calls are kept back. Throws `CloudError`. */
  put(points: readonly CustomPoint[], options: CallOptions): Promise<number>;
}
