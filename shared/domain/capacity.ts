import { type CapacityFloor } from './capacity-floor';
import { type InstanceFacts } from './instance';
import { type ProbeWindow } from './probe-window';
import { type Reading } from './reading';
import { type ChargeType, type ScaleSignal } from './scale-policy';
import { type Instant } from './units';

/** An instance that belongs to the pool by its tag, behind the load balancer or not. */
export interface OwnedInstance {
  readonly instanceId: string;
  readonly facts: InstanceFacts & CapacityFacts;
  /** Probes of an instance that is not a backend yet; backends are probed as backends. */
  readonly probe: Reading<ProbeWindow>;
  /** Established TCP connections, by CloudMonitor’s `net_tcpconnection`, at their delay. */
  readonly connections: Reading<number>;
}

export interface CapacityFacts {
  /** Minute precision: never the base of anything finer. */
  readonly createdAt: Instant;
  /** When it was started last, to the minute; absent while it never was (ECS DescribeInstances, StartTime). */
  readonly startedAt?: Instant;
  readonly chargeType: ChargeType;
  /** Version of the launch template it was made from, by its tag; null when nothing says. */
  readonly templateVersion: number | null;
  readonly isDeletionProtected: boolean;
  /** Stopped economically: not billed for computing. */
  readonly isStoppedEconomically: boolean;
}

/** One figure of one metric, whole pool, one minute. */
export interface MetricFigure {
  readonly signal: ScaleSignal;
  /**
   * In thousandths of the signal’s unit. Per-instance signals: the sum over who reported. `requests` and `connections`: the sum
   * over the load balancers. `latency` and `load-balancer-utilisation`: the worst of the load balancers.
   */
  readonly total: number;
  /** Instances or load balancers that reported, and that should have. */
  readonly reported: number;
  readonly expected: number;
  /** Of those that reported, how many are at the top of their scale: busy, and nobody knows how busy. Absent for none. */
  readonly saturated?: number;
}

/** Everything about capacity that one tick saw. */
export interface CapacitySnapshot {
  /** Everything that carries this pool’s tag. `missing` when the list could not be read whole, or contradicts itself. */
  readonly owned: Reading<readonly OwnedInstance[]>;
  /** Why `owned` is not believed, for people. */
  readonly contradictions: readonly string[];
  readonly figures: readonly Reading<MetricFigure>[];
  /** Share of requests that failed and response time, whole pool, for the vetoes. */
  readonly errorShare: Reading<number>;
  readonly latencyMs: Reading<number>;
  /** Launched instances that ECS reports as failed to be created. */
  readonly failedLaunches: readonly string[];
  /** Instances that the membership tag names; null without such a policy. */
  readonly tagged: Reading<readonly OwnedInstance[]> | null;
  /** Instances that the membership policy once added, as their marks say, named still or not; absent without such a policy. */
  readonly added?: Reading<readonly OwnedInstance[]>;
  /** A person’s wish for capacity, until it expires. */
  readonly order: CapacityOrder | null;
  /** What names of other regions ask for, until it expires; absent when nobody asks. */
  readonly floors?: readonly CapacityFloor[];
  readonly takenAt: Instant;
}

/** `evenkeel scale`: at least (or exactly) so many until an instant. */
export interface CapacityOrder {
  readonly kind: 'exactly' | 'at-least';
  readonly count: number;
  readonly by: string;
  readonly reason: string;
  readonly at: Instant;
  readonly until: Instant;
}
