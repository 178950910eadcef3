/** Buckets grow by this factor, so a quantile is off by at most 2 %. */
const GROWTH = 1.02;
const LOG_GROWTH = Math.log(GROWTH);

export interface LatencySummary {
  readonly count: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** How many samples took at most so long, and longer than the bucket before. */
export interface LatencyBucket {
  readonly upToMs: number;
  readonly count: number;
}

/** Latencies in buckets of equal ratio: any number of samples in little memory. */
export class LatencyHistogram {
  private readonly buckets = new Map<number, number>();
  private count = 0;
  private sumMs = 0;
  private maxMs = 0;

  add(latencyMs: number): void {
    const bucket = Math.ceil(Math.log(Math.max(latencyMs, 0.001)) / LOG_GROWTH);
    this.buckets.set(bucket, (this.buckets.get(bucket) ?? 0) + 1);
    this.count++;
    this.sumMs += latencyMs;
    this.maxMs = Math.max(this.maxMs, latencyMs);
  }

  /** The latency that `share` (0 … 1) of the samples do not exceed; 0 without samples. */
  quantile(share: number): number {
    const rank = Math.ceil(share * this.count);
    let passed = 0;
    for (const [bucket, count] of [...this.buckets].sort(([a], [b]) => a - b)) {
      passed += count;
      if (passed >= rank) return Math.min(GROWTH ** bucket, this.maxMs);
    }
    return this.maxMs;
  }

  /** By rising latency: what two moments of a load differ by is told by the difference of their buckets. */
  ranked(): readonly LatencyBucket[] {
    return [...this.buckets]
      .sort(([a], [b]) => a - b)
      .map(([bucket, count]) => ({ upToMs: GROWTH ** bucket, count }));
  }

  summary(): LatencySummary {
    const meanMs = this.count === 0 ? 0 : this.sumMs / this.count;
    return {
      count: this.count,
      meanMs,
      p50Ms: this.quantile(0.5),
      p90Ms: this.quantile(0.9),
      p99Ms: this.quantile(0.99),
      maxMs: this.maxMs,
    };
  }
}
