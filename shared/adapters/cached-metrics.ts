import { dimensionsKey } from './dimensions-key';
import { type Clock } from '../ports/clock';
import { type CallOptions } from '../ports/load-balancer';
import { type MetricPoint, type MetricQuery, type Metrics } from '../ports/metrics';
import { type StateStore, type StoredDocument } from '../ports/state-store';

export interface CachedMetricsOptions {
  readonly metrics: Metrics;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly regionId: string;
  /** Tells accounts that share a store apart. */
  readonly accountId?: string | undefined;
  /** How long one reading serves everybody: CloudMonitor has a point a minute. Default 60 s. */
  readonly windowMs?: number | undefined;
}

interface Page {
  readonly window: number;
  /** The points of each set of dimensions that was asked for; none where there were none. */
  readonly points: Readonly<Record<string, readonly MetricPoint[]>>;
}

type Dimensions = MetricPoint['dimensions'];

/**
 * The points by what was asked for, which may be less than a point carries (`userId`, `vip`). One pass over the points for each set
 * of names that was asked for: pools ask for thousands of instances at once.
 */
function byQuestion(
  asked: readonly Dimensions[],
  points: readonly MetricPoint[],
): Readonly<Record<string, readonly MetricPoint[]>> {
  const found = new Map(asked.map((each): [string, MetricPoint[]] => [dimensionsKey(each), []]));
  const shapes = new Map(asked.map((each) => [Object.keys(each).sort().join(), Object.keys(each)]));
  for (const names of shapes.values())
    for (const point of points)
      found.get(dimensionsKey(only(names, point.dimensions)))?.push(point);
  return Object.fromEntries(found);
}

const only = (names: readonly string[], dimensions: Dimensions): Dimensions =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = dimensions[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );

const isPage = (value: unknown): value is Page =>
  typeof value === 'object' && value !== null && 'window' in value && 'points' in value;

/**
 * Reads each metric once per account, region and minute, for all pools and functions that share the store: the vendor
 * gives a million calls a month, 23 a minute. Without the store it reads directly.
 */
export class CachedMetrics implements Metrics {
  readonly pointIntervalMs: number;
  private readonly options: CachedMetricsOptions;

  constructor(options: CachedMetricsOptions) {
    this.pointIntervalMs = options.windowMs ?? 60_000;
    this.options = options;
  }

  async readLatest(query: MetricQuery, options: CallOptions): Promise<readonly MetricPoint[]> {
    const { metrics, store, clock } = this.options;
    const key = this.documentKey(query);
    const stored = await store.read(key).catch(() => null);
    const window = Math.floor(clock.now() / this.pointIntervalMs);
    const known =
      isPage(stored?.value) && stored.value.window === window ? stored.value.points : {};
    const unknown = query.dimensions.filter((dimensions) => !(dimensionsKey(dimensions) in known));
    const fetched =
      unknown.length === 0
        ? []
        : await metrics.readLatest({ ...query, dimensions: unknown }, options);
    const learnt = byQuestion(unknown, fetched);
    if (unknown.length > 0)
      await this.remember(key, { window, points: { ...known, ...learnt } }, stored);
    return query.dimensions.flatMap(
      (asked) => learnt[dimensionsKey(asked)] ?? known[dimensionsKey(asked)] ?? [],
    );
  }

  private documentKey({ namespace, metricName }: MetricQuery): string {
    const { accountId = 'own', regionId } = this.options;
    return `metrics/${accountId}/${regionId}/${namespace}/${metricName}`;
  }

  /** Whoever comes first is kept; a lost race costs one more call in this minute. */
  private async remember(key: string, page: Page, before: StoredDocument | null): Promise<void> {
    await this.options.store
      .compareAndSet(key, page, before?.version ?? null)
      .catch(() => 'conflict');
  }
}
