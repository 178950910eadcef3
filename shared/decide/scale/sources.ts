import { type CapacitySnapshot } from '../../domain/capacity';
import { type PoolPolicy } from '../../domain/policy';
import { type PoolSnapshot } from '../../domain/pool';
import { type Alert, type Step } from '../../domain/proposal';
import { type ScaleMemory } from '../../domain/scale-memory';
import { type ScaleProposal } from '../../domain/scale-proposal';
import { type Entry } from './entry';

/** What the decisions about single instances rest on. */
export interface Sources {
  readonly pool: PoolSnapshot;
  readonly policy: PoolPolicy;
  readonly capacity: CapacitySnapshot;
  readonly roster: readonly Entry[];
  readonly memory: ScaleMemory;
  readonly isPanic: boolean;
  /** Who carries nothing yet, and is given weight by healing in this very tick. */
  readonly raised: ReadonlySet<string>;
}

/** What was concluded about capacity, and the steps and alerts that follow. */
export interface ScaleDecision {
  readonly proposal: ScaleProposal;
  readonly steps: readonly Step[];
  readonly alerts: readonly Alert[];
}
