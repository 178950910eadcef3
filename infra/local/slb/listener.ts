export type ListenerProtocol = 'tcp' | 'udp' | 'http';
export type Scheduler = 'wrr' | 'rr' | 'wlc' | 'sch' | 'tch' | 'qch';

/** How a listener checks its backends. Times in seconds, as the API has them. */
export interface HealthCheckConfiguration {
  readonly isOn: boolean;
  readonly type: 'tcp' | 'http';
  /** Null: the backend's own port. */
  readonly connectPort: number | null;
  readonly timeoutS: number;
  readonly intervalS: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  readonly domain: string;
  readonly path: string;
  readonly method: 'head' | 'get';
  /** Comma list of `http_2xx` … `http_5xx`. */
  readonly httpCode: string;
  readonly udpRequest: string;
  readonly udpExpect: string;
}

/** Everything that can be set on a listener; fields of other protocols keep their defaults and are not shown. Times in seconds. */
export interface ListenerSettings {
  readonly description: string;
  readonly bandwidth: number;
  /** Port of the default group's backends. */
  readonly backendServerPort: number | null;
  /** Null: the default group. */
  readonly vServerGroupId: string | null;
  readonly scheduler: Scheduler;
  readonly healthCheck: HealthCheckConfiguration;
  /** TCP: seconds a source address stays with its backend; 0 is off. */
  readonly persistenceTimeoutS: number;
  readonly establishedTimeoutS: number;
  readonly connectionDrain: boolean;
  readonly connectionDrainTimeoutS: number;
  /** HTTP. */
  readonly stickySession: boolean;
  readonly stickySessionType: 'insert' | 'server';
  readonly cookieTimeoutS: number;
  readonly cookie: string;
  readonly idleTimeoutS: number;
  readonly requestTimeoutS: number;
  readonly gzip: boolean;
  readonly xForwardedFor: boolean;
}

export interface Listener {
  readonly loadBalancerId: string;
  readonly protocol: ListenerProtocol;
  readonly port: number;
  readonly status: 'stopped' | 'running';
  readonly settings: ListenerSettings;
}

export interface ListenerKey {
  readonly loadBalancerId: string;
  readonly protocol: ListenerProtocol;
  readonly port: number;
}

/** Id of a listener as tags name it. Example: `lb-1_tcp_80`. */
export const listenerId = (key: ListenerKey): string =>
  `${key.loadBalancerId}_${key.protocol}_${key.port}`;

/** The vendor's defaults. */
export const listenerDefaults = (protocol: ListenerProtocol): ListenerSettings => ({
  description: '',
  bandwidth: -1,
  backendServerPort: null,
  vServerGroupId: null,
  scheduler: 'wrr',
  healthCheck: {
    isOn: true,
    type: protocol === 'http' ? 'http' : 'tcp',
    connectPort: null,
    timeoutS: protocol === 'udp' ? 10 : 5,
    intervalS: protocol === 'udp' ? 5 : 2,
    healthyThreshold: 3,
    unhealthyThreshold: 3,
    domain: '',
    path: '/',
    method: protocol === 'http' ? 'head' : 'get',
    httpCode: 'http_2xx',
    udpRequest: '',
    udpExpect: '',
  },
  persistenceTimeoutS: 0,
  establishedTimeoutS: 900,
  connectionDrain: false,
  connectionDrainTimeoutS: 300,
  stickySession: false,
  stickySessionType: 'insert',
  cookieTimeoutS: 86_400,
  cookie: '',
  idleTimeoutS: 15,
  requestTimeoutS: 60,
  gzip: true,
  xForwardedFor: true,
});

/**
 * Longest time until a dead backend is seen: timeout × threshold + interval × (threshold − 1), where a timeout below the interval counts
 * as the interval. Example: the defaults 5, 2 and 3 give 19 s.
 */
export const failWindowMs = (check: HealthCheckConfiguration): number =>
  1000 *
  (checkTimeoutS(check) * check.unhealthyThreshold +
    check.intervalS * (check.unhealthyThreshold - 1));

/** A timeout below the interval is replaced by the interval. */
export const checkTimeoutS = (check: HealthCheckConfiguration): number =>
  Math.max(check.timeoutS, check.intervalS);
