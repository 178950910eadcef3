import { type Action, type Parameters } from '../contracts';
import {
  clampedNumber,
  jsonArray,
  pageByToken,
  requiredText,
  structuresOf,
} from '../request-parameters';
import { invalidParameter, SUCCESS } from './cms-errors';
import { type CmsModel } from './cms-model';
import { type Dimensions, type Point, seriesKey } from './metric-store';

const DIMENSIONS_MAX = 50;
const NATIVE_PERIOD_S = 60;
const LAST_WINDOW_MS = 2 * 3_600_000;
const LIST_WINDOW_MS = 31 * 86_400_000;
const CUSTOM_METRICS_MAX = 100;

const dimensionsOf = (
  model: CmsModel,
  parameters: Parameters,
): readonly Dimensions[] | undefined => {
  const text = parameters['Dimensions'] ?? '';
  if (text === '') return undefined;
  const list = jsonArray(text, () => invalidParameter('Dimensions is not a JSON array.'));
  if (list.length > DIMENSIONS_MAX)
    throw invalidParameter('At most 50 dimensions can be specified.');
  return list.map((one) => {
    const entries = Object.entries(one as object).map(
      ([key, value]) => [key, String(value)] as const,
    );
    return Object.fromEntries(
      entries.filter(([key, value]) => !(key === 'userId' && value === model.accountId)),
    );
  });
};

/** Milliseconds since the epoch, or `YYYY-MM-DD hh:mm:ss` and ISO text in UTC. */
const timeOf = (parameters: Parameters, name: string, fallback: number): number => {
  const text = parameters[name] ?? '';
  if (text === '') return fallback;
  if (/^\d+$/.test(text)) return Number(text);
  const isPlain = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text);
  const at = Date.parse(isPlain ? `${text.replace(' ', 'T')}Z` : text);
  if (Number.isNaN(at)) throw invalidParameter(`${name} is not a time.`);
  return at;
};

const periodOf = (parameters: Parameters): number => {
  const periodS = clampedNumber(parameters, 'Period', {
    fallback: NATIVE_PERIOD_S,
    min: 1,
    max: 86_400,
  });
  if (periodS % NATIVE_PERIOD_S !== 0)
    throw invalidParameter('Period is not a multiple of the period of the metric.');
  return periodS;
};

const describePoint = (model: CmsModel, point: Point): object => ({
  timestamp: point.at,
  userId: model.accountId,
  ...point.dimensions,
  ...point.statistics,
});

interface Query {
  readonly periodS: number;
  readonly points: readonly Point[];
}

const read = (
  model: CmsModel,
  parameters: Parameters,
  window: { readonly from: number; readonly to: number },
  which: 'all' | 'newest' = 'all',
): Query => {
  model.quota.count();
  const periodS = periodOf(parameters);
  const periodMs = model.spanMs(periodS);
  const range = {
    namespace: requiredText(parameters, 'Namespace'),
    metricName: requiredText(parameters, 'MetricName'),
    dimensions: dimensionsOf(model, parameters),
    ...window,
  };
  if (periodS === NATIVE_PERIOD_S)
    return { periodS, points: model.store[which === 'all' ? 'query' : 'newest'](range) };
  // A longer period is shown once it is over.
  const points = model.store
    .query({ ...range, periodMs })
    .filter(({ at }) => at <= model.options.clock.now());
  return { periodS, points: which === 'all' ? points : newestOf(points) };
};

/** Of points in the order of time. */
const newestOf = (points: readonly Point[]): readonly Point[] => [
  ...new Map(points.map((point) => [seriesKey(point.dimensions), point])).values(),
];

const reply = (model: CmsModel, parameters: Parameters, query: Query): object => {
  const size = clampedNumber(parameters, 'Length', { fallback: 1000, min: 1, max: 1440 });
  const { items, nextToken } = pageByToken(query.points, parameters['NextToken'], size);
  return {
    ...SUCCESS,
    Period: String(query.periodS),
    // A text that has to be parsed once more.
    Datapoints: JSON.stringify(items.map((point) => describePoint(model, point))),
    ...(nextToken === '' ? {} : { NextToken: nextToken }),
  };
};

/** The newest point of each series. The window opens at the earlier of StartTime and two hours before EndTime. */
const describeLast = (model: CmsModel, parameters: Parameters): object => {
  const to = timeOf(parameters, 'EndTime', model.options.clock.now());
  const from = Math.min(timeOf(parameters, 'StartTime', to), to - LAST_WINDOW_MS);
  return reply(model, parameters, read(model, parameters, { from, to }, 'newest'));
};

/** Points after StartTime up to and including EndTime, of at most 31 days. */
const describeList = (model: CmsModel, parameters: Parameters): object => {
  const to = timeOf(parameters, 'EndTime', model.options.clock.now());
  const from = timeOf(parameters, 'StartTime', to - LAST_WINDOW_MS);
  if (from > to) throw invalidParameter('StartTime is later than EndTime.');
  if (to - from > LIST_WINDOW_MS) throw invalidParameter('The time range is longer than 31 days.');
  return reply(model, parameters, read(model, parameters, { from, to }));
};

/** Kept under `acs_customMetric_<account>`, visible after the usual delay. */
const putCustomMetric = (model: CmsModel, parameters: Parameters): object => {
  const metrics = structuresOf(parameters, 'MetricList');
  if (metrics.length === 0 || metrics.length > CUSTOM_METRICS_MAX)
    throw invalidParameter('Between 1 and 100 metrics can be reported at once.');
  const now = model.options.clock.now();
  for (const metric of metrics) {
    const [dimensions = {}] =
      dimensionsOf(model, { Dimensions: `[${metric['Dimensions'] ?? '{}'}]` }) ?? [];
    const values = jsonArray(`[${metric['Values'] ?? ''}]`, () =>
      invalidParameter('Values is not a JSON object.'),
    );
    const point = {
      at: timeOf(metric, 'Time', now),
      dimensions,
      statistics: statisticsOf(values[0]),
    };
    const place = {
      namespace: `acs_customMetric_${model.accountId}`,
      metricName: requiredText(metric, 'MetricName'),
    };
    model.store.append(place, [point], now + model.options.times.metricDelayMs);
  }
  return { Code: '200', Message: 'success' };
};

const statisticsOf = (values: unknown): Point['statistics'] => {
  const entries = Object.entries(values ?? {}).filter(([, value]) => typeof value === 'number');
  if (entries.length === 0) throw invalidParameter('Values holds no number.');
  return Object.fromEntries(
    entries.map(([name, value]) => [name.charAt(0).toUpperCase() + name.slice(1), value]),
  );
};

/** `DescribeMonitorResourceQuotaAttribute`: packages are units of 10,000 calls. */
const describeQuota = ({ quota }: CmsModel): object => ({
  ...SUCCESS,
  ResourceQuota: {
    SuitInfo: 'free',
    Api: { QuotaLimit: quota.free, QuotaPackage: 0, QuotaUsed: quota.usedThisMonth },
  },
});

export const metricActions = (model: CmsModel): Readonly<Record<string, Action>> => ({
  DescribeMetricLast: (parameters) => describeLast(model, parameters),
  DescribeMetricList: (parameters) => describeList(model, parameters),
  // As the list, without paging.
  DescribeMetricData: (parameters) => ({
    ...describeList(model, parameters),
    NextToken: undefined,
  }),
  PutCustomMetric: (parameters) => putCustomMetric(model, parameters),
  DescribeMonitorResourceQuotaAttribute: () => describeQuota(model),
});
