import { type LatencyBucket, LatencyHistogram, type LatencySummary } from './latency-histogram';

/** How a request failed: a status of 500 or more, refused, broken off, no complete answer in time, no address for the name, or anything else. */
export type LoadFailure = 'status' | 'refused' | 'reset' | 'timeout' | 'name' | 'other';

export interface LoadResult {
  /** When the request should have been sent, milliseconds since the epoch. */
  readonly intendedAt: number;
  /** From then until its answer was complete or it had failed. */
  readonly latencyMs: number;
  readonly failure?: LoadFailure;
  /** Value of `x-backend` in the answer. */
  readonly backend?: string;
  /** Where it went, when the host was a name that had an address. */
  readonly address?: string;
}

export interface LoadCount {
  readonly requests: number;
  readonly failed: number;
}

export interface LoadSecond extends LoadCount {
  /** Whole seconds since the load began, by intended time. */
  readonly second: number;
  /** By address, when the host was a name. */
  readonly addresses?: Readonly<Record<string, LoadCount>>;
}

/** Requests that went to one address. */
export interface AddressLoad extends LoadCount {
  readonly latency: LatencySummary;
  readonly buckets: readonly LatencyBucket[];
}

/** What clients saw. Latencies are of requests that succeeded, counted from the time they should have been sent. */
export interface LoadReport extends LoadCount {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly failures: Readonly<Record<LoadFailure, number>>;
  readonly latency: LatencySummary;
  readonly backends: Readonly<Record<string, LoadCount>>;
  /** By address; empty when the host was one itself. */
  readonly addresses: Readonly<Record<string, AddressLoad>>;
  /** Intended times of the first and the last request that failed. */
  readonly firstFailureAt: number | null;
  readonly lastFailureAt: number | null;
  readonly seconds: readonly LoadSecond[];
}

interface MutableCount {
  requests: number;
  failed: number;
}

/** Counts by name, in the order of names. */
const inOrder = <T extends MutableCount>(counts: ReadonlyMap<string, T>): Record<string, T> =>
  Object.fromEntries(
    [...counts].sort(([a], [b]) => a.localeCompare(b)).map(([name, count]) => [name, { ...count }]),
  );

const countIn = <K>(counts: Map<K, MutableCount>, key: K, isFailed: boolean): void => {
  const count = counts.get(key) ?? { requests: 0, failed: 0 };
  counts.set(key, count);
  count.requests++;
  if (isFailed) count.failed++;
};

/** Gathers results into a report. */
export class LoadRecorder {
  private readonly startedAt: number;
  private readonly origin: number;
  private readonly total: MutableCount = { requests: 0, failed: 0 };
  private readonly failures: Record<LoadFailure, number> = {
    status: 0,
    refused: 0,
    reset: 0,
    timeout: 0,
    name: 0,
    other: 0,
  };
  private readonly histogram = new LatencyHistogram();
  private readonly backends = new Map<string, MutableCount>();
  private readonly addresses = new Map<string, MutableCount>();
  private readonly latencies = new Map<string, LatencyHistogram>();
  private readonly seconds = new Map<number, MutableCount>();
  private readonly addressesOfSeconds = new Map<number, Map<string, MutableCount>>();
  private firstFailureAt: number | null = null;
  private lastFailureAt: number | null = null;

  /** `origin` is when the load began. */
  constructor(startedAt: number, origin = startedAt) {
    this.origin = origin;
    this.startedAt = startedAt;
  }

  add(result: LoadResult): void {
    const isFailed = result.failure !== undefined;
    this.total.requests++;
    const second = Math.floor((result.intendedAt - this.origin) / 1000);
    countIn(this.seconds, second, isFailed);
    if (result.address !== undefined) this.addAddress(result.address, second, result);
    if (result.backend !== undefined) countIn(this.backends, result.backend, isFailed);
    if (result.failure === undefined) this.histogram.add(result.latencyMs);
    else this.addFailure(result.failure, result.intendedAt);
  }

  report(endedAt: number): LoadReport {
    return {
      startedAt: this.startedAt,
      endedAt,
      ...this.total,
      failures: { ...this.failures },
      latency: this.histogram.summary(),
      backends: inOrder(this.backends),
      addresses: Object.fromEntries(
        Object.entries(inOrder(this.addresses)).map(([address, count]) => [
          address,
          {
            ...count,
            latency: this.latencyOf(address).summary(),
            buckets: this.latencyOf(address).ranked(),
          },
        ]),
      ),
      firstFailureAt: this.firstFailureAt,
      lastFailureAt: this.lastFailureAt,
      seconds: [...this.seconds]
        .sort(([a], [b]) => a - b)
        .map(([second, count]) => ({ second, ...count, ...this.addressesIn(second) })),
    };
  }

  private addAddress(address: string, second: number, { failure, latencyMs }: LoadResult): void {
    const isFailed = failure !== undefined;
    countIn(this.addresses, address, isFailed);
    const ofSecond = this.addressesOfSeconds.get(second) ?? new Map<string, MutableCount>();
    this.addressesOfSeconds.set(second, ofSecond);
    countIn(ofSecond, address, isFailed);
    if (!isFailed) this.latencyOf(address).add(latencyMs);
  }

  private addressesIn(second: number): Pick<LoadSecond, 'addresses'> {
    const counts = this.addressesOfSeconds.get(second);
    return counts === undefined ? {} : { addresses: inOrder(counts) };
  }

  private latencyOf(address: string): LatencyHistogram {
    const histogram = this.latencies.get(address) ?? new LatencyHistogram();
    this.latencies.set(address, histogram);
    return histogram;
  }

  private addFailure(failure: LoadFailure, intendedAt: number): void {
    this.total.failed++;
    this.failures[failure]++;
    this.firstFailureAt = Math.min(this.firstFailureAt ?? intendedAt, intendedAt);
    this.lastFailureAt = Math.max(this.lastFailureAt ?? intendedAt, intendedAt);
  }
}
