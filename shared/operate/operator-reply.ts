import { type CapacityOrder } from '../domain/capacity';
import { type CapacityFloor } from '../domain/capacity-floor';
import { type Evacuation } from '../domain/evacuation';
import { type Freeze, type SiteCapacity } from '../domain/failover/name-snapshot';
import { type BackendMemory } from '../domain/memory';
import { type Plan } from '../domain/plan';
import { type DrainOrder, type PoolSnapshot } from '../domain/pool';
import { type Mode } from '../domain/policy';
import { type Proposal } from '../domain/proposal';
import { type Reversal } from '../domain/reversal';
import { type Tick } from '../domain/tick';
import { type Instant } from '../domain/units';
import { type TickDigest } from '../ports/tick-archive';
import { type AgreementReport } from './agreement';
import { type FreezeScope } from '../observe/observe-freeze';
import { type WorkResult } from '../work-pool';

/** What a tick would see, propose and be allowed to do now; nothing was written. */
export interface PoolPlan {
  readonly poolName: string;
  readonly mode: Mode;
  readonly policyHash: string;
  /** Of the policy in the store; null: it was read from a file. */
  readonly policyVersion: number | null;
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
  readonly freeze: Freeze | null;
  /** What public names ask for. */
  readonly floors: readonly CapacityFloor[];
  readonly evacuation: Evacuation | null;
  /** A person takes back what healing did; null when nobody does. */
  readonly reversal: Reversal | null;
  /** Marked, and no worker has looked yet. */
  readonly isDirty: boolean;
}

/** How far a pool has left a zone, or what would be done for it: the same for a plan and for progress. */
export interface EvacuationView {
  readonly poolName: string;
  readonly zoneId: string;
  readonly evacuation: Evacuation;
  /** Backends in the zone. */
  readonly standing: number;
  /** At weight 0 already. */
  readonly drained: readonly string[];
  /** Lowered with the next tick. */
  readonly draining: readonly string[];
  /** Keep their weight for now, and which rule wants that. */
  readonly remaining: readonly {
    readonly instanceId: string;
    readonly rule: string;
    readonly detail: string;
  }[];
  readonly servingElsewhere: number;
  /** Instances that the next tick asks for elsewhere. */
  readonly launching: number;
  /** Came since the order. */
  readonly launched: readonly { readonly instanceId: string; readonly isServing: boolean }[];
  /** What was said about capacity. */
  readonly notes: readonly string[];
}

export type OperatorReply =
  | { readonly kind: 'plans'; readonly plans: readonly PoolPlan[] }
  | { readonly kind: 'reconciled'; readonly pools: readonly ReconciledPool[] }
  | { readonly kind: 'statuses'; readonly pools: readonly PoolStatus[] }
  /** `tick` is null when only the digest was kept: nothing was proposed, withheld or changed. */
  | { readonly kind: 'explanation'; readonly digest: TickDigest; readonly tick: Tick | null }
  | { readonly kind: 'agreement'; readonly report: AgreementReport }
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
      readonly kind: 'capacity';
      readonly poolName: string;
      readonly capacity: SiteCapacity;
    }
  /** What holds for that asker now; `max` is the most that the pool grows to, whoever asks. */
  | {
      readonly kind: 'floor-requested';
      readonly poolName: string;
      readonly floor: CapacityFloor;
      readonly max: number;
    }
  | {
      readonly kind: 'protection-changed';
      readonly poolName: string;
      readonly instanceId: string;
      readonly isProtected: boolean;
      readonly wasProtected: boolean;
    }
  | { readonly kind: 'inventories'; readonly pools: readonly PoolInventory[] }
  /** `freeze` is null when it was taken back; `before` is what held until then. */
  | {
      readonly kind: 'freeze-changed';
      readonly scope: FreezeScope;
      readonly freeze: Freeze | null;
      readonly before: Freeze | null;
    }
  | {
      readonly kind: 'evacuation-planned' | 'evacuation-ordered';
      readonly view: EvacuationView;
    }
  | {
      readonly kind: 'evacuation-ended';
      readonly poolName: string;
      readonly zoneId: string;
      readonly wasOrdered: boolean;
    }
  | { readonly kind: 'evacuations'; readonly pools: readonly EvacuationView[] }
  /** `reversal` is null when it was taken back; `before` is what held until then. */
  | {
      readonly kind: 'reversal-changed';
      readonly poolName: string;
      readonly reversal: Reversal | null;
      readonly before: Reversal | null;
    }
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
  | 'too-many-floors'
  | 'capacity-unknown'
  | 'mode-observe'
  | 'unknown-name'
  | 'unknown-zone'
  | 'another-zone'
  | 'nobody-elsewhere'
  | 'looked-after-elsewhere'
  | 'frozen-by-other';

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
