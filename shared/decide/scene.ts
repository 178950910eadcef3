import { type BackendMemory } from '../domain/memory';
import { type PoolPolicy } from '../domain/policy';
import { type BackendSnapshot, type DrainOrder, type PoolSnapshot } from '../domain/pool';
import { type ProbeWindow, type RequestStatistics } from '../domain/probe-window';
import { type Instant } from '../domain/units';
import { type OutlierVerdict } from './outliers';
import { type Vantage } from './vantage';

/** What every backend is judged against: computed once per tick, the same for all. */
export interface Scene {
  readonly pool: PoolSnapshot;
  readonly policy: PoolPolicy;
  readonly now: Instant;
  readonly vantage: Vantage;
  readonly subjects: Readonly<Record<string, Subject>>;
  readonly orders: Readonly<Record<string, DrainOrder>>;
  readonly isPanic: boolean;
}

/** One backend with what is remembered of it and what the whole-pool rules say about it. */
export interface Subject {
  readonly backend: BackendSnapshot;
  /** Memory with this tick's observations taken in, before any decision. */
  readonly memory: BackendMemory;
  /** Fresh, disjoint probe windows, newest first; empty when the vantage is broken. */
  readonly windows: readonly ProbeWindow[];
  readonly statistics: readonly RequestStatistics[];
  /** What the comparison with its peers says, over the whole remembered history. */
  readonly outlier: OutlierVerdict;
  readonly isNewcomer: boolean;
  readonly personWeights: readonly PersonWeight[];
}

/** A weight that somebody else set; `expected` is null where nobody knows what it was. */
export interface PersonWeight {
  readonly key: string;
  readonly weight: number;
  readonly expected: number | null;
}
