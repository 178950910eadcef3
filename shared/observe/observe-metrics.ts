import { type PoolPolicy } from '../domain/policy';
import { type PoolMetrics, type PoolSnapshot } from '../domain/pool';
import { judgeAgain, missing, reading, type Reading } from '../domain/reading';
import { instant, permille, type Instant, type Permille } from '../domain/units';
import { type CallOptions } from '../ports/load-balancer';
import { type MetricPoint, type MetricQuery } from '../ports/metrics';
import { type Ports } from '../ports/ports';
import { attemptOr, type NotRead } from './attempt';
import { isStillNewest } from './metric-age';
import { loadBalancersOf } from './observe-targets';

export interface ObservedMetrics {
  readonly pool: PoolMetrics;
  readonly cpu: ReadonlyMap<string, Reading<Permille>>;
  readonly readAt: Instant;
}

/**
 * CloudMonitor's view: it corroborates and names nobody (CLB has no per-backend metric). The previous tick's readings are
 * kept until a new minute can have been published.
 */
export async function observeMetrics(
  instanceIds: readonly string[],
  policy: PoolPolicy,
  context: {
    readonly ports: Ports;
    readonly options: CallOptions;
    readonly previous: PoolSnapshot | null;
  },
): Promise<ObservedMetrics> {
  const { ports, options, previous } = context;
  const readAt = ports.clock.now();
  const lastReadAt = previous?.metricsReadAt ?? null;
  if (previous !== null && lastReadAt !== null && isStillNewest(ports.metrics, lastReadAt, readAt))
    return reuse(previous, lastReadAt, { now: readAt, freshFor: policy.heal.freshness.metricMs });
  const read = (query: MetricQuery): Promise<readonly MetricPoint[] | NotRead> =>
    attemptOr(query.metricName, ports.log, () => ports.metrics.readLatest(query, options));
  const balancers = loadBalancersOf(policy).map((instanceId) => ({ instanceId }));
  const slb = (metricName: string): MetricQuery => ({
    namespace: 'acs_slb_dashboard',
    metricName,
    dimensions: balancers,
  });
  const [unhealthy, qps, responseTime, upstream5xx, cpu] = await Promise.all([
    read(slb('UnhealthyServerCount')),
    read(slb('InstanceQps')),
    read(slb('InstanceRt')),
    read(slb('InstanceUpstreamCode5xx')),
    read({
      namespace: 'acs_ecs_dashboard',
      metricName: 'CPUUtilization',
      dimensions: instanceIds.map((instanceId) => ({ instanceId })),
    }),
  ]);
  const judge = { now: ports.clock.now(), freshFor: policy.heal.freshness.metricMs };
  return {
    pool: {
      unhealthyServerCount: combined(unhealthy, 'max', judge),
      qps: combined(qps, 'sum', judge),
      responseTimeMs: combined(responseTime, 'max', judge),
      upstream5xx: combined(upstream5xx, 'sum', judge),
    },
    cpu: new Map(instanceIds.map((id) => [id, cpuOf(id, cpu, judge)])),
    readAt,
  };
}

interface Judged {
  readonly now: Instant;
  readonly freshFor: PoolPolicy['heal']['freshness']['metricMs'];
}

/** Points of several load balancers as one figure, as old as the oldest of them; no point at all is missing, never 0. */
function combined(
  points: readonly MetricPoint[] | NotRead,
  how: 'sum' | 'max',
  judged: Judged,
): Reading<number> {
  if ('missing' in points) return missing(points.missing);
  if (points.length === 0) return missing('no-datapoint');
  const values = points.map((point) => point.value);
  const value = how === 'sum' ? values.reduce((sum, each) => sum + each, 0) : Math.max(...values);
  const oldest = instant(Math.min(...points.map((point) => point.at)));
  return reading(value, oldest, judged.now, judged.freshFor);
}

function cpuOf(
  instanceId: string,
  points: readonly MetricPoint[] | NotRead,
  judged: Judged,
): Reading<Permille> {
  if ('missing' in points) return missing(points.missing);
  const point = points.find((candidate) => candidate.dimensions['instanceId'] === instanceId);
  if (point === undefined) return missing('no-datapoint');
  return reading(permille(Math.round(point.value * 10)), point.at, judged.now, judged.freshFor);
}

/** What the last tick read, judged by its age now. */
function reuse(previous: PoolSnapshot, readAt: Instant, judged: Judged): ObservedMetrics {
  const aged = <T>(read: Reading<T>): Reading<T> => judgeAgain(read, judged.now, judged.freshFor);
  const { unhealthyServerCount, qps, responseTimeMs, upstream5xx } = previous.metrics;
  return {
    readAt,
    pool: {
      unhealthyServerCount: aged(unhealthyServerCount),
      qps: aged(qps),
      responseTimeMs: aged(responseTimeMs),
      upstream5xx: aged(upstream5xx),
    },
    cpu: new Map(previous.backends.map((backend) => [backend.instanceId, aged(backend.cpu)])),
  };
}
