import { type Millis, type Permille } from './units';

/** Capacity of one pool: how many instances it should have, which ones, and how they come and go. */
export interface ScalePolicy {
  readonly min: number;
  readonly max: number;
  /** Any of them may scale out; all of them must agree to scale in. */
  readonly metrics: readonly TargetMetric[];
  readonly steps: readonly StepRule[];
  readonly schedules: readonly Schedule[];
  /**
   * Distance from the target that changes nothing, per direction. On the way in never less than one instance’s worth; on the way
   * out the result is rounded up to whole instances.
   */
  readonly tolerance: { readonly out: Permille; readonly in: Permille };
  readonly out: DirectionPolicy;
  readonly in: DirectionPolicy;
  /** A new instance counts as capacity, and its own figures are not believed, for so long after it was put to use. */
  readonly warmUpMs: Millis;
  /** An instance that is held out of service counts as capacity for so long: until then it is expected back. */
  readonly expectedBackMs: Millis;
  /** Share of the instances that must report a per-instance metric before it may scale in. */
  readonly quorum: Permille;
  readonly vetoes: ScaleInVetoes;
  readonly launch: LaunchPolicy;
  readonly retire: RetirePolicy;
  readonly warmPool: WarmPoolPolicy;
  readonly inventory: InventoryPolicy;
}

/**
 * What a target-tracking rule follows. Per instance, from CloudMonitor’s ECS metrics: `cpu`, `instance-connections`. Per
 * backend, from the load balancers’ totals divided by who served then: `requests`, `connections`. As they are: `latency` and
 * the load balancers’ own `load-balancer-utilisation`.
 */
export type ScaleSignal =
  | 'cpu'
  | 'instance-connections'
  | 'requests'
  | 'connections'
  | 'latency'
  | 'load-balancer-utilisation';

/** `target` in thousandths of the signal’s unit: CPU and utilisation in permille of full use, requests per second, connections, ms. */
export interface TargetMetric {
  readonly signal: ScaleSignal;
  readonly target: number;
}

/** Beyond a breach of so much of the target (permille above or below it), change by so many instances or by such a share. */
export interface StepRule {
  readonly signal: ScaleSignal;
  /** Value from which on (out) or up to which (in) the step applies, in the signal’s thousandths. */
  readonly threshold: number;
  readonly direction: 'out' | 'in';
  readonly change:
    | { readonly kind: 'count'; readonly count: number }
    | { readonly kind: 'share'; readonly share: Permille };
}

export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';

/** Bounds that hold at times of day in a time zone; `from` after `to` runs over midnight. Minutes since midnight. */
export interface Schedule {
  readonly name: string;
  /** IANA name, such as Asia/Shanghai. */
  readonly timeZone: string;
  readonly days: readonly Weekday[];
  readonly fromMinute: number;
  readonly toMinute: number;
  readonly min: number | null;
  readonly max: number | null;
}

export interface DirectionPolicy {
  readonly enabled: boolean;
  /** Out: the lowest, in: the highest figure of so long a time counts. */
  readonly stabilisationMs: Millis;
  /** The larger of the two within any `windowMs`; never less than one instance. */
  readonly rate: { readonly windowMs: Millis; readonly share: Permille; readonly count: number };
}

/** What forbids scaling in though every metric agrees to it; null switches a veto off. */
export interface ScaleInVetoes {
  readonly errorShare: Permille | null;
  readonly latencyMs: Millis | null;
  readonly unhealthyShare: Permille | null;
  /** Keep what the same hour of the same weekday needed, where that is known. */
  readonly lastWeekPeak: boolean;
}

export type ChargeType = 'pay-as-you-go' | 'spot';

/** One way of getting an instance. Tried in order, or spread by `weight` where any option has one. */
export interface LaunchOption {
  /** Unique within the pool; what explanations and back-off name. */
  readonly name: string;
  readonly zoneId: string;
  readonly vSwitchId: string | null;
  readonly instanceType: string;
  readonly chargeType: ChargeType;
  /** Highest price an hour for spot, in thousandths of the account’s currency; null follows the market. */
  readonly spotPriceMax: number | null;
  readonly weight: number | null;
}

export interface LaunchPolicy {
  readonly templateId: string;
  /** Null: the template’s default version. */
  readonly templateVersion: number | null;
  readonly options: readonly LaunchOption[];
  /** Share of the instances that may be spot; what is above it is launched pay-as-you-go. */
  readonly spotShareMax: Permille;
  /** Instances asked for in one tick at most. */
  readonly batchMax: number;
  /** How long a launched instance may be missing from the cloud’s own list (UNCONFIRMED for ECS). */
  readonly visibilityMs: Millis;
  /** Time from the launch until an instance must be running. */
  readonly provisionTimeoutMs: Millis;
  /** Time from the launch until its service must answer and it must be registered. */
  readonly registrationTimeoutMs: Millis;
  /** What never registered is kept so long for people to look at before it is deleted. */
  readonly quarantineMs: Millis;
  /** How long the same client token is sent again for a call whose answer was lost; afterwards the launch is given up. */
  readonly tokenValidityMs: Millis;
  readonly backOff: { readonly baseMs: Millis; readonly maxMs: Millis; readonly resetMs: Millis };
  /** So many launches in a row that came to nothing stop launching for `openMs`. */
  readonly breaker: { readonly failures: number; readonly openMs: Millis };
  /** Instances above `max` while unhealthy ones are being replaced. */
  readonly replaceSurge: number;
}

export type VictimOrder =
  'zone-balance' | 'oldest-template' | 'fewest-connections' | 'billing' | 'newest' | 'oldest';

export interface RetirePolicy {
  /** Criteria in order; what is protected is never a victim, what is unhealthy comes first. */
  readonly order: readonly VictimOrder[];
  /** From weight 0 until it may leave, if nothing says that it is still busy. */
  readonly softMs: Millis;
  /** From weight 0 until it leaves whatever is still open; those connections are counted and reported. */
  readonly hardMs: Millis;
  /** Connections below which an instance counts as idle, where they are known. */
  readonly idleConnections: number;
}

export interface WarmPoolPolicy {
  /** Economically stopped instances kept ready; 0: none, what leaves is deleted. */
  readonly size: number;
}

export interface InventoryPolicy {
  /** Members of the groups without our tag: `leave` alone, or `adopt` (tag them as this pool’s). */
  readonly strays: 'leave' | 'adopt';
  /** Time between the two sightings that call an instance an orphan, at least one boot time. */
  readonly orphanMs: Millis;
}

/** Every running instance with this tag is a backend of every target, added when missing, removed when departed. */
export interface MembershipPolicy {
  readonly tagKey: string;
  readonly tagValue: string;
  /** Weight of a new backend, before slow start. */
  readonly weight: number;
}
