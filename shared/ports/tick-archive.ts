import { type Tick } from '../domain/tick';
import { type Instant, type Permille } from '../domain/units';

/** What a pool’s charts are drawn from; null where nobody knew. */
export interface TickFigures {
  /** Backends that serve, and how many are wanted; null where the pool is not scaled. */
  readonly serving: number;
  readonly desired: number | null;
  /** Weights of all backends together, and what they would be if all were well. */
  readonly weight: number;
  readonly fullWeight: number;
  readonly requestsPerSecond: number | null;
  readonly responseTimeMs: number | null;
  /** Share of the requests that failed, and of the probes. */
  readonly failed: Permille | null;
  readonly failedProbes: Permille | null;
}

/** One line of history: enough to find a tick and to see that nothing happened when nothing did. */
export interface TickDigest {
  readonly tickId: string;
  readonly poolName: string;
  readonly at: Instant;
  readonly wake: string;
  readonly isWhole: boolean;
  readonly healthy: number;
  readonly members: number;
  readonly steps: number;
  readonly withheld: number;
  readonly summary: string;
  /** Left out by a tick of a name, and by earlier versions. */
  readonly figures?: TickFigures;
}

/** How much history is kept. What is over either of them goes, the oldest first. */
export interface Retention {
  /** Days of history, today included. */
  readonly days: number;
  /** Bytes over all pools. Whole ticks go before lines of history do. */
  readonly bytes: number;
}

/**
 * The journal of ticks, apart from the state store, with retention in days and bytes. Whole ticks are kept when something
 * was proposed, withheld or changed, and hourly; otherwise a digest. One contract suite runs over every adapter.
 */
export interface TickArchive<T = Tick> {
  append(digest: TickDigest, tick: T | null): Promise<void>;
  /** Newest first. */
  list(
    poolName: string,
    range: { readonly from?: Instant; readonly to?: Instant; readonly limit: number },
  ): Promise<readonly TickDigest[]>;
  read(poolName: string, tickId: string): Promise<T | null>;
}
