import { type LocalClock, type MetricSample } from '../contracts';

export type Dimensions = Readonly<Record<string, string>>;
export type Statistics = MetricSample['statistics'];

/** One published point: the period that ended at `at`. */
export interface Point {
  readonly at: number;
  readonly dimensions: Dimensions;
  readonly statistics: Statistics;
}

export interface MetricName {
  readonly namespace: string;
  readonly metricName: string;
}

export interface MetricRange extends MetricName {
  /** Any of these must match; undefined means every series. */
  readonly dimensions?: readonly Dimensions[] | undefined;
  /** Excluded. */
  readonly from: number;
  /** Included. */
  readonly to: number;
  /** Points of so many milliseconds; the native period when undefined. */
  readonly periodMs?: number | undefined;
}

interface StoredPoint extends Point {
  readonly visibleAt: number;
}

/** A key of its own for each series. */
export const seriesKey = (dimensions: Dimensions): string => {
  const names = Object.keys(dimensions).sort();
  return `${names.join('\n')}\n\n${valuesOf(names, dimensions)}`;
};

/** Looks a series up once for each set of names that is wanted, not once for each that is wanted: pools ask for hundreds at once. */
function matcherOf(wanted: readonly Dimensions[] | undefined): (series: Series) => boolean {
  if (wanted === undefined) return () => true;
  const shapes = new Map<
    string,
    { readonly names: readonly string[]; readonly keys: Set<string> }
  >();
  for (const one of wanted) {
    const names = Object.keys(one).sort();
    const shape = shapes.get(names.join()) ?? { names, keys: new Set<string>() };
    shapes.set(names.join(), shape);
    shape.keys.add(valuesOf(names, one));
  }
  const all = [...shapes];
  return (series) => all.some(([shape, { names, keys }]) => keys.has(keyFor(shape, names, series)));
}

/** The series’ values of some names; worked out once, as the same are asked for each minute. */
function keyFor(shape: string, names: readonly string[], { dimensions, keys }: Series): string {
  const key = keys.get(shape) ?? valuesOf(names, dimensions);
  keys.set(shape, key);
  return key;
}

const valuesOf = (names: readonly string[], dimensions: Dimensions): string =>
  names.map((name) => dimensions[name]).join('\n');

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const COMBINE: Readonly<Record<keyof Statistics, (values: readonly number[]) => number>> = {
  Average: mean,
  Minimum: (values) => Math.min(...values),
  Maximum: (values) => Math.max(...values),
  Sum: (values) => values.reduce((sum, value) => sum + value, 0),
  Value: (values) => values.at(-1) ?? 0,
};

const combine = (points: readonly Point[]): Statistics => {
  const names = Object.keys(COMBINE) as (keyof Statistics)[];
  const combined = names.flatMap((name) => {
    const values = points.flatMap(({ statistics }) => statistics[name] ?? []);
    return values.length === 0 ? [] : [[name, COMBINE[name](values)] as const];
  });
  return Object.fromEntries(combined);
};

const aggregate = (points: readonly Point[], periodMs: number): readonly Point[] => {
  const buckets = new Map<string, { readonly at: number; readonly points: Point[] }>();
  for (const point of points) {
    const at = Math.ceil(point.at / periodMs) * periodMs;
    const key = `${at} ${seriesKey(point.dimensions)}`;
    const bucket = buckets.get(key) ?? { at, points: [] };
    bucket.points.push(point);
    buckets.set(key, bucket);
  }
  return [...buckets.values()].map((bucket) => ({
    at: bucket.at,
    dimensions: bucket.points[0]?.dimensions ?? {},
    statistics: combine(bucket.points),
  }));
};

const shown = ({ at, dimensions, statistics }: StoredPoint): Point => ({
  at,
  dimensions,
  statistics,
});

/** Nearly always at the end. */
function insert(points: StoredPoint[], point: StoredPoint): void {
  const last = points.at(-1);
  if (last === undefined || last.at <= point.at) points.push(point);
  else points.splice(points.findLastIndex(({ at }) => at <= point.at) + 1, 0, point);
}

export interface MetricStoreSettings {
  readonly clock: LocalClock;
  /** Points older than this are forgotten. */
  readonly retentionMs: number;
}

interface Series {
  readonly dimensions: Dimensions;
  /** Its values by the names that were asked for. */
  readonly keys: Map<string, string>;
  /** In order of time. */
  readonly points: StoredPoint[];
}

/** What CloudMonitor has measured. Points become visible some time after their period ended. */
export class MetricStore {
  private readonly settings: MetricStoreSettings;
  private readonly metrics = new Map<string, Map<string, Series>>();

  constructor(settings: MetricStoreSettings) {
    this.settings = settings;
  }

  append(metric: MetricName, points: readonly Point[], visibleAt: number): void {
    const series = this.seriesOf(metric);
    const oldest = this.settings.clock.now() - this.settings.retentionMs;
    for (const { at, dimensions, statistics } of points) {
      const key = seriesKey(dimensions);
      const own = series.get(key) ?? { dimensions, keys: new Map(), points: [] };
      series.set(key, own);
      insert(own.points, { at, dimensions, statistics, visibleAt });
      while ((own.points[0]?.at ?? oldest) < oldest) own.points.shift();
    }
  }

  /** Visible points of a range, oldest first. */
  query(range: MetricRange): readonly Point[] {
    const isVisible = this.visibleIn(range);
    const points = this.matching(range)
      .flatMap(({ points }) => points.filter(isVisible).map(shown))
      .sort((left, right) => left.at - right.at);
    return range.periodMs === undefined ? points : aggregate(points, range.periodMs);
  }

  /** The newest visible point of each series of a range; the series in the order of their first points. */
  newest(range: Omit<MetricRange, 'periodMs'>): readonly Point[] {
    const isVisible = this.visibleIn(range);
    return this.matching(range)
      .flatMap(({ points }) => {
        // Looked for from both ends: a window of hours holds many that nobody wants.
        const first = points.find(isVisible);
        const last = points.findLast(isVisible);
        return first === undefined || last === undefined ? [] : [{ first, last }];
      })
      .sort((left, right) => left.first.at - right.first.at)
      .map(({ last }) => shown(last));
  }

  /** Statistics that a metric has been seen to offer; undefined before its first point. */
  statisticsOf(metric: MetricName): readonly string[] | undefined {
    const [series] = this.seriesOf(metric).values();
    const point = series?.points.at(-1);
    return point === undefined ? undefined : Object.keys(point.statistics);
  }

  private matching(range: MetricRange): readonly Series[] {
    const matches = matcherOf(range.dimensions);
    return [...this.seriesOf(range).values()].filter(matches);
  }

  private visibleIn({ from, to }: MetricRange): (point: StoredPoint) => boolean {
    const now = this.settings.clock.now();
    return ({ at, visibleAt }) => at > from && at <= to && visibleAt <= now;
  }

  private seriesOf({ namespace, metricName }: MetricName): Map<string, Series> {
    const key = `${namespace} ${metricName}`;
    const known = this.metrics.get(key) ?? new Map<string, Series>();
    this.metrics.set(key, known);
    return known;
  }
}
