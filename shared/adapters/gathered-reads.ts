import { type Clock } from '../ports/clock';
import { type Compute } from '../ports/compute';
import { type CallOptions } from '../ports/load-balancer';
import { type MetricPoint, type MetricQuery, type Metrics } from '../ports/metrics';
import { dimensionsKey } from './dimensions-key';
import { Gathering } from './gathering';

type Instances = Awaited<ReturnType<Compute['describeInstances']>>;
type Events = Awaited<ReturnType<Compute['describeEvents']>>;
type Dimensions = MetricPoint['dimensions'];

/**
 * What the pools of one worker ask in the same moment, asked together: ECS takes 100 instances in a call and CloudMonitor 50, so that
 * twenty pools of ten are two calls, or four, in place of twenty. Everybody gets what is theirs.
 */
export class GatheredReads {
  private readonly clock: Clock;
  private readonly instances: Gathering<string, Instances>;
  private readonly events: Gathering<string, Events>;
  private readonly metrics = new Map<string, Gathering<Dimensions, readonly MetricPoint[]>>();

  constructor(clock: Clock) {
    this.clock = clock;
    this.instances = new Gathering(clock);
    this.events = new Gathering(clock);
  }

  /** The same, its two questions about many instances gathered with those of all that were put in here. */
  overCompute(compute: Compute): Compute {
    return {
      describeInstances: async (ids, options) =>
        ofThose(
          ids,
          await this.instances.ask(ids, options, (all, of) =>
            compute.describeInstances([...new Set(all)], of),
          ),
        ),
      describeEvents: async (ids, options) =>
        ofThose(
          ids,
          await this.events.ask(ids, options, (all, of) =>
            compute.describeEvents([...new Set(all)], of),
          ),
        ),
      describeCommand: (...call) => compute.describeCommand(...call),
      runCommand: (...call) => compute.runCommand(...call),
      reboot: (...call) => compute.reboot(...call),
      tag: (...call) => compute.tag(...call),
      untag: (...call) => compute.untag(...call),
    };
  }

  /** The same, each metric gathered by itself. Points of others come along: whoever asks takes those of its dimensions. */
  overMetrics(metrics: Metrics): Metrics {
    return {
      ...(metrics.pointIntervalMs !== undefined && { pointIntervalMs: metrics.pointIntervalMs }),
      readLatest: (query, options) =>
        this.gatheringOf(query, options).ask(query.dimensions, options, (all, of) =>
          metrics.readLatest({ ...query, dimensions: eachOnce(all) }, of),
        ),
    };
  }

  /** Urgent questions are not asked along with others, whose calls may be kept back. */
  private gatheringOf(
    { namespace, metricName }: MetricQuery,
    { priority }: CallOptions,
  ): Gathering<Dimensions, readonly MetricPoint[]> {
    const key = JSON.stringify([namespace, metricName, priority ?? null]);
    const gathering = this.metrics.get(key) ?? new Gathering(this.clock);
    this.metrics.set(key, gathering);
    return gathering;
  }
}

const ofThose = <T>(
  ids: readonly string[],
  found: ReadonlyMap<string, T>,
): ReadonlyMap<string, T> => {
  const wanted = new Set(ids);
  return new Map([...found].filter(([id]) => wanted.has(id)));
};

const eachOnce = (all: readonly Dimensions[]): readonly Dimensions[] => [
  ...new Map(all.map((one) => [dimensionsKey(one), one])).values(),
];
