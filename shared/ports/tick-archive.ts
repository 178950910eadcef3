import { type Tick } from '../domain/tick';
import { type Instant } from '../domain/units';

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
