import { type Instant } from '../units';
import { type NameReasonCode } from './name-reasons';

/**
 * serving → suspect (down, held) → waiting (for capacity or a person) → paused → recovering (up, held) → returning → serving.
 * `partial`: keeps a part of its traffic because the others cannot carry it all. `absent`: a person paused it, or it has no record.
 */
export type SiteState =
  'serving' | 'suspect' | 'waiting' | 'partial' | 'paused' | 'recovering' | 'returning' | 'absent';

export interface SiteMemory {
  readonly state: SiteState;
  readonly since: Instant;
  /** Begin of the present unbroken run of one verdict; null while there is none. */
  readonly downSince: Instant | null;
  readonly upSince: Instant | null;
  /** When the verdict was last up or down: a longer silence breaks a run. */
  readonly judgedAt: Instant | null;
  readonly cause: NameReasonCode | null;
  /** Since when a pause waits for capacity. */
  readonly waitingSince: Instant | null;
  /** Index into the policy’s stages, and since when it is held. */
  readonly stage: number;
  readonly stageSince: Instant | null;
  /** The last load and traffic that were fresh while it served all of its share: what has to move when it dies. */
  readonly usual: {
    readonly load: number | null;
    readonly traffic: number | null;
    readonly at: Instant;
  } | null;
  /** The move under which it left, wholly or in part; null once it is back. */
  readonly move: Omit<MoveMemory, 'siteName'> | null;
  /** Weights of its records before we lowered them, by record id. */
  readonly baseWeights: Readonly<Record<string, number>>;
  /**
   * Of use while `partial`: what each of the others will carry once all clients of the last part have come, by site. Their metrics tell
   * of them minutes later.
   */
  readonly expectedLoads?: Readonly<Record<string, number>>;
}

/** A move of traffic that was begun, for velocity and history. */
export interface MoveMemory {
  readonly moveId: string;
  readonly kind: 'failover' | 'failback' | 'practice';
  readonly siteName: string;
  readonly at: Instant;
}

/** A record that we wrote, kept to tell our own late writes from a person’s. */
export interface WrittenRecord {
  readonly recordId: string;
  readonly isEnabled: boolean;
  readonly weight: number | null;
  readonly at: Instant;
}

/** A move that waits for a person’s word. */
export interface PendingApproval {
  readonly moveId: string;
  readonly siteName: string;
  readonly reason: NameReasonCode;
  readonly askedAt: Instant;
  readonly until: Instant;
}

export interface PracticeMemory {
  readonly siteName: string;
  readonly startedAt: Instant;
  readonly until: Instant;
  /** Why it ended before its time; null while it has not. */
  readonly abortedBecause: string | null;
}

/** A floor that was asked of a pool, so that it is renewed in time and not with every look. */
export interface FloorMemory {
  readonly count: number;
  readonly until: Instant;
}

/** What the loop remembers of a name between ticks. Remarks on paused records carry what must not be lost with it. */
export interface NameMemory {
  readonly schema: 1;
  readonly updatedAt: Instant | null;
  /** Grows with every tick that plans a write: a slower worker sees that its plan is old. */
  readonly generation: number;
  /** The tick that planned the last write; a count may begin again when the store is lost, a tick’s id does not. */
  readonly plannedBy?: string;
  readonly sites: Readonly<Record<string, SiteMemory>>;
  readonly moves: readonly MoveMemory[];
  /** Newest first. */
  readonly written: readonly WrittenRecord[];
  readonly pending: readonly PendingApproval[];
  /** Ids of approvals that were used: each is good for one move. */
  readonly usedApprovals: readonly string[];
  readonly practice: PracticeMemory | null;
  /** Lines on which we switched weighting on: their weights are ours to give, but for those that a person changed. */
  readonly weightedLines?: readonly string[];
  /** Steps that move traffic, by id, and how many looks in a row planned them and could not send them. */
  readonly unsent?: Readonly<Record<string, number>>;
  /** By name of the pool. */
  readonly floors: Readonly<Record<string, FloorMemory>>;
}

/** A site of which nothing is remembered. */
export const freshSite = (at: Instant): SiteMemory => ({
  state: 'serving',
  since: at,
  downSince: null,
  upSince: null,
  judgedAt: null,
  cause: null,
  waitingSince: null,
  stage: 0,
  stageSince: null,
  usual: null,
  move: null,
  baseWeights: {},
});

export const EMPTY_NAME_MEMORY: NameMemory = {
  schema: 1,
  updatedAt: null,
  generation: 0,
  sites: {},
  moves: [],
  written: [],
  pending: [],
  usedApprovals: [],
  practice: null,
  floors: {},
};
