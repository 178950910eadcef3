import { type Reading } from '../reading';
import { type Instant, type Permille } from '../units';
import { type DnsRecord, type LineWeighting } from './dns-record';
import { type NameMemory } from './name-memory';

/** What one voter says about one site. */
export interface Vote {
  /** Region of a vantage, or name of an outside voter. */
  readonly voter: string;
  readonly kind: 'vantage' | 'outside';
  readonly siteName: string;
  readonly answer: 'up' | 'down' | 'unknown';
  readonly at: Instant;
  readonly attempts: number;
  readonly failed: number;
  /** Median of the attempts that were answered; null when none was. */
  readonly latencyMs: number | null;
  readonly detail: string;
}

/**
 * What the region of a site tells about its pool. Loads are in thousandths of an instance at its target: 2,500 keep two and a half
 * instances as busy as the policy wants them.
 */
export interface SiteCapacity {
  /** Instances that serve and are healthy. */
  readonly serving: number;
  /**
   * What those who serve bear by their present weights, in thousandths of an instance: a newcomer in slow start counts for its share.
   * Left out by a region of an older version: each counts in full.
   */
  readonly bearing?: number;
  readonly members: number;
  readonly healthy: Permille;
  /** Load at present; missing where the pool follows no metric. */
  readonly load: Reading<number>;
  /** Requests per second in thousandths, now, and as usual at this time where that is known. */
  readonly traffic: Reading<number>;
  readonly errorShare: Reading<number>;
  /** Instances of the warm pool. */
  readonly warm: number;
  /** The most instances that policy and quota let the pool have; null where the pool is not scaled. */
  readonly max: number | null;
  /** Instances that are on their way. */
  readonly arriving: number;
  /** False while launches are refused: stock, quota, breaker. */
  readonly canLaunch: boolean;
  readonly takenAt: Instant;
}

/** A signed word of a person, checked: used once. */
export interface Approval {
  readonly approvalId: string;
  readonly moveId: string;
  readonly by: string;
  readonly isGranted: boolean;
  readonly at: Instant;
  readonly until: Instant;
}

/** Nothing is written while it holds. */
export interface Freeze {
  readonly by: string;
  readonly reason: string;
  readonly at: Instant;
  readonly until: Instant;
}

/** A person’s wish for one site. */
export interface SiteOrder {
  readonly kind: 'failover' | 'failback' | 'practice';
  readonly siteName: string;
  readonly by: string;
  readonly reason: string;
  readonly at: Instant;
  readonly until: Instant;
}

/** Destructive work goes on in one region at a time; this one holds the right. */
export interface RegionClaim {
  readonly regionId: string;
  /** Who took it, or whoever of them is left. */
  readonly nameName: string;
  readonly at: Instant;
  readonly until: Instant;
  /** Until when each of the names that leave the region holds it; left out: `nameName` alone. */
  readonly holders?: Readonly<Record<string, Instant>>;
}

/** Everything that one tick saw of a name. */
export interface NameSnapshot {
  readonly name: string;
  readonly takenAt: Instant;
  /** Every record of the host, any type and line. */
  readonly records: Reading<readonly DnsRecord[]>;
  readonly weighting: Reading<readonly LineWeighting[]>;
  readonly minimumTtlSeconds: Reading<number>;
  readonly votes: readonly Vote[];
  readonly capacities: Readonly<Record<string, Reading<SiteCapacity>>>;
  readonly orders: readonly SiteOrder[];
  readonly approvals: readonly Approval[];
  readonly freeze: Freeze | null;
  readonly claim: RegionClaim | null;
  readonly memory: NameMemory;
}
