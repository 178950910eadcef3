import { type ProbeWindow, type RequestStatistics } from './probe-window';
import { type PoolFigures } from './pool-figures';
import { type Rung } from './policy';
import { type ReasonCode } from './reasons';
import { type ScaleMemory } from './scale-memory';
import { type TargetKey } from './target';
import { type Instant } from './units';

/** healthy → suspect → ejected → probation → healthy. */
export type BackendState = 'healthy' | 'suspect' | 'ejected' | 'probation';

/** A weight that we wrote, kept to tell our own late writes from a person's. */
export interface WrittenWeight {
  readonly targetKey: TargetKey;
  readonly weight: number;
  readonly at: Instant;
  /** Set while nobody knows whether it landed: its answer was lost, or it was only about to be sent. */
  readonly isUncertain?: true;
}

/** Where a backend stands on the heal ladder. An operation is a hint: every step re-derives its precondition. */
export interface LadderMemory {
  readonly rung: Rung;
  readonly operationId: string;
  readonly startedAt: Instant;
  /** When to look again. */
  readonly verifyAt: Instant;
  readonly invokeId: string | null;
}

export interface RepairMemory {
  readonly rung: 'restart' | 'reboot';
  readonly at: Instant;
  readonly hasHelped: boolean | null;
}

/** What the loop remembers of one backend between ticks. Losing it loses nothing that matters: instance tags carry the ejection. */
export interface BackendMemory {
  readonly state: BackendState;
  readonly since: Instant;
  readonly cause: ReasonCode | null;
  readonly firstSeenAt: Instant;
  /** Base weight per target: what the backend gets when it is well. */
  readonly baseWeights: Readonly<Record<TargetKey, number>>;
  /** The last few weights we wrote, newest first, at most 8 per target. */
  readonly written: readonly WrittenWeight[];
  readonly badStreak: number;
  readonly goodStreak: number;
  /** Recent probe windows, newest first, as many as the outlier rule needs. */
  readonly windows: readonly ProbeWindow[];
  readonly statistics: readonly RequestStatistics[];
  /** Consecutive disjoint windows in which this backend was an outlier. */
  readonly outlierStreak: number;
  readonly offences: number;
  readonly lastOffenceAt: Instant | null;
  readonly ejectedUntil: Instant | null;
  readonly probationStep: number;
  readonly probationStepAt: Instant | null;
  readonly ladder: LadderMemory | null;
  readonly repairs: readonly RepairMemory[];
  /** Weights adopted from a person, with when they were noticed. */
  readonly personWeightAt: Instant | null;
  /** Whether the protection tag was on the instance when its tags were last seen, so that an outage of ECS does not lift protection; absent while they never were. */
  readonly isProtected?: boolean;
}

/** One weight-lowering change of ours, for the budget per window. */
export interface ChangeMemory {
  readonly at: Instant;
  readonly instanceId: string;
}

/** A write that the cloud refused for good, and until when nothing of its kind is sent. */
export interface RefusedWrite {
  readonly code: string;
  readonly until: Instant;
}

export interface PoolMemory {
  readonly schema: 1;
  readonly updatedAt: Instant | null;
  readonly panicSince: Instant | null;
  readonly backends: Readonly<Record<string, BackendMemory>>;
  readonly changes: readonly ChangeMemory[];
  readonly memberCount: number | null;
  readonly breakerOpenUntil: Instant | null;
  readonly failedRepairs: number;
  /** Where the rotation of probes stands in a pool larger than the budget. */
  readonly probeCursor: number;
  /** When each alert key was last raised. */
  readonly alerts: Readonly<Record<string, Instant>>;
  readonly scale?: ScaleMemory;
  /** Writes that the cloud refused for good, by kind or by kind and instance; absent while there are none. */
  readonly refusals?: Readonly<Record<string, RefusedWrite>>;
  /** Figures for metrics; nothing is decided on them. */
  readonly figures?: PoolFigures;
}

export const EMPTY_MEMORY: PoolMemory = {
  schema: 1,
  updatedAt: null,
  panicSince: null,
  backends: {},
  changes: [],
  memberCount: null,
  breakerOpenUntil: null,
  failedRepairs: 0,
  probeCursor: 0,
  alerts: {},
};
