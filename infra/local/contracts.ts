/**
 * What the parts of the local region know of each other. Each service is one model (state and rules, clock injected) with
 * two faces: HTTP through the OpenAPI gateway, and in process, by calling its actions directly.
 */

/** Time for the region's models: real, or moved by a test. Timers never keep the process alive by themselves. */
export interface LocalClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once after `ms`; returns a function that cancels. */
  after(ms: number, callback: () => void): () => void;
}

/** Request parameters of an RPC call as they travel: flat, text (`Tag.1.Key`, `InstanceId.2`). */
export type Parameters = Readonly<Record<string, string>>;

export interface Caller {
  readonly accessKeyId: string;
}

/** One API action: parameters in, reply body out (without `RequestId`, which the gateway adds), or a `VendorError`. */
export type Action = (parameters: Parameters, caller: Caller) => object | Promise<object>;

export interface LocalService {
  readonly product: 'Slb' | 'Ecs' | 'Cms' | 'Alidns';
  readonly version: '2014-05-15' | '2014-05-26' | '2019-01-01' | '2015-01-09';
  readonly actions: Readonly<Record<string, Action>>;
  /** One service for all regions: a `RegionId` among the parameters is passed over. */
  readonly isGlobal?: boolean;
}

/** The vendor's error envelope: thrown by actions, turned into JSON and a status by the gateway. */
export class VendorError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    status: number,
    code: string,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'VendorError';
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** Faults that a rehearsal injects into one instance. All of them can be changed while it runs. */
export interface InstanceFaults {
  /** The service process dies at once; connections are refused. */
  readonly isCrashed: boolean;
  /** The service accepts connections and never answers; health checks over TCP still pass. */
  readonly isHung: boolean;
  /** Share of requests answered 500, in permille; health-check requests are spared when `sparesHealthChecks`. */
  readonly errorShare: number;
  /** Service time is multiplied by this, in permille (5000 = five times). */
  readonly latencyFactor: number;
  readonly sparesHealthChecks: boolean;
}

export const NO_FAULTS: InstanceFaults = {
  isCrashed: false,
  isHung: false,
  errorShare: 0,
  latencyFactor: 1000,
  sparesHealthChecks: true,
};

export type LocalInstanceStatus = 'Pending' | 'Starting' | 'Running' | 'Stopping' | 'Stopped';

/** What the load balancer and the data plane may know of an instance. */
export interface InstanceView {
  readonly instanceId: string;
  readonly status: LocalInstanceStatus;
  readonly address: string;
  /** Port its service listens on. */
  readonly servicePort: number;
  readonly vpcId: string;
  readonly cpuCount: number;
  /** True when its service process is up (booted, not crashed, not stopped). */
  readonly isServiceUp: boolean;
  readonly faults: InstanceFaults;
}

/** Ecs answers, Slb and the data plane ask. */
export interface InstanceDirectory {
  find(instanceId: string): InstanceView | undefined;
  findByAddress(address: string, port: number): InstanceView | undefined;
}

/** Busy time and connections of one instance over an interval, as its hypervisor would see them. */
export interface InstanceUsage {
  /** 0 … 100 per cent over the interval. */
  readonly cpuPercent: number;
  readonly connections: number;
  /** Resident memory of its service, where the runtime can tell. */
  readonly memoryBytes?: number;
}

/**
 * Runs the software of an instance: a real child process serving HTTP on the instance's address, or a simulated one.
 * Ecs drives it; it reports when the service died by itself.
 */
export interface InstanceRuntime {
  start(
    instance: {
      readonly instanceId: string;
      readonly address: string;
      readonly servicePort: number;
      readonly cpuCount: number;
    },
    onExit: () => void,
  ): Promise<void>;
  stop(instanceId: string): Promise<void>;
  /** Applies faults to the running service (and remembers them for the next start, except `isCrashed`). */
  applyFaults(instanceId: string, faults: InstanceFaults): Promise<void>;
  /** Runs a shell-like command in the instance as Cloud Assistant would. The local image knows `systemctl restart app`, `true`, `false` and `sleep N`. */
  runCommand(
    instanceId: string,
    command: string,
    timeoutMs: number,
  ): Promise<{ readonly exitCode: number; readonly output: string }>;
  /** Usage since the last call with the same `reader`. */
  usage(instanceId: string, reader: string): Promise<InstanceUsage | undefined>;
}

export interface HealthCheckSettings {
  readonly kind: 'tcp' | 'http';
  readonly path: string;
  readonly method: 'HEAD' | 'GET';
  readonly timeoutMs: number;
  /** Accepted status classes, as `2`, `3`, `4`, `5`. */
  readonly statusClasses: readonly number[];
}

/** One health check against one backend: over a socket, or answered from an instance's simulated behaviour. */
export interface HealthChecker {
  check(address: string, port: number, settings: HealthCheckSettings): Promise<boolean>;
}

/** One point of one metric for the minute that ended at `at`: dimensions as text, and the statistics that the metric offers. */
export interface MetricSample {
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistics: Readonly<
    Partial<Record<'Average' | 'Minimum' | 'Maximum' | 'Sum' | 'Value', number>>
  >;
}

/** A producer of metrics: Slb counts real requests, Ecs asks its instances. Cms samples it at the end of each period. */
export interface MetricSource {
  readonly namespace: 'acs_slb_dashboard' | 'acs_ecs_dashboard';
  /** All samples of every metric for the period that ends now, by metric name. Called once per period. */
  sample(periodMs: number): Promise<ReadonlyMap<string, readonly MetricSample[]>>;
}

/**
 * Times that the cloud fixes and a rehearsal may shrink, through one named profile that is printed beside every figure
 * made under it. `real` is the cloud's own.
 */
export interface TimeProfile {
  readonly name: 'real' | 'rehearsal';
  /** Divides health-check intervals and time-outs. */
  readonly healthCheckDivisor: number;
  readonly metricPeriodMs: number;
  readonly metricDelayMs: number;
  readonly timerPeriodMs: number;
  /** Time a backend change takes to be applied; the load balancer answers 409 meanwhile. */
  readonly configurationLockMs: number;
  readonly instanceBootMs: number;
  readonly instanceRebootMs: number;
}

export const REAL_TIMES: TimeProfile = {
  name: 'real',
  healthCheckDivisor: 1,
  metricPeriodMs: 60_000,
  metricDelayMs: 60_000,
  timerPeriodMs: 60_000,
  configurationLockMs: 300,
  instanceBootMs: 30_000,
  instanceRebootMs: 30_000,
};

export const REHEARSAL_TIMES: TimeProfile = {
  name: 'rehearsal',
  healthCheckDivisor: 4,
  metricPeriodMs: 5_000,
  metricDelayMs: 1_000,
  timerPeriodMs: 5_000,
  configurationLockMs: 200,
  instanceBootMs: 3_000,
  instanceRebootMs: 3_000,
};
