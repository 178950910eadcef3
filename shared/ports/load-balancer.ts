import { type CloudErrorDetails } from '../domain/cloud-error';
import { type HealthVerdict, type ListenerSnapshot } from '../domain/pool';
import { type Priority } from '../domain/proposal';
import { type Target } from '../domain/target';
import { type Instant } from '../domain/units';

/** Every call carries the instant it must have ended by; an adapter enforces it itself. */
export interface CallOptions {
  readonly deadline: Instant;
  /** How urgent it is, where calls are short. Left out: as an ejection; metrics of healing. */
  readonly priority?: Priority;
}

export interface GroupMember {
  readonly serverId: string;
  readonly port: number;
  readonly weight: number;
  /** `ecs`, `eni` or `eci`; only `ecs` is ever written. */
  readonly type: string;
}

export interface HealthRow {
  readonly listenerPort: number;
  readonly serverId: string;
  /** Backend port; 0 when the load balancer does not say. */
  readonly port: number;
  readonly verdict: HealthVerdict;
}

/** What a load balancer looks like apart from health and weights: changes rarely. */
export interface LoadBalancerShape {
  readonly loadBalancerId: string;
  readonly isActive: boolean;
  readonly listeners: readonly (ListenerSnapshot & {
    readonly serverGroupId: string;
    readonly backendPort: number | null;
  })[];
}

export interface WeightChange {
  readonly serverId: string;
  readonly port: number;
  readonly weight: number;
}

/** What one member's weight was found to be after the write. */
export interface WeightReadBack {
  readonly serverId: string;
  readonly port: number;
  readonly weight: number | null;
  readonly state: 'as-wanted' | 'different' | 'gone';
  /** Why it is not as wanted, where its write was refused or lost. */
  readonly failure?: CloudErrorDetails;
}

/** A place in a server group: the server, and its port where the group has ports. */
export interface Membership {
  readonly serverId: string;
  readonly port: number;
}

/**
 * Why a server could not be added or removed:
 *
 * - `load-balancer-full`: it has all the backends it may have; take some out first
 * - `quota`: another limit, of the group or of how often one server may be attached
 * - `not-running`: ECS does not know the server, or it does not run
 * - `locked`: the configuration lock outlasted the deadline
 * - `other`: what the details say
 */
export type MembershipFailureKind =
  'load-balancer-full' | 'quota' | 'not-running' | 'locked' | 'other';

export type MembershipFailure = CloudErrorDetails & { readonly kind: MembershipFailureKind };

/** What became of one membership, as it was found after the call. */
export interface MembershipReadBack extends Membership {
  /** A member after an addition, whatever its weight; none after a removal. */
  readonly isAsWanted: boolean;
  /** Null: not a member. */
  readonly weight: number | null;
  /** Why it is not as wanted, where its call was refused or lost. */
  readonly failure?: MembershipFailure;
}

/**
 * Backends and weights. All calls throw `CloudError`.
 */
export interface LoadBalancer {
  describeShape(loadBalancerId: string, options: CallOptions): Promise<LoadBalancerShape>;
  /** Members with their weights. For the default group, `port` is the listener's backend port (0 if no listener uses it). */
  describeMembers(target: Target, options: CallOptions): Promise<readonly GroupMember[]>;
  describeHealth(loadBalancerId: string, options: CallOptions): Promise<readonly HealthRow[]>;
  /**
   * Sets the weights of existing members, absolute, others untouched: in batches of 20 per call, waiting for the load
   * balancer's configuration lock, then reads back. Idempotent. A failed batch does not undo earlier ones: the read-back
   * tells for each change what is so; when even the read-back fails the error is thrown with `isAmbiguous`.
   */
  setWeights(
    target: Target,
    changes: readonly WeightChange[],
    options: CallOptions,
  ): Promise<readonly WeightReadBack[]>;
  /**
   * Adds ECS instances, in batches of 20, waiting for the configuration lock, then reads back. Who is a member already is
   * left alone, whatever its weight: raising and lowering is `setWeights`'. One that cannot be added does not keep out the
   * others of its batch. When only the read-back fails the error is thrown with `isAmbiguous`.
   */
  addMembers(
    target: Target,
    additions: readonly WeightChange[],
    options: CallOptions,
  ): Promise<readonly MembershipReadBack[]>;
  /** Takes servers out, as `addMembers` adds them. Who is no member is as wanted. */
  removeMembers(
    target: Target,
    memberships: readonly Membership[],
    options: CallOptions,
  ): Promise<readonly MembershipReadBack[]>;
  /** Load balancers whose default group or VServer groups hold the server. */
  loadBalancersOf(serverId: string, options: CallOptions): Promise<readonly string[]>;
  /** Ids of all VServer groups of a load balancer. */
  describeGroups(loadBalancerId: string, options: CallOptions): Promise<readonly string[]>;
}
