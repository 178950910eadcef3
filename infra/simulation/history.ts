import { type NamePolicy } from '../../shared/domain/failover/name-policy';
import { type NameTick } from '../../shared/domain/failover/name-tick';
import { type NameAlert } from '../../shared/domain/failover/name-proposal';
import { type PoolPolicy } from '../../shared/domain/policy';
import { type Alert } from '../../shared/domain/proposal';
import { type Lease, type Tick } from '../../shared/domain/tick';
import { type FaultKind } from './fault-kinds';

/**
 * What a simulated run is made of, told as facts: calls that reached the cloud, what the world was like around them, what was stored, recorded
 * and told to people, and which faults were injected. Checkers are fed with it and nothing else, so that they judge what
 * happened and never repeat the product's own opinion of it.
 */

/** Trouble is injected, or all of it has ended and everything must come to rest. */
export type Phase = 'faults' | 'calm';

/** Who changed something: a worker of ours, a person at the console, somebody else's program. */
export type Who = 'ours' | 'person' | 'other-tool';

/** An instance as it really is, whatever anybody was told. */
export interface InstanceTruth {
  readonly instanceId: string;
  readonly regionId: string;
  readonly zoneId: string;
  readonly status: 'Pending' | 'Starting' | 'Running' | 'Stopping' | 'Stopped';
  readonly isSpot: boolean;
  readonly isServiceUp: boolean;
  /** Reasons it does not serve as it should at this instant; empty when it is sound. */
  readonly ills: readonly Ill[];
  readonly tags: ReadonlyMap<string, string>;
  readonly createdAt: number;
  /** Load as a share of what its vCPUs can do, in permille; 0 while it takes no traffic. */
  readonly load: number;
}

/** `overloaded` is nobody's fault: the pool has too little room. */
export type Ill =
  | 'not-running'
  | 'service-down'
  | 'hung'
  | 'errors'
  | 'slow'
  | 'overloaded'
  | 'reclaimed'
  | 'maintenance'
  | 'lying';

/** A member of a group as it is configured, and what the load balancer's own checks say of it. */
export interface MemberTruth {
  readonly instanceId: string;
  readonly weight: number;
  /** By port of the listener. */
  readonly health: Readonly<Record<number, 'normal' | 'abnormal' | 'unavailable'>>;
}

/** One target of a pool. */
export interface GroupTruth {
  readonly targetKey: string;
  readonly loadBalancerId: string;
  readonly serverGroupId: string;
  readonly listenerPorts: readonly number[];
  readonly members: readonly MemberTruth[];
}

export interface PoolTruth {
  readonly policy: PoolPolicy;
  readonly groups: readonly GroupTruth[];
  /** Instances that the load needs, by the target of the policy's metric; null where the pool is not scaled. */
  readonly needed: number | null;
}

export interface RecordTruth {
  readonly recordId: string;
  readonly line: string;
  readonly value: string;
  readonly isEnabled: boolean;
  readonly isLocked: boolean;
  /** Null where weighting is off for the line. */
  readonly weight: number | null;
  readonly remark: string;
}

export interface NameTruth {
  readonly policy: NamePolicy;
  readonly records: readonly RecordTruth[];
  /** Sites nobody can reach at this instant. */
  readonly deadSites: readonly string[];
}

/** The world as it is when it is asked: every call looks anew. */
export interface WorldView {
  now(): number;
  readonly pools: readonly string[];
  pool(name: string): PoolTruth;
  /** Every instance of a region, shown by its API or not. */
  instances(regionId: string): readonly InstanceTruth[];
  instance(regionId: string, instanceId: string): InstanceTruth | null;
  readonly names: readonly string[];
  name(name: string): NameTruth;
  /** Whether the region, and all that is in it, answers nobody. */
  isDark(regionId: string): boolean;
}

interface Fact {
  readonly at: number;
}

/** The universe is laid out; before anything happens. */
export interface Began extends Fact {
  readonly kind: 'began';
  readonly seed: number;
  /** When faults end. */
  readonly calmAt: number;
  /** When the run ends. */
  readonly endsAt: number;
  /** Period of the timer: a pool that nobody watches is looked at no oftener. */
  readonly timerMs: number;
  /** Texts that no log, tick, alert or reply may repeat. */
  readonly secrets: readonly string[];
}

/** From here on no fault is injected and those that were are lifted; people and other tools rest. */
export interface PhaseBegan extends Fact {
  readonly kind: 'phase';
  readonly phase: Phase;
}

/**
 * A write that reached a region and had an effect, or was refused. Reads are counted, not told. `before` is what the touched groups,
 * instances and records were like right before it; the world after it is `world`.
 */
export interface CloudCall extends Fact {
  readonly kind: 'call';
  readonly regionId: string;
  readonly who: Who;
  /** Run of a worker, as in `WorkerRun`; null when it is not ours. */
  readonly runId: string | null;
  readonly product: 'Slb' | 'Ecs' | 'Cms' | 'Alidns';
  readonly action: string;
  /** Flat, as on the wire: `InstanceId.1`, `BackendServers` as JSON text. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Whether it took effect; a call whose answer was lost did. */
  readonly isEffective: boolean;
  /** Vendor's error code as the caller was told; null for success. */
  readonly code: string | null;
  readonly before: {
    readonly groups: readonly GroupTruth[];
    readonly instances: readonly InstanceTruth[];
    readonly records: readonly RecordTruth[];
  };
  readonly world: WorldView;
}

/** Something in the world changed that was nobody's call: a fault, an end of one, traffic, time. Once a minute at least. */
export interface WorldSeen extends Fact {
  readonly kind: 'world';
  readonly world: WorldView;
}

export interface PoolTick extends Fact {
  readonly kind: 'tick';
  readonly regionId: string;
  readonly runId: string;
  readonly tick: Tick;
  /** Null when it was not yet written down or could not be. */
  readonly world: WorldView;
}

export interface NameTicked extends Fact {
  readonly kind: 'name-tick';
  readonly regionId: string;
  readonly runId: string;
  readonly tick: NameTick;
  readonly world: WorldView;
}

/** A tick reached the archive: whoever asks later finds it. */
export interface Archived extends Fact {
  readonly kind: 'archived';
  readonly regionId: string;
  readonly runId: string;
  readonly tickId: string;
  readonly isWhole: boolean;
}

export interface AlertRaised extends Fact {
  readonly kind: 'alert';
  readonly regionId: string;
  readonly runId: string;
  readonly subject: string;
  readonly alert: Alert | NameAlert;
}

/** A line of the log, as it would be read. */
export interface Logged extends Fact {
  readonly kind: 'log';
  readonly text: string;
}

/** One invocation of a worker function. `died` is a crash between two steps, `timed-out` the platform's end of it. */
export interface WorkerRun extends Fact {
  readonly kind: 'run';
  readonly runId: string;
  readonly regionId: string;
  /** Pools or names. */
  readonly subjects: readonly string[];
  readonly what: 'began' | 'ended' | 'failed' | 'died' | 'timed-out';
}

/** A write of the state store as the store itself answered it. */
export interface StoreWrite extends Fact {
  readonly kind: 'store';
  readonly regionId: string;
  readonly runId: string;
  readonly operation:
    'acquireLease' | 'renewLease' | 'releaseLease' | 'compareAndSet' | 'delete' | 'lost';
  /** Document or lease; empty for `lost`: the store is empty from here on. */
  readonly key: string;
  /** The lease that was granted or kept, or by which the write was fenced. */
  readonly lease: Lease | null;
  /** What a compare-and-set came to. */
  readonly result: 'stored' | 'conflict' | 'fenced' | 'granted' | 'refused' | 'done';
  readonly value: unknown;
}

/** A doorbell answered a call from outside. */
export interface DoorbellReply extends Fact {
  readonly kind: 'doorbell';
  readonly regionId: string;
  readonly function: 'on-alarm' | 'on-event' | 'on-timer';
  /** Whether the call was what it claimed to be. */
  readonly isForged: boolean;
  readonly status: number;
  readonly body: string;
}

export interface FaultInjected extends Fact {
  readonly kind: 'fault';
  readonly fault: FaultKind;
  readonly regionId: string | null;
  /** Instance, API, site, whatever was hit. */
  readonly subject: string;
  readonly world: WorldView;
}

export type Moment =
  | Began
  | PhaseBegan
  | CloudCall
  | WorldSeen
  | PoolTick
  | NameTicked
  | Archived
  | AlertRaised
  | Logged
  | WorkerRun
  | StoreWrite
  | DoorbellReply
  | FaultInjected;

/** A promise was broken. */
export interface Breach {
  /** Number of the promise in ARCHITECTURE.md. */
  readonly promise: number;
  readonly at: number;
  /** For people: what was seen and what would have been right. */
  readonly what: string;
  readonly tickId?: string;
}

/** Judges a run by one promise. It keeps what it needs of the past itself; moments come in the order of time. */
export interface Checker {
  readonly promise: number;
  readonly title: string;
  see(moment: Moment): void;
  /** The run is over: what has not come by now will not come. */
  finish(): void;
  readonly breaches: readonly Breach[];
}
