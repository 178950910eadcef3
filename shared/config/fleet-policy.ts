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

/** The whole of `evenkeel.yaml`, defaults filled in. */
export interface FleetPolicy {
  readonly version: 1;
  readonly regionId: string;
  readonly store: StoreSettings;
  readonly archive: ArchiveSettings;
  readonly alarmSecret: RotatingSecret | null;
  /** How people are told of alerts; null: they stand in the log alone. */
  readonly notifications: NotificationSettings | null;
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
