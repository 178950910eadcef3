import { type CallQuotas } from '../domain/call-budget';
import { type NamePolicy } from '../domain/failover/name-policy';
import { type PoolPolicy } from '../domain/policy';
import { type Millis } from '../domain/units';
import { type NotificationSettings } from './notification-settings';

/** A Redis or Tair instance, and how patient to be with it. */
export interface RedisAddress {
  readonly kind: 'redis';
  readonly host: string;
  readonly port: number;
  readonly database: number;
  readonly username: string | null;
  /** Where the password is found: the current one, and during a rotation the next. */
  readonly passwords: readonly SecretReference[];
  readonly isEncrypted: boolean;
  /** File of the certificates to trust, as PEM; null: those that Node trusts. */
  readonly authoritiesFile: string | null;
  readonly namespace: string;
  readonly replicas: number;
  readonly replicaTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly commandTimeoutMs: number;
  readonly attemptsMax: number;
}

/** Where leases, memory and dirty marks live. Redis is named by the environment alone. */
type StoreSettings =
  { readonly kind: 'file'; readonly path: string } | { readonly kind: 'memory' } | RedisAddress;

/** How long ticks are kept. */
interface ArchiveSettings {
  readonly path: string;
  readonly days: number;
  readonly megabytes: number;
}

/** `env:NAME`: where a secret is found, never the secret itself. */
export type SecretReference = `env:${string}`;

/** Two secrets are accepted during a rotation. */
export interface RotatingSecret {
  readonly current: SecretReference;
  readonly next: SecretReference | null;
}

/** How the functions are deployed: what estimates and lint need to know of `s.yaml`. */
export interface DeploymentSettings {
  /** What is made for it in the account is called after it. */
  readonly name: string;
  readonly workerTimeoutMs: Millis;
  readonly workerVcpu: number;
  readonly workerMemoryMb: number;
  readonly timerEveryMs: Millis;
  readonly callDeadlineMs: Millis;
  /** CloudMonitor calls that the account may make in a month. */
  readonly metricCallsPerMonth: number;
  /** Other callers of CloudMonitor in the same account, a month. */
  readonly otherMetricCallsPerMonth: number;
  /** Pools that one worker looks after at once. */
  readonly poolsPerWorker: number;
  /** Workers of pools, and of names, that may stay awake between looks at once. */
  readonly watchersMax: number;
  readonly nameWatchersMax: number;
  /** How long ago the oldest look may be for the loop to count as alive. */
  readonly heartbeatWithinMs: Millis;
  /** Calls of each API that we may make in a minute and region. */
  readonly callsPerMinute: CallQuotas;
}

/** What `evenkeel install` sets up in CloudMonitor. */
export interface AlarmSettings {
  /** Where on-alarm listens, without its secret; null: functions are called by their names. */
  readonly callback: string | null;
  /** Contacts of the account who are told; they exist already. */
  readonly contacts: readonly string[];
  /** Thresholds; null: no such rule. */
  readonly unhealthyServers: number | null;
  readonly errorsPerSecond: number | null;
  readonly responseTimeMs: Millis | null;
  /** Whether events of instances wake the loop through CloudMonitor as well. */
  readonly events: boolean;
  /** Silence of the heartbeat after which people are called. */
  readonly heartbeatSilenceMs: Millis;
  /** An alarm that lasts is told again after this. */
  readonly repeatEveryMs: Millis;
}

/** Prices for estimates, in one currency of the user's choosing. The published lists could not be confirmed: check them. */
export interface PriceSettings {
  readonly currency: string;
  readonly perVcpuSecond: number;
  readonly perGigabyteSecond: number;
  readonly perMillionInvocations: number;
  readonly perThousandMetricCalls: number;
}

/** One listener as a person describes it, so that lint can judge it without calling the cloud. */
export interface DeclaredListener {
  readonly port: number;
  readonly protocol: 'tcp' | 'udp' | 'http' | 'https';
  readonly healthCheck: {
    readonly timeoutMs: Millis;
    readonly intervalMs: Millis;
    readonly unhealthyThreshold: number;
  } | null;
}

/** What is known of a pool besides its policy. Nothing is decided on it; lint and estimates read it. */
export interface DeclaredFacts {
  readonly members: number | null;
  readonly callsOwnLoadBalancer: boolean;
  readonly latencyP99Ms: Millis | null;
  readonly listeners: readonly DeclaredListener[];
  readonly quotas: {
    readonly backendsPerLoadBalancer: number;
    readonly instances: number | null;
  };
}

/** Somebody outside the cloud who may vote on sites, with signed verdicts. */
export interface OutsideVoter {
  readonly name: string;
  readonly secret: RotatingSecret;
}

/** What all names have in common. */
export interface FailoverSettings {
  readonly homeRegionId: string;
  /** Signs what a person approves; null where nothing can be approved. */
  readonly approvalSecret: RotatingSecret | null;
  readonly outsideVoters: readonly OutsideVoter[];
}

/** Who may look at the console, and who may steer with it. */
export interface ConsoleSettings {
  /** Signs people in, and their sessions; null: nobody can sign in. */
  readonly secret: RotatingSecret | null;
  /** Everybody who reaches it may look. */
  readonly isReadingOpen: boolean;
  /** People who have signed in may give orders. */
  readonly mayWrite: boolean;
  readonly sessionMs: Millis;
  /** Orders and plans of one person. */
  readonly writesPerMinute: number;
  /** Bearer token of `/metrics`; null: whoever may look may read them. */
  readonly metricsSecret: RotatingSecret | null;
}

/** Whose figures are written to CloudMonitor each minute, and how many time series at most. */
export interface CustomMetricSettings {
  readonly pools: readonly string[] | null;
  readonly seriesMax: number;
}

/** The whole of `evenkeel.yaml`, defaults filled in. */
export interface FleetPolicy {
  readonly version: 1;
  readonly regionId: string;
  readonly store: StoreSettings;
  readonly archive: ArchiveSettings;
  readonly alarmSecret: RotatingSecret | null;
  /** How people are told of alerts; null: they stand in the log alone. */
  readonly notifications: NotificationSettings | null;
  /** Figures of pools as custom metrics of CloudMonitor; null: none. */
  readonly customMetrics: CustomMetricSettings | null;
  readonly console: ConsoleSettings;
  /** What tells us, and people, through CloudMonitor. */
  readonly alarms: AlarmSettings;
  readonly deployment: DeploymentSettings;
  readonly prices: PriceSettings;
  readonly pools: readonly PoolPolicy[];
  /** By pool name. */
  readonly facts: Readonly<Record<string, DeclaredFacts>>;
  /** Public names that fail over between regions; empty without a `failover` section. */
  readonly names: readonly NamePolicy[];
  readonly failover: FailoverSettings | null;
}

/** The pool of that name, or undefined. */
export const findPool = (fleet: FleetPolicy, name: string): PoolPolicy | undefined =>
  fleet.pools.find((pool) => pool.name === name);

/** The public name that people call so, or undefined. */
export const findName = (fleet: FleetPolicy, name: string): NamePolicy | undefined =>
  fleet.names.find((one) => one.name === name);
