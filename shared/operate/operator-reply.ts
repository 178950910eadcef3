import { type CapacityOrder } from '../domain/capacity';
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
  /** `order` is null when it was taken back. */
  | {
      readonly kind: 'capacity-ordered';
      readonly poolName: string;
      readonly order: CapacityOrder | null;
    }
  | {
      readonly kind: 'protection-changed';
      readonly poolName: string;
      readonly instanceId: string;
      readonly isProtected: boolean;
      readonly wasProtected: boolean;
    }
  | { readonly kind: 'inventories'; readonly pools: readonly PoolInventory[] }
  /** Nothing was done, and why. */
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly message: string };

type RefusalCode =
  | 'unknown-pool'
  | 'unknown-instance'
  | 'unknown-tick'
  | 'contention'
  | 'past-time'
  | 'not-scaled'
  | 'out-of-bounds'
  | 'mode-observe';

/** One instance of a pool, from every source that tells of it; null where none does. */
export interface InventoryLine {
  readonly instanceId: string;
  readonly status: string | null;
  readonly instanceType: string | null;
  readonly zoneId: string | null;
  readonly isSpot: boolean | null;
  /** The pool that its tag names. */
  readonly owner: string | null;
  readonly isProtected: boolean | null;
  readonly weights: readonly {
    readonly targetKey: string;
    readonly port: number;
    readonly weight: number;
  }[];
  readonly stage: string;
  readonly detail: string;
}

/** A launch that something is still expected of. */
export interface LaunchLine {
  readonly operationId: string;
  readonly count: number;
  readonly requestedAt: Instant;
  /** False: nobody knows yet what became of one of its calls. */
  readonly isAnswered: boolean;
  /** Accepted instances that no list shows yet. */
  readonly unlisted: readonly string[];
}

export interface PoolInventory {
  readonly poolName: string;
  readonly desired: number | null;
  readonly counts: Readonly<Record<string, number>>;
  /** Why the lists are not believed; while there is any, nobody comes or goes. */
  readonly contradictions: readonly string[];
  readonly launches: readonly LaunchLine[];
  readonly instances: readonly InventoryLine[];
  /** Members that are not ECS instances. */
  readonly foreignMembers: readonly string[];
  readonly order: CapacityOrder | null;
}

export interface ReconciledPool {
  readonly poolName: string;
  readonly result: WorkResult;
}
