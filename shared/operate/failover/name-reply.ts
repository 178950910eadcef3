import { type PendingApproval, type SiteMemory } from '../../domain/failover/name-memory';
import { type NamePlan, type NameProposal } from '../../domain/failover/name-proposal';
import {
  type Approval,
  type Freeze,
  type NameSnapshot,
  type SiteOrder,
} from '../../domain/failover/name-snapshot';
import { type NameTick } from '../../domain/failover/name-tick';
import { type Mode } from '../../domain/policy';
import { type Instant } from '../../domain/units';
import { type TickDigest } from '../../ports/tick-archive';
import { type ApprovalRefusal } from '../take-approval';
import { type RecordRefusal } from './site-records';

/** Where a name stands by its memory; neither the cloud nor a vantage is asked. */
export interface NameStatus {
  readonly name: string;
  readonly mode: Mode;
  readonly updatedAt: Instant | null;
  readonly sites: readonly (Pick<SiteMemory, 'state' | 'since' | 'cause'> & {
    readonly siteName: string;
    readonly regionId: string;
  })[];
  readonly orders: readonly SiteOrder[];
  readonly pending: readonly PendingApproval[];
  readonly approvals: readonly Approval[];
  readonly freeze: Freeze | null;
}

/** What a tick would see, propose and be allowed to do now; nothing was written. */
export interface NamePlanned {
  readonly name: NameSnapshot;
  readonly mode: Mode;
  readonly policyHash: string;
  /** Of the policy in the store; null: it was read from a file. */
  readonly policyVersion: number | null;
  readonly proposal: NameProposal;
  readonly plan: NamePlan;
}

type NameRefusalCode =
  | RecordRefusal
  | 'unknown-tick'
  | ApprovalRefusal
  | 'unknown-name'
  | 'unknown-site'
  | 'no-other-site'
  | 'not-practised'
  | 'past-time'
  | 'no-approval-secret';

export type NameReply =
  | { readonly kind: 'site-ordered'; readonly name: string; readonly order: SiteOrder }
  | { readonly kind: 'approval-stored'; readonly name: string; readonly approval: Approval }
  | { readonly kind: 'name-plans'; readonly plans: readonly NamePlanned[] }
  | { readonly kind: 'name-history'; readonly name: string; readonly ticks: readonly TickDigest[] }
  /** `tick` is null when only the digest was kept. */
  | {
      readonly kind: 'name-explanation';
      readonly digest: TickDigest;
      readonly tick: NameTick | null;
    }
  | { readonly kind: 'name-statuses'; readonly names: readonly NameStatus[] }
  /** Nothing was done, and why. */
  | { readonly kind: 'refused'; readonly code: NameRefusalCode; readonly message: string };
