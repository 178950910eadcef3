import { type Instant, type Permille } from '../units';
import { type NameMemory, type SiteState } from './name-memory';
import { type NameReasonCode } from './name-reasons';

interface NameStepBase {
  readonly stepId: string;
  readonly siteName: string;
  readonly reason: NameReasonCode;
  /** What was seen that speaks for it, for people. */
  readonly evidence: readonly string[];
}

/** A step on one record; absolute, may be repeated. */
interface RecordStepBase extends NameStepBase {
  readonly recordId: string;
  readonly line: string;
}

export interface EnableRecordStep extends RecordStepBase {
  readonly kind: 'enable-record';
}

export interface PauseRecordStep extends RecordStepBase {
  readonly kind: 'pause-record';
  /** The move it belongs to: what velocity counts and a person approves. */
  readonly moveId: string;
}

export interface SetRecordWeightStep extends RecordStepBase {
  readonly kind: 'set-record-weight';
  readonly from: number | null;
  readonly to: number;
  /** Set where it takes traffic away. */
  readonly moveId: string | null;
}

/** Note on a record that says it was paused by us, so that losing the store loses nothing. */
export interface RemarkRecordStep extends RecordStepBase {
  readonly kind: 'remark-record';
  readonly remark: string;
}

export interface OpenWeightingStep extends NameStepBase {
  readonly kind: 'open-weighting';
  readonly line: string;
}

/** An expiring wish to another pool, which obeys through its own guards. */
export interface RequestFloorStep extends NameStepBase {
  readonly kind: 'request-floor';
  readonly poolName: string;
  readonly regionId: string;
  readonly count: number;
  readonly until: Instant;
}

export type RecordStep =
  EnableRecordStep | PauseRecordStep | SetRecordWeightStep | RemarkRecordStep;

export type NameStep = RecordStep | OpenWeightingStep | RequestFloorStep;

/** What was concluded about one site, acted on or not. */
export interface SiteVerdict {
  readonly siteName: string;
  readonly verdict: 'up' | 'down' | 'unknown';
  readonly state: SiteState;
  readonly nextState: SiteState;
  readonly reason: NameReasonCode;
  readonly detail: string;
  /** Each vote in words, and whether it counted. */
  readonly evidence: readonly string[];
  /** Share of the name’s answers that it gets at present, worst line first counted; 0 while paused. */
  readonly share: Permille;
}

/** What a move means for the others, in thousandths of an instance at its target. */
export interface CapacityForecast {
  readonly siteName: string;
  readonly moving: number;
  readonly receivers: readonly {
    readonly siteName: string;
    readonly load: number | null;
    readonly added: number;
    /** Instances that the whole load asks for. */
    readonly needed: number | null;
    readonly serving: number | null;
    /** The most load that those which serve may carry for the time of a failover. */
    readonly limit: number | null;
  }[];
  /** What nobody can carry, in permille of what moves; null when nobody knows. */
  readonly shed: Permille | null;
  readonly detail: string;
}

export interface NameAlert {
  /** One alert per key and 15 minutes. */
  readonly key: string;
  readonly severity: 'info' | 'warning' | 'critical';
  readonly reason: NameReasonCode;
  readonly siteName: string | null;
  readonly message: string;
}

/** What would be right, before safety has its say. */
export interface NameProposal {
  readonly steps: readonly NameStep[];
  readonly verdicts: readonly SiteVerdict[];
  readonly forecasts: readonly CapacityForecast[];
  readonly alerts: readonly NameAlert[];
  readonly isUnsteady: boolean;
  readonly lookAgainAt: Instant | null;
  /** Memory if every step is done, and if any is withheld or fails. */
  readonly memoryIfDone: NameMemory;
  readonly memoryIfNot: NameMemory;
}

export interface WithheldNameStep {
  readonly step: NameStep;
  readonly rule: NameReasonCode;
  readonly detail: string;
}

/** What is safe now. */
export interface NamePlan {
  readonly steps: readonly NameStep[];
  readonly withheld: readonly WithheldNameStep[];
}
