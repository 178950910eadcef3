import { type NameReasonCode } from './failover/name-reasons';
import { type ReasonCode } from './reasons';
import { type LaunchAttempt, type RefusalKind } from './scale-memory';
import { type Step } from './proposal';
import { type Instant } from './units';

export interface WithheldStep {
  readonly step: Step;
  readonly rule: ReasonCode;
  readonly detail: string;
}

/** What is safe now: the proposal's steps less what the guards removed. Steps keep their order. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly withheld: readonly WithheldStep[];
}

export type StepResult =
  /** Done and read back. */
  | { readonly kind: 'done'; readonly detail: string }
  /** The world was there already. */
  | { readonly kind: 'already-so'; readonly detail: string }
  /** Observe mode: written down, not written. */
  | { readonly kind: 'would-do'; readonly detail: string }
  /**
   * Not sent: the lease would not outlive the call, time ran out, an earlier step this one needs failed, or the account’s calls are used
   * up (`api-budget`).
   */
  | {
      readonly kind: 'not-sent';
      readonly detail: string;
      readonly reason?: NameReasonCode | 'api-budget';
    }
  /** Refused or lost; `isAmbiguous` when it may have landed all the same. */
  | {
      readonly kind: 'failed';
      readonly code: string;
      readonly isAmbiguous: boolean;
      readonly detail: string;
      /**
       * Set when repeating it cannot help and a person must act: for lack of `permission`, which every write of this kind would
       * meet, or because of this `request` alone.
       */
      readonly refusal?: 'permission' | 'request';
      /** Set by a start: what class of refusal it met, as a launch would. */
      readonly lack?: RefusalKind;
    };

export interface StepOutcome {
  readonly stepId: string;
  readonly startedAt: Instant;
  readonly finishedAt: Instant;
  readonly result: StepResult;
  /** Set by a restart: what to look up next tick. */
  readonly invokeId?: string;
  /** Set by a launch: what became of each of its calls, and why some were refused. */
  readonly launch?: LaunchOutcome;
}

export interface LaunchOutcome {
  readonly attempts: readonly LaunchAttempt[];
  readonly refusals: readonly {
    readonly option: string;
    readonly kind: RefusalKind;
    readonly code: string;
  }[];
}

export interface Outcome {
  readonly steps: readonly StepOutcome[];
  /** The state store was gone in the middle, and said this: nothing more was done, and only what had been noted before is remembered. */
  readonly cutShort?: string;
}
