import { type FaultKind } from './fault-kinds';

/** A pool to lay out. */
export interface PoolWish {
  readonly name: string;
  readonly regionId: string;
  /** Instances at the start. */
  readonly count: number;
  readonly instanceTypes: readonly string[];
  /** Weights in turn. */
  readonly weights: readonly number[];
  /** Load balancers that every instance stands behind. */
  readonly copies: number;
  readonly hasGroups: boolean;
  readonly checkIntervalS: number;
  /** Share of the instances that are spot, in permille. */
  readonly spotShare: number;
  readonly isScaled: boolean;
  /** Share of all vCPUs that the load keeps busy on average, in permille. */
  readonly busyShare: number;
  /** Its section of the policy without name, region and targets. */
  readonly policy: Readonly<Record<string, unknown>>;
}

/** A public name over the first two regions, at home in another one. */
export interface NameWish {
  readonly homeRegionId: string;
  readonly vantages: readonly string[];
  readonly lines: readonly string[];
  readonly policy: Readonly<Record<string, unknown>>;
}

/** How often one kind of fault comes, on average. */
export interface FaultRate {
  readonly kind: FaultKind;
  readonly everyMs: number;
}

/** A universe as its seed draws it: everything that is not left to happen. */
export interface Setting {
  readonly seed: number;
  readonly startAt: number;
  readonly calmAt: number;
  readonly endsAt: number;
  /** Regions with pools. */
  readonly regionIds: readonly string[];
  readonly pools: readonly PoolWish[];
  readonly name: NameWish | null;
  readonly faults: readonly FaultRate[];
  /** Of one call of the cloud’s API, on average. */
  readonly callMs: number;
  /** Of one call of the state store; 0 for one that answers at once. */
  readonly storeMs: number;
  /** Share of the runs of workers that die on the way, in permille. */
  readonly deathShare: number;
  /** Share of the runs that stand still on the way. */
  readonly freezeShare: number;
  /** Share of the runs that never come back. */
  readonly hangShare: number;
  /** Longest boot of an instance, until its service answers. */
  readonly bootMs: number;
  readonly hasAlarms: boolean;
  /** Period of on-timer. */
  readonly timerMs: number;
}
