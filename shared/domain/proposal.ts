import { type Evidence } from './evidence';
import { type BackendMemory, type BackendState, type PoolMemory } from './memory';
import { type Rung } from './policy';
import { type ReasonCode } from './reasons';
import { type ScaleProposal } from './scale-proposal';
import { type ScaleStep } from './scale-steps';
import { type TargetKey } from './target';
import { type Instant, type Permille } from './units';

/** Writes are metered and prioritised in this order. */
export type Priority = 'restore' | 'eject' | 'ramp' | 'feedback';

export type { Evidence, SignalName } from './evidence';

interface StepBase {
  readonly stepId: string;
  readonly instanceId: string;
  readonly reason: ReasonCode;
  readonly evidence: readonly Evidence[];
}

/** Absolute: weight *to* `to`, never by. */
export interface SetWeightStep extends StepBase {
  readonly kind: 'set-weight';
  readonly priority: Priority;
  readonly targetKey: TargetKey;
  readonly port: number;
  readonly from: number;
  readonly to: number;
  /** False when the load balancer itself already sends nothing there, or a person ordered it. */
  readonly costsBudget: boolean;
}

/** Writes the ejection down on the instance, before the weight, so that losing the store loses nothing. */
export interface TagStep extends StepBase {
  readonly kind: 'tag';
  readonly tags: Readonly<Record<string, string>>;
  readonly removeKeys: readonly string[];
}

export interface RestartStep extends StepBase {
  readonly kind: 'restart-service';
  readonly operationId: string;
}

export interface RebootStep extends StepBase {
  readonly kind: 'reboot';
  readonly operationId: string;
}

/** Steps that heal takes; scaling shares the tag. */
export type HealStep = SetWeightStep | TagStep | RestartStep | RebootStep;
export type Step = HealStep | ScaleStep;

/** People are called. `key` deduplicates: one alert per key and 15 minutes. */
export interface Alert {
  readonly key: string;
  readonly severity: 'info' | 'warning' | 'critical';
  readonly reason: ReasonCode;
  readonly instanceId: string | null;
  readonly message: string;
}

/** What was concluded about one backend, acted on or not: the answer to "why did you not act?". */
export interface BackendVerdict {
  readonly instanceId: string;
  readonly state: BackendState;
  readonly nextState: BackendState;
  readonly reason: ReasonCode;
  readonly detail: string;
  readonly rung: Rung | null;
  readonly evidence: readonly Evidence[];
  /** Serves traffic now: weight above 0 somewhere and not known to be dead. */
  readonly isServing: boolean;
  readonly isHealthy: boolean;
  /** Memory if every step of this backend is done, and if any is withheld or fails. */
  readonly memoryIfDone: BackendMemory;
  readonly memoryIfNot: BackendMemory;
}

/** What would be right, before safety has its say. */
export interface Proposal {
  readonly steps: readonly Step[];
  readonly verdicts: readonly BackendVerdict[];
  readonly alerts: readonly Alert[];
  readonly isPanic: boolean;
  readonly healthy: Permille;
  /** True while something is suspect, ejected, ramping or waiting: `watch: unsteady` stays awake. */
  readonly isUnsteady: boolean;
  /** Whole-pool memory apart from the backends' own, before the outcome is known. */
  readonly memory: Omit<PoolMemory, 'backends' | 'changes'>;
  /** When the next tick has something to do that no event will announce; null when nothing is pending. */
  readonly lookAgainAt: Instant | null;
  /** Only where the pool is scaled or its members are named by tag. */
  readonly scale?: ScaleProposal;
}
