import { type CapacitySnapshot } from './capacity';
import { type Evacuation } from './evacuation';
import { type Freeze } from './failover/name-snapshot';
import { type InstanceFacts } from './instance';
import { type Reading } from './reading';
import { type Target, type TargetKey } from './target';
import { type Instant, type Millis, type Permille } from './units';
import { type PoolMemory } from './memory';
import { type Reversal } from './reversal';
import { type ProbeWindow, type RequestStatistics } from './probe-window';

/** What CLB says of one backend behind one listener (`DescribeHealthStatus`). */
export type HealthVerdict = 'normal' | 'abnormal' | 'unavailable';

/** One listener that sends traffic to a target's server group. */
export interface ListenerSnapshot {
  readonly port: number;
  readonly protocol: 'tcp' | 'udp' | 'http' | 'https';
  readonly isRunning: boolean;
  readonly hasHealthCheck: boolean;
  /** Time the load balancer takes to see a dead backend: timeout × threshold + interval × (threshold − 1). */
  readonly detectionMs: Millis;
  readonly isSticky: boolean;
}

export interface TargetSnapshot {
  readonly target: Target;
  readonly key: TargetKey;
  readonly listeners: readonly ListenerSnapshot[];
}

/** One membership of an instance in one target. */
export interface Attachment {
  readonly targetKey: TargetKey;
  readonly port: number;
  readonly weight: number;
  /** One verdict per running listener of the target; `unavailable` behind one that checks nobody. */
  readonly health: Reading<readonly ListenerHealth[]>;
}

export interface ListenerHealth {
  readonly listenerPort: number;
  readonly verdict: HealthVerdict;
}

export type { InstanceFacts, InstanceStatus } from './instance';

export type SystemEventKind =
  | 'spot-reclaim'
  | 'scheduled-reboot'
  | 'scheduled-stop'
  | 'scheduled-redeploy'
  | 'system-failure'
  | 'instance-failure';

/** A system event that is announced or under way. */
export interface SystemEvent {
  readonly eventId: string;
  readonly kind: SystemEventKind;
  readonly status: 'Scheduled' | 'Inquiring' | 'Executing';
  readonly notBefore: Instant | null;
}

/** Another server group, outside this pool, that the instance serves. Observed before a restart or reboot. */
export interface OtherService {
  readonly loadBalancerId: string;
  readonly serverGroupId: string;
  /** Other members of that group with weight above 0 and not abnormal. */
  readonly servingWithoutIt: number;
}

export interface BackendSnapshot {
  readonly instanceId: string;
  readonly attachments: readonly Attachment[];
  readonly instance: Reading<InstanceFacts>;
  readonly events: Reading<readonly SystemEvent[]>;
  readonly probe: Reading<ProbeWindow>;
  readonly cpu: Reading<Permille>;
  readonly requests: Reading<RequestStatistics>;
  /** Progress of the restart command that this backend's ladder is waiting for. */
  readonly command: Reading<CommandProgress>;
  readonly otherServices: Reading<readonly OtherService[]>;
}

export interface CommandProgress {
  readonly invokeId: string;
  readonly state: 'running' | 'succeeded' | 'failed' | 'lost';
  readonly detail: string;
}

/** Whole-pool figures from CloudMonitor; they corroborate, they name nobody. */
export interface PoolMetrics {
  readonly unhealthyServerCount: Reading<number>;
  readonly qps: Reading<number>;
  readonly responseTimeMs: Reading<number>;
  readonly upstream5xx: Reading<number>;
}

/** A person's standing order for one backend, kept until it is undone or expires. */
export interface DrainOrder {
  readonly instanceId: string;
  readonly by: string;
  readonly reason: string;
  readonly at: Instant;
  readonly until: Instant | null;
  /** Known by the instance’s tag alone, such as one given where another store is used: it lasts as long as the tag. */
  readonly isFromTag?: true;
  /** Evenkeel’s own: the instance is on its way out of a scaled pool. */
  readonly isRetirement?: true;
}

/** The world as one tick saw it: read once, decided on, recorded whole. */
export interface PoolSnapshot {
  readonly poolName: string;
  readonly takenAt: Instant;
  readonly targets: readonly TargetSnapshot[];
  readonly backends: readonly BackendSnapshot[];
  readonly metrics: PoolMetrics;
  /** When CloudMonitor was last asked, whatever it answered; null when this pool never asked. */
  readonly metricsReadAt: Instant | null;
  readonly drainOrders: readonly DrainOrder[];
  /** Members that are not ECS instances: reported, never touched. */
  readonly foreignMembers: readonly string[];
  readonly memory: PoolMemory;
  /** `store`, `tags` after the store was lost, or `none` on the first tick. */
  readonly memorySource: 'store' | 'tags' | 'none';
  /** Only where the policy scales the pool or names its members by tag. */
  readonly capacity?: CapacitySnapshot;
  /** Nothing is written while a person’s freeze holds; absent when none does. */
  readonly freeze?: Freeze;
  /** A zone that a person has emptied; absent when nobody has. */
  readonly evacuation?: Evacuation;
  /** A person takes back what healing did; absent when nobody does. */
  readonly reversal?: Reversal;
}
