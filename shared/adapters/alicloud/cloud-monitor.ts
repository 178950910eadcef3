import { DescribeMetricLastRequest } from '@alicloud/cms20190101/dist/models/DescribeMetricLastRequest';
import { instant } from '../../domain/units';
import { type Clock } from '../../ports/clock';
import { type CallOptions } from '../../ports/load-balancer';
import { type MetricPoint, type MetricQuery, type Metrics } from '../../ports/metrics';
import { dimensionsKey } from '../dimensions-key';
import { classifyVendorError } from './error-table';
import { allPages, chunks, type Fields, numberAt, textAt } from './reply';
import { type Rpc } from './rpc';

export interface CloudMonitorOptions {
  readonly rpc: Rpc;
  readonly regionId: string;
  readonly clock: Clock;
  /** Points younger than this may still be incomplete and are left out. Default 0: only points from the future are. */
  readonly partialForMs?: number | undefined;
}

const ACTION = 'DescribeMetricLast';
const DIMENSIONS_PER_CALL = 50;
/** The vendor takes 50 calls a second from the whole account: 2,000 instances are 40 calls for each metric, and not all at once. */
const CALLS_AT_ONCE = 2;

type Statistic = 'Average' | 'Value' | 'Maximum' | 'Minimum' | 'Sum';

const STATISTICS: readonly Statistic[] = ['Average', 'Value', 'Maximum', 'Minimum', 'Sum'];

/** Metrics for which another statistic than the average is the cautious one. Spelling is the vendor's. */
const PREFERRED: Readonly<Record<string, Statistic>> = {
  UnhealthyServerCount: 'Maximum',
  HeathyServerCount: 'Minimum',
  concurrentConnections: 'Maximum',
};

/** The first statistic that the point has, in the metric's order of preference: metrics differ in what they offer. */
function valueOf(metricName: string, point: Fields): number | undefined {
  const preferred = PREFERRED[metricName];
  const order = preferred === undefined ? STATISTICS : [preferred, ...STATISTICS];
  return order.map((statistic) => numberAt(point, statistic)).find((value) => value !== undefined);
}

/** `Datapoints` is a text that holds a JSON array; some replies hold the array itself, and none may mean no data. */
function dataPoints(reply: Fields): readonly Fields[] {
  const raw = reply['Datapoints'];
  if (raw === undefined || raw === null || raw === '') return [];
  try {
    const parsed: unknown = typeof raw === 'string' ? JSON.parse(raw) : raw;
    if (Array.isArray(parsed)) return parsed as readonly Fields[];
  } catch {
    // falls through to the error below
  }
  throw classifyVendorError({
    action: ACTION,
    code: 'UnreadableReply',
    message: 'Datapoints is not a list',
  });
}

const NOT_DIMENSIONS: ReadonlySet<string> = new Set(['timestamp', 'userId', ...STATISTICS]);

const dimensionsOf = (point: Fields): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.keys(point)
      .filter((name) => !NOT_DIMENSIONS.has(name))
      .map((name) => [name, textAt(point, name)]),
  );

/** The newest point of each set of dimensions. */
function newest(points: readonly MetricPoint[]): readonly MetricPoint[] {
  const byDimensions = new Map<string, MetricPoint>();
  for (const point of points) {
    const key = dimensionsKey(point.dimensions);
    const known = byDimensions.get(key);
    if (known === undefined || known.at < point.at) byDimensions.set(key, point);
  }
  return [...byDimensions.values()];
}

/** CloudMonitor (`Cms` 2019-01-01) as the Metrics port. */
export class CloudMonitor implements Metrics {
  private readonly options: CloudMonitorOptions;

  constructor(options: CloudMonitorOptions) {
    this.options = options;
  }

  async readLatest(query: MetricQuery, options: CallOptions): Promise<readonly MetricPoint[]> {
    const batches = chunks(query.dimensions, DIMENSIONS_PER_CALL);
    const points: MetricPoint[] = [];
    for (const some of chunks(batches, CALLS_AT_ONCE)) {
      const read = some.map((dimensions) => this.readBatch({ ...query, dimensions }, options));
      points.push(...(await Promise.all(read)).flat());
    }
    return newest(points);
  }

  private async readBatch(
    { namespace, metricName, dimensions }: MetricQuery,
    options: CallOptions,
  ): Promise<readonly MetricPoint[]> {
    const { rpc, regionId, clock, partialForMs = 0 } = this.options;
    const pages = await allPages((nextToken) => {
      const model = new DescribeMetricLastRequest({
        regionId,
        namespace,
        metricName,
        dimensions: JSON.stringify(dimensions),
        nextToken,
      });
      return rpc.call(
        { product: 'Cms', version: '2019-01-01', action: ACTION, query: model.toMap() },
        options,
      );
    });
    const youngest = clock.now() - partialForMs;
    return pages
      .flatMap(dataPoints)
      .flatMap((point) => metricPoint(metricName, point))
      .filter(({ at }) => at <= youngest);
  }
}

function metricPoint(metricName: string, point: Fields): readonly MetricPoint[] {
  const value = valueOf(metricName, point);
  const at = numberAt(point, 'timestamp');
  if (value === undefined || at === undefined) return [];
  return [{ dimensions: dimensionsOf(point), value, at: instant(at) }];
}
