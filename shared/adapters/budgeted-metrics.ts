import { type CallBudget, callsKept } from '../domain/call-budget';
import { metricCallsBucket } from '../domain/store-keys';
import { ceilDiv } from '../domain/units';
import { type CallOptions } from '../ports/load-balancer';
import { type MetricPoint, type MetricQuery, type Metrics } from '../ports/metrics';
import { type StateStore, StoreUnavailable } from '../ports/state-store';
import { budgetSpent } from './alicloud/budgeted-rpc';

export interface BudgetedMetricsOptions {
  readonly metrics: Metrics;
  readonly store: Pick<StateStore, 'takeTokens'>;
  readonly budget: CallBudget;
  /** Tells accounts that share a store apart. */
  readonly accountId: string;
}

/** As many as CloudMonitor takes in one call. */
const DIMENSIONS_PER_CALL = 50;

/**
 * Reads metrics while the account has calls left in its month, counted by all who share the store. Throws a `CloudError` of code
 * `BudgetSpent` instead of a call. What does not say how urgent it is, healing, may take the last one. Without the store it reads.
 */
export class BudgetedMetrics implements Metrics {
  private readonly options: BudgetedMetricsOptions;

  constructor(options: BudgetedMetricsOptions) {
    this.options = options;
  }

  async readLatest(query: MetricQuery, options: CallOptions): Promise<readonly MetricPoint[]> {
    const waitMs = await this.takeCalls(query.dimensions.length, options);
    if (waitMs > 0) throw budgetSpent('DescribeMetricLast', waitMs);
    return this.options.metrics.readLatest(query, options);
  }

  /** How long until the account may make so many calls more; 0 when it may now, and they are taken. */
  private async takeCalls(dimensions: number, { priority }: CallOptions): Promise<number> {
    const { store, budget, accountId } = this.options;
    const reserve = priority === undefined ? 0 : callsKept(budget.capacity, priority);
    const count = Math.min(ceilDiv(dimensions, DIMENSIONS_PER_CALL), budget.capacity - reserve);
    try {
      const request = { ...budget, count, reserve };
      return (await store.takeTokens(metricCallsBucket(accountId), request)).waitMs;
    } catch (error) {
      if (error instanceof StoreUnavailable) return 0;
      throw error;
    }
  }
}
