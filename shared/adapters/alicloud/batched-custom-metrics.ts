import { type CallBudget, callsKept } from '../../domain/call-budget';
import { metricCallsBucket } from '../../domain/store-keys';
import { type Clock } from '../../ports/clock';
import { type CustomMetrics, type CustomPoint } from '../../ports/custom-metrics';
import { type CallOptions } from '../../ports/load-balancer';
import { type StateStore } from '../../ports/state-store';
import { type CustomMetricPlace, putCustomMetrics } from './put-custom-metrics';

export interface BatchedCustomMetricsOptions extends CustomMetricPlace {
  readonly clock: Clock;
  readonly store: Pick<StateStore, 'takeTokens'>;
  /** CloudMonitor’s calls of the account’s month. */
  readonly budget: CallBudget;
  /** Tells accounts that share a store apart. */
  readonly accountId: string;
}

/** Entries of one call; the documentation speaks of 21. */
const POINTS_PER_CALL = 20;

/**
 * Figures as custom metrics of CloudMonitor, twenty in a call, as long as the account’s month has calls left: readings, which decisions
 * rest on, come first.
 */
export class BatchedCustomMetrics implements CustomMetrics {
  private readonly options: BatchedCustomMetricsOptions;

  constructor(options: BatchedCustomMetricsOptions) {
    this.options = options;
  }

  async put(points: readonly CustomPoint[], options: CallOptions): Promise<number> {
    const at = this.options.clock.now();
    let written = 0;
    for (let from = 0; from < points.length; from += POINTS_PER_CALL) {
      if (!(await this.mayCall())) break;
      const batch = points.slice(from, from + POINTS_PER_CALL);
      await putCustomMetrics(this.options, batch, at, options);
      written += batch.length;
    }
    return written;
  }

  private async mayCall(): Promise<boolean> {
    const { store, budget, accountId } = this.options;
    const reserve = callsKept(budget.capacity, 'feedback');
    const request = { ...budget, count: 1, reserve };
    return (await store.takeTokens(metricCallsBucket(accountId), request)).isGranted;
  }
}
