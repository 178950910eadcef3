import { type MetricSample, type MetricSource } from '../contracts';
import { type HealthEngine } from '../slb/health-engine';
import { type Listener, listenerId } from '../slb/listener';
import { type CounterRegistry, type ListenerCounters, newCounters } from '../slb/listener-counters';
import { type SlbModel } from '../slb/model';

export interface SlbMetricSourceOptions {
  readonly model: SlbModel;
  readonly health: Pick<HealthEngine, 'verdict'>;
  readonly counters: CounterRegistry;
}

type Samples = Map<string, MetricSample[]>;
type Statistics = MetricSample['statistics'];

/** What one listener did in a period, per second where the metric is a rate. */
interface Activity {
  readonly listener: Listener;
  readonly during: ListenerCounters;
  readonly seconds: number;
}

const average = (value: number): Statistics => ({ Average: value });
const level = (value: number): Statistics => ({ Average: value, Minimum: value, Maximum: value });

/**
 * CloudMonitor's metrics of CLB (`acs_slb_dashboard`), computed from what the listeners counted: rates are per second of the period,
 * latencies are means over its requests and are absent without any. Only listeners that serve have samples, and nothing is told per backend.
 */
export class SlbMetricSource implements MetricSource {
  readonly namespace = 'acs_slb_dashboard';
  private readonly options: SlbMetricSourceOptions;
  private readonly seen = new Map<string, ListenerCounters>();

  constructor(options: SlbMetricSourceOptions) {
    this.options = options;
  }

  sample(periodMs: number): Promise<ReadonlyMap<string, readonly MetricSample[]>> {
    const samples: Samples = new Map();
    for (const balancer of this.options.model.loadBalancers()) {
      const activities = this.options.model
        .listenersOf(balancer.loadBalancerId)
        .filter((listener) => this.options.model.isServing(listener))
        .map((listener) => this.activity(listener, periodMs / 1000));
      for (const activity of activities) this.addListener(samples, activity, balancer.address);
      if (activities.length > 0) addInstance(samples, balancer.loadBalancerId, activities);
    }
    return Promise.resolve(samples);
  }

  /** Counts since the last sample. */
  private activity(listener: Listener, seconds: number): Activity {
    const id = listenerId(listener);
    const now = copyOf(this.options.counters.of(listener));
    const before = this.seen.get(id) ?? newCounters();
    this.seen.set(id, now);
    return { listener, seconds, during: difference(now, before) };
  }

  private addListener(samples: Samples, activity: Activity, vip: string): void {
    const { loadBalancerId, port, protocol } = activity.listener;
    const dimensions = { instanceId: loadBalancerId, port: String(port), protocol };
    for (const [name, statistics] of connectionMetrics([activity]))
      add(samples, name === 'TrafficRX' || name === 'TrafficTX' ? `${name}New` : name, {
        dimensions,
        statistics,
      });
    if (protocol === 'http')
      for (const [name, statistics] of requestMetrics([activity]))
        add(samples, name, { dimensions, statistics });
    this.addHealth(samples, activity.listener, {
      instanceId: loadBalancerId,
      port: String(port),
      vip,
    });
  }

  private addHealth(
    samples: Samples,
    listener: Listener,
    dimensions: MetricSample['dimensions'],
  ): void {
    if (!listener.settings.healthCheck.isOn) return;
    const verdicts = this.options.model
      .route(listener)
      .map((member) => this.options.health.verdict(listener, member));
    const count = (wanted: string): Statistics =>
      level(verdicts.filter((verdict) => verdict === wanted).length);
    // The vendor's spelling, without the first l.
    add(samples, 'HeathyServerCount', { dimensions, statistics: count('normal') });
    add(samples, 'UnhealthyServerCount', { dimensions, statistics: count('abnormal') });
  }
}

function addInstance(samples: Samples, instanceId: string, activities: readonly Activity[]): void {
  const hasRequests = activities.some(({ listener }) => listener.protocol === 'http');
  const metrics = [
    ...connectionMetrics(activities),
    ...(hasRequests ? requestMetrics(activities) : []),
  ];
  for (const [name, statistics] of metrics)
    add(samples, `Instance${name}`, { dimensions: { instanceId }, statistics });
}

function add(samples: Samples, name: string, sample: MetricSample): void {
  const list = samples.get(name) ?? [];
  samples.set(name, list);
  list.push(sample);
}

const sum = (activities: readonly Activity[], of: (during: ListenerCounters) => number): number =>
  activities.reduce((total, { during }) => total + of(during), 0);

function connectionMetrics(
  activities: readonly Activity[],
): readonly (readonly [string, Statistics])[] {
  const seconds = activities[0]?.seconds ?? 1;
  return [
    ['ActiveConnection', level(sum(activities, ({ activeConnections }) => activeConnections))],
    ['NewConnection', level(sum(activities, ({ newConnections }) => newConnections) / seconds)],
    [
      'DropConnection',
      level(sum(activities, ({ droppedConnections }) => droppedConnections) / seconds),
    ],
    ['TrafficRX', level((8 * sum(activities, ({ bytesIn }) => bytesIn)) / seconds)],
    ['TrafficTX', level((8 * sum(activities, ({ bytesOut }) => bytesOut)) / seconds)],
  ];
}

function requestMetrics(
  activities: readonly Activity[],
): readonly (readonly [string, Statistics])[] {
  const seconds = activities[0]?.seconds ?? 1;
  const rate = (of: (during: ListenerCounters) => number): Statistics =>
    average(sum(activities, of) / seconds);
  const requests = sum(activities, (during) => during.requests);
  const responses = sum(activities, (during) => during.upstreamResponses);
  return [
    ['Qps', rate((during) => during.requests)],
    ['StatusCode2xx', rate(({ statuses }) => statuses['2xx'])],
    ['StatusCode3xx', rate(({ statuses }) => statuses['3xx'])],
    ['StatusCode4xx', rate(({ statuses }) => statuses['4xx'])],
    ['StatusCode5xx', rate(({ statuses }) => statuses['5xx'])],
    ['StatusCodeOther', rate(({ statuses }) => statuses.other)],
    ['UpstreamCode4xx', rate(({ upstreamStatuses }) => upstreamStatuses['4xx'])],
    ['UpstreamCode5xx', rate(({ upstreamStatuses }) => upstreamStatuses['5xx'])],
    ...(requests > 0
      ? [['Rt', average(sum(activities, ({ latencyMs }) => latencyMs) / requests)] as const]
      : []),
    ...(responses > 0
      ? [
          [
            'UpstreamRt',
            average(sum(activities, ({ upstreamLatencyMs }) => upstreamLatencyMs) / responses),
          ] as const,
        ]
      : []),
  ];
}

/** Field by field, as `structuredClone` goes through bytes. */
const copyOf = (counters: ListenerCounters): ListenerCounters => ({
  ...counters,
  statuses: { ...counters.statuses },
  upstreamStatuses: { ...counters.upstreamStatuses },
});

/** Totals since `before`; open connections stay a level. */
const difference = (now: ListenerCounters, before: ListenerCounters): ListenerCounters => ({
  requests: now.requests - before.requests,
  latencyMs: now.latencyMs - before.latencyMs,
  statuses: statusDifference(now.statuses, before.statuses),
  upstreamResponses: now.upstreamResponses - before.upstreamResponses,
  upstreamLatencyMs: now.upstreamLatencyMs - before.upstreamLatencyMs,
  upstreamStatuses: statusDifference(now.upstreamStatuses, before.upstreamStatuses),
  activeConnections: now.activeConnections,
  newConnections: now.newConnections - before.newConnections,
  droppedConnections: now.droppedConnections - before.droppedConnections,
  bytesIn: now.bytesIn - before.bytesIn,
  bytesOut: now.bytesOut - before.bytesOut,
});

const statusDifference = (
  now: ListenerCounters['statuses'],
  before: ListenerCounters['statuses'],
): ListenerCounters['statuses'] => ({
  '2xx': now['2xx'] - before['2xx'],
  '3xx': now['3xx'] - before['3xx'],
  '4xx': now['4xx'] - before['4xx'],
  '5xx': now['5xx'] - before['5xx'],
  other: now.other - before.other,
});
