import { type BackendMemory } from '../domain/memory';
import { type Plan } from '../domain/plan';
import { type DrainOrder, type PoolSnapshot } from '../domain/pool';
import { type Mode } from '../domain/policy';
import { type Proposal } from '../domain/proposal';
import { type Tick } from '../domain/tick';
import { type Instant } from '../domain/units';
import { type TickDigest } from '../ports/tick-archive';
import { type WorkResult } from '../work-pool';

/** What a tick would see, propose and be allowed to do now; nothing was written. */
export interface PoolPlan {
  readonly poolName: string;
  readonly mode: Mode;
  readonly policyHash: string;
  readonly pool: PoolSnapshot;
  readonly proposal: Proposal;
  readonly plan: Plan;
}

export type BackendStatus = Pick<BackendMemory, 'state' | 'since' | 'cause' | 'ejectedUntil'> & {
  readonly instanceId: string;
};

/** Where a pool stands by its memory and last tick; the cloud is not asked. */
export interface PoolStatus {
  readonly poolName: string;
  readonly mode: Mode;
  readonly lastTick: TickDigest | null;
  readonly panicSince: Instant | null;
  readonly backends: readonly BackendStatus[];
  readonly drainOrders: readonly DrainOrder[];
  /** Marked, and no worker has looked yet. */
  readonly isDirty: boolean;
}

export type OperatorReply =
  | { readonly kind: 'plans'; readonly plans: readonly PoolPlan[] }
  | { readonly kind: 'reconciled'; readonly pools: readonly ReconciledPool[] }
  | { readonly kind: 'statuses'; readonly pools: readonly PoolStatus[] }
  /** `tick` is null when only the digest was kept: nothing was proposed, withheld or changed. */
  | { readonly kind: 'explanation'; readonly digest: TickDigest; readonly tick: Tick | null }
  | { readonly kind: 'history'; readonly poolName: string; readonly ticks: readonly TickDigest[] }
  /** The order stands in the store; `isTagged` false when the instance's tag could not be written. */
  | {
      readonly kind: 'drain-ordered';
      readonly poolName: string;
      readonly order: DrainOrder;
      readonly isTagged: boolean;
    }
  | {
      readonly kind: 'drain-lifted';
      readonly poolName: string;
      readonly instanceId: string;
      readonly wasOrdered: boolean;
      readonly isUntagged: boolean;
    }
  /** Nothing was done, and why. */
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly message: string };

type RefusalCode =
  'unknown-pool' | 'unknown-instance' | 'unknown-tick' | 'contention' | 'past-time';

export interface ReconciledPool {
  readonly poolName: string;
  readonly result: WorkResult;
}
