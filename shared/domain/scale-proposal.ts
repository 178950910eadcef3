import { type ReasonCode } from './reasons';
import { type ScaleMemory } from './scale-memory';
import { type Instant } from './units';

/** Where one instance stands and why, for `explain` and `inventory`. */
export interface InstanceStage {
  readonly instanceId: string;
  readonly stage: string;
  readonly reason: ReasonCode | null;
  readonly detail: string;
}

/** What was concluded about capacity, beside the steps. */
export interface ScaleProposal {
  /** Instances wanted; null while nothing can be said. */
  readonly desired: number | null;
  readonly counts: Readonly<Record<string, number>>;
  readonly direction: 'out' | 'in' | 'hold';
  /** What held it back, by name. */
  readonly limitedBy: readonly string[];
  /** One sentence each: metrics, vetoes, options that are not tried. */
  readonly explanations: readonly string[];
  readonly stages: readonly InstanceStage[];
  /** What to remember if nothing of this tick’s steps is done. */
  readonly memory: ScaleMemory;
  readonly isUnsteady: boolean;
  readonly lookAgainAt: Instant | null;
}
