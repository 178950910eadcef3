import { type LocalService } from '../contracts';
import { throttled } from './gateway-errors';

/** Calls of one API that one account may make in one region per period. */
export interface Quota {
  readonly count: number;
  readonly periodMs: number;
}

/**
 * Quotas by product, for reads and writes, with exceptions by action. The vendor publishes those of Slb and most of
 * Alidns; those of Ecs are only in its Quota Center and those of Cms depend on the call, so both are settings with an assumed default, as are
 * those of the status and weight calls of Alidns.
 */
export interface ThrottleSettings {
  readonly reads: Readonly<Record<LocalService['product'], Quota>>;
  readonly writes: Readonly<Record<LocalService['product'], Quota>>;
  readonly exceptions: Readonly<Record<string, Quota>>;
  /** Whether a refusal says when to come back (`x-acs-retry-after`, milliseconds). */
  readonly saysRetryAfter: boolean;
}

export const DEFAULT_THROTTLE: ThrottleSettings = {
  reads: {
    Slb: { count: 3000, periodMs: 60_000 },
    Ecs: { count: 600, periodMs: 60_000 },
    Cms: { count: 50, periodMs: 1_000 },
    Alidns: { count: 100, periodMs: 1_000 },
  },
  writes: {
    Slb: { count: 90, periodMs: 60_000 },
    Ecs: { count: 200, periodMs: 60_000 },
    Cms: { count: 50, periodMs: 1_000 },
    Alidns: { count: 60, periodMs: 1_000 },
  },
  exceptions: {
    DescribeSubDomainRecords: { count: 300, periodMs: 1_000 },
    DescribeDomainRecordInfo: { count: 200, periodMs: 1_000 },
    DeleteSubDomainRecords: { count: 20, periodMs: 1_000 },
    AddDomain: { count: 10, periodMs: 1_000 },
  },
  saysRetryAfter: true,
};

interface Bucket {
  readonly periodIndex: number;
  used: number;
}

export interface ThrottledCall {
  readonly product: LocalService['product'];
  readonly action: string;
  readonly accountId: string;
  readonly regionId: string;
}

const READ = /^(Describe|List|Get|Query)/;

/**
 * Token buckets per region, API and account, filled whole at the start of each period: an API that ran dry stays blocked until then,
 * the others do not notice.
 */
export class Throttle {
  readonly #settings: ThrottleSettings;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(settings: ThrottleSettings, now: () => number) {
    this.#settings = settings;
    this.#now = now;
  }

  /** Takes one token, or throws the vendor's `Throttling`. */
  take(call: ThrottledCall): void {
    const { count, periodMs } = this.#quotaOf(call);
    const now = this.#now();
    const bucket = this.#bucketOf(
      [call.regionId, call.product, call.action, call.accountId].join(' '),
      Math.floor(now / periodMs),
    );
    if (bucket.used >= count)
      throw throttled(this.#settings.saysRetryAfter ? periodMs - (now % periodMs) : null);
    bucket.used += 1;
  }

  #quotaOf({ product, action }: ThrottledCall): Quota {
    return (
      this.#settings.exceptions[action] ??
      (READ.test(action) ? this.#settings.reads : this.#settings.writes)[product]
    );
  }

  #bucketOf(key: string, periodIndex: number): Bucket {
    const known = this.#buckets.get(key);
    if (known?.periodIndex === periodIndex) return known;
    const fresh = { periodIndex, used: 0 };
    this.#buckets.set(key, fresh);
    return fresh;
  }
}
