import { type LocalClock, VendorError } from '../contracts';
import { chinaMonth } from '../time-text';

/** Metric queries that are free each month, for the whole account. */
const FREE_CALLS_PER_MONTH = 1_000_000;

/** Counts DescribeMetricLast, List, Data and Top together, per calendar month in UTC+8. */
export class CallQuota {
  private readonly clock: LocalClock;
  private readonly limit: number;
  private month = '';
  private used = 0;

  constructor(clock: LocalClock, limit: number = FREE_CALLS_PER_MONTH) {
    this.clock = clock;
    this.limit = limit;
  }

  /** Calls of the month that cost nothing. */
  get free(): number {
    return this.limit;
  }

  get usedThisMonth(): number {
    return this.month === chinaMonth(this.clock.now()) ? this.used : 0;
  }

  /** Counts one call; refuses it when the month's are used up. The vendor does not publish that refusal's code. */
  count(): void {
    const used = this.usedThisMonth;
    if (used >= this.limit)
      throw new VendorError(
        403,
        'QuotaExceeded.MonthlyFreeCalls',
        'The free quota of metric queries of this month is used up.',
      );
    this.month = chinaMonth(this.clock.now());
    this.used = used + 1;
  }
}
