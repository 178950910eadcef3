import { DEFAULT_GROUP } from '../../domain/target';
import { type Millis, millis } from '../../domain/units';
import { type LoadBalancerShape } from '../../ports/load-balancer';
import { type Fields, fieldsAt, numberAt, requiredNumber, textAt } from './reply';

export type ShapeListener = LoadBalancerShape['listeners'][number];

interface CheckTimes {
  readonly timeoutS: number;
  readonly intervalS: number;
  readonly unhealthyThreshold: number;
}

/**
 * Time the load balancer takes to see a dead backend: timeout × threshold + interval × (threshold − 1). A time-out below
 * the interval counts as the interval.
 *
 * Example: 5 s, every 2 s, 3 times → 5 × 3 + 2 × 2 = 19 s.
 */
export function detectionTime({ timeoutS, intervalS, unhealthyThreshold }: CheckTimes): Millis {
  const timeout = Math.max(timeoutS, intervalS);
  return millis(1000 * (timeout * unhealthyThreshold + intervalS * (unhealthyThreshold - 1)));
}

const PROTOCOLS = ['tcp', 'udp', 'http', 'https'] as const;

/** Vendor defaults, for fields that the reply leaves out. */
const DEFAULT_TIMES: CheckTimes = { timeoutS: 5, intervalS: 2, unhealthyThreshold: 3 };

function checkTimes(config: Fields): CheckTimes {
  return {
    timeoutS:
      numberAt(config, 'HealthCheckConnectTimeout') ??
      numberAt(config, 'HealthCheckTimeout') ??
      DEFAULT_TIMES.timeoutS,
    intervalS: numberAt(config, 'HealthCheckInterval') ?? DEFAULT_TIMES.intervalS,
    unhealthyThreshold: numberAt(config, 'UnhealthyThreshold') ?? DEFAULT_TIMES.unhealthyThreshold,
  };
}

/** One entry of `DescribeLoadBalancerListeners`; null for what sends no traffic to backends: redirects and unknown protocols. */
export function shapeListener(entry: Fields): ShapeListener | null {
  const protocol = PROTOCOLS.find(
    (name) => name === textAt(entry, 'ListenerProtocol').toLowerCase(),
  );
  if (protocol === undefined) return null;
  const config = fieldsAt(entry, `${protocol.toUpperCase()}ListenerConfig`);
  if (textAt(config, 'ListenerForward') === 'on') return null;
  const group = textAt(entry, 'VServerGroupId') || textAt(config, 'MasterSlaveServerGroupId');
  return {
    port: requiredNumber('DescribeLoadBalancerListeners', entry, 'ListenerPort'),
    protocol,
    isRunning: textAt(entry, 'Status') === 'running',
    hasHealthCheck: textAt(config, 'HealthCheck') !== 'off',
    detectionMs: detectionTime(checkTimes(config)),
    isSticky:
      textAt(config, 'StickySession') === 'on' || (numberAt(config, 'PersistenceTimeout') ?? 0) > 0,
    serverGroupId: group === '' ? DEFAULT_GROUP : group,
    backendPort: group === '' ? (numberAt(entry, 'BackendServerPort') ?? null) : null,
  };
}
