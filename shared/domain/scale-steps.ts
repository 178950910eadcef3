import { type Evidence } from './evidence';
import { type ReasonCode } from './reasons';
import { type LaunchOption } from './scale-policy';
import { type TargetKey } from './target';

interface ScaleStepBase {
  readonly stepId: string;
  /** The instance; for a launch, which has none yet, its operation id. */
  readonly instanceId: string;
  readonly reason: ReasonCode;
  readonly evidence: readonly Evidence[];
}

/** Launches up to `count` instances: each attempt in turn until they are there. Tokens are stored before the first call. */
export interface LaunchStep extends ScaleStepBase {
  readonly kind: 'launch';
  readonly operationId: string;
  readonly count: number;
  readonly attempts: readonly {
    readonly option: LaunchOption;
    readonly clientToken: string;
    readonly count: number;
  }[];
  /** Of the `count` at most so many may be spot, whichever attempts bring them. */
  readonly spotMax: number;
  readonly templateId: string;
  readonly templateVersion: number | null;
  /** Ownership and operation id, set by the cloud in the same breath as the instance. */
  readonly tags: Readonly<Record<string, string>>;
}

/** Starts an instance of the warm pool. */
export interface StartStep extends ScaleStepBase {
  readonly kind: 'start';
}

/** Puts an instance behind a target, always at weight 0: what raises it is slow start. */
export interface RegisterStep extends ScaleStepBase {
  readonly kind: 'register';
  readonly targetKey: TargetKey;
  readonly port: number;
}

/** Takes an instance out of a target, whose weight there is 0 already. */
export interface DeregisterStep extends ScaleStepBase {
  readonly kind: 'deregister';
  readonly targetKey: TargetKey;
  readonly port: number;
  /** Connections still open, where known: what a hard deadline cuts. */
  readonly openConnections: number | null;
}

/** Stops an instance economically: into the warm pool. */
export interface StopStep extends ScaleStepBase {
  readonly kind: 'stop';
}

/** Deletes an instance for good. */
export interface DeleteStep extends ScaleStepBase {
  readonly kind: 'delete';
}

export type ScaleStep =
  LaunchStep | StartStep | RegisterStep | DeregisterStep | StopStep | DeleteStep;
