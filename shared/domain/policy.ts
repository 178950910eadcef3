import { type Millis, type Permille } from './units';
import { type MembershipPolicy, type ScalePolicy } from './scale-policy';
import { type Target } from './target';

/** `observe` proposes and writes nothing to the cloud; `enforce` acts. */
export type Mode = 'observe' | 'enforce';

/** Whether the worker stays awake between wake-ups: never, while something is unsteady, or always. */
export type Watch = 'never' | 'unsteady' | 'always';

/** `every-target`: everybody is a member of every target. `one-load-balancer`: of all targets of one load balancer, the emptiest. */
export type Placement = 'every-target' | 'one-load-balancer';

/** Everything the loop needs to know of one pool. Defaults and descriptions live in `shared/config/schema.ts`. */
export interface PoolPolicy {
  readonly name: string;
  readonly regionId: string;
  readonly mode: Mode;
  readonly watch: Watch;
  readonly watchIntervalMs: Millis;
  /** The same instances behind one or more server groups; 2,000 backends are ten load balancers. */
  readonly targets: readonly Target[];
  /** Where newcomers go; left out: behind every target. */
  readonly placement?: Placement;
  readonly heal: HealPolicy;
  readonly guards: GuardPolicy;
  /** Left out: the pool is healed, and nobody is added or removed. */
  readonly scale?: ScalePolicy;
  readonly membership?: MembershipPolicy;
}

export interface HealPolicy {
  readonly confirm: ConfirmPolicy;
  readonly freshness: FreshnessPolicy;
  readonly probe: ProbePolicy | null;
  readonly outlier: OutlierPolicy;
  readonly ejection: EjectionPolicy;
  readonly slowStart: SlowStartPolicy;
  readonly weights: WeightPolicy;
  readonly ladder: LadderPolicy;
  readonly panic: PanicPolicy;
}

/** Rise/fall hysteresis, in consecutive observations. */
export interface ConfirmPolicy {
  readonly fall: number;
  readonly rise: number;
}

/** How old a signal may be and still count as evidence. */
export interface FreshnessPolicy {
  readonly healthMs: Millis;
  readonly probeMs: Millis;
  readonly metricMs: Millis;
  readonly instanceMs: Millis;
}

/** Active probes from inside the VPC. */
export interface ProbePolicy {
  readonly path: string;
  /** Port to probe; undefined means the backend's own service port. */
  readonly port?: number;
  readonly timeoutMs: Millis;
  /** Length of one observation window within a tick. */
  readonly windowMs: Millis;
  /** Probes to one backend in one window. */
  readonly perWindow: number;
  /** Probes to the whole pool in one window; larger pools rotate. */
  readonly budgetPerWindow: number;
  /** Probes in flight at once. */
  readonly concurrency: number;
}

/** Gray failure: worse than the peers and worse than an absolute floor. */
export interface OutlierPolicy {
  readonly enabled: boolean;
  readonly hostsMin: number;
  readonly probesMin: number;
  /** Disjoint windows that must agree; at least 2. */
  readonly confirmations: number;
  /** Distance from the median in median absolute deviations, in permille (3000 = 3 MAD). */
  readonly madMultiple: Permille;
  /** Error share below which nobody is an outlier. */
  readonly errorFloor: Permille;
  /** Latency ratio to the peers' median below which nobody is an outlier (2000 = twice). */
  readonly latencyRatioFloor: Permille;
  /** Latency below which nobody is an outlier, whatever the ratio. */
  readonly latencyFloorMs: Millis;
  /** Expected false ejections for the whole pool in a week that the thresholds are computed for, in thousandths. */
  readonly falseEjectionsPerWeekMax: Permille;
  /** Share of backends called normal by the load balancer whose probes fail, from which on the vantage is taken for broken. */
  readonly brokenVantage: Permille;
}

/** How long an ejected backend stays out: base × offences, capped; offences decay one per quiet period. */
export interface EjectionPolicy {
  readonly baseMs: Millis;
  readonly maxMs: Millis;
  readonly decayMs: Millis;
}

/** Ramp back after an ejection and for newcomers: `steps` integer weights over `durationMs`, the first at `firstShare`. */
export interface SlowStartPolicy {
  readonly steps: number;
  readonly durationMs: Millis;
  readonly firstShare: Permille;
}

/**
 * `preserve`: base weights are what people set; `managed`: vCPU × factor, in 1 … 100, optionally corrected by feedback.
 * `factor` is weight per vCPU in permille (12500 = 12.5 per vCPU).
 */
export type WeightPolicy =
  | { readonly kind: 'preserve' }
  | {
      readonly kind: 'managed';
      readonly factor: Permille;
      readonly feedback: FeedbackPolicy | null;
    };

/** Feedback weights: ∝ qps ÷ (utilisation + error penalty), as gRPC A58, made integer and slow enough for an API. */
export interface FeedbackPolicy {
  readonly errorPenalty: Permille;
  readonly deadBand: number;
  /** Largest change per tick, share of the base weight. */
  readonly slew: Permille;
  readonly expiryMs: Millis;
}

export type Rung = 'lower-weight' | 'drain' | 'restart' | 'reboot' | 'replace';

export interface LadderPolicy {
  /** Rungs in use, in the fixed order of the ladder. */
  readonly rungs: readonly Rung[];
  /** Weight kept on the first rung, share of the base weight. */
  readonly lowerWeightShare: Permille;
  /** How long a lowered or drained backend is watched before the next rung. */
  readonly settleMs: Millis;
  readonly restart: {
    readonly command: string;
    readonly timeoutMs: Millis;
    readonly waitMs: Millis;
  } | null;
  readonly reboot: { readonly waitMs: Millis; readonly force: boolean } | null;
  /** Repairs (restart, reboot) of one backend within `memoryMs` before people are called instead. */
  readonly attemptsMax: number;
  readonly memoryMs: Millis;
  /** Breaker: this many repairs in a row that did not help stop repairs for `breakerMs`. */
  readonly breakerFailures: number;
  readonly breakerMs: Millis;
  /** How long before a scheduled reboot, stop or redeploy the backend is drained; 300 s when left out. */
  readonly drainAheadMs?: Millis;
}

/** Below `enter` healthy: restore weights, stop healing, call people; back to normal above `leave`. */
export interface PanicPolicy {
  readonly enter: Permille;
  readonly leave: Permille;
}

export interface GuardPolicy {
  /** Serving backends that must remain after any action: the larger of the two. */
  readonly floorCount: number;
  readonly floorShare: Permille;
  /** Backends that Evenkeel itself may hold ejected at once; what the load balancer sees as dead costs nothing. */
  readonly ejectedShareMax: Permille;
  readonly ejectedCountMax: number;
  /** Weight-lowering changes within `windowMs`: the smaller of the two, at least 1. */
  readonly budget: { readonly windowMs: Millis; readonly share: Permille; readonly count: number };
  /** Restarts and reboots under way at once, share of the pool, at least 1. */
  readonly repairShareMax: Permille;
  /** A pool that lost more members than this since the last tick is not touched. */
  readonly inventoryDrop: Permille;
  /** Instances that are never touched, besides those tagged `evenkeel:protected`. */
  readonly protectedInstances: readonly string[];
  /** How long a kind of write rests that the cloud refused for good; 300 s when left out. */
  readonly refusedWaitMs?: Millis;
  /** When the pool as a whole has too much to do; `DEFAULT_OVERLOAD` when left out. */
  readonly overload?: OverloadPolicy;
}

/** Signs that a pool has no room: nobody is taken out then on suspicion alone, and probing is reduced. */
export interface OverloadPolicy {
  /** A backend that takes this multiple of its best latency is slowed. */
  readonly slowdown: Permille;
  /** CPU that the others may reach by what they take over. */
  readonly cpuMax: Permille;
  /** Probes to one backend in one window while the pool is overloaded. */
  readonly probesPerWindow: number;
}
