import { BUDGET_SPENT, CloudError } from '../domain/cloud-error';
import { type Clock } from '../ports/clock';
import { type CallOptions } from '../ports/load-balancer';
import { type MetricPoint, type MetricQuery, type Metrics } from '../ports/metrics';
import { type StateStore, type StoredDocument } from '../ports/state-store';
import { dimensionsKey } from './dimensions-key';

export interface CachedMetricsOptions {
  readonly metrics: Metrics;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly regionId: string;
  /** Tells accounts that share a store apart. */
  readonly accountId?: string | undefined;
  /** Whose instances these are; left out: everybody's on one page. */
  readonly poolName?: string | undefined;
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

/** A page of the store with those of the asked dimensions that belong on it. */
interface Asked {
  readonly key: string;
  readonly dimensions: readonly Dimensions[];
  readonly stored: StoredDocument | null;
  /** Points of this window. */
  readonly known: Page['points'];
  /** Points of whenever the page was written. */
  readonly older: Page['points'];
}

const isIn = (points: Page['points'], dimensions: Dimensions): boolean =>
  Object.hasOwn(points, dimensionsKey(dimensions));

/**
 * Reads each metric once per account, region and minute, for all functions that share the store: the vendor gives a million
 * calls a month, 23 a minute. A load balancer has a page of its own, which all pools behind it share, and the instances of a pool
 * have one together. When the account's calls are used up nothing is read: the last page answers, its points as old as they are, and
 * where there is none a `CloudError` of code `BudgetSpent`. Without the store it reads directly.
 */
export class CachedMetrics implements Metrics {
  readonly pointIntervalMs: number;
  private readonly options: CachedMetricsOptions;

  constructor(options: CachedMetricsOptions) {
    this.pointIntervalMs = options.windowMs ?? 60_000;
    this.options = options;
  }

  async readLatest(query: MetricQuery, options: CallOptions): Promise<readonly MetricPoint[]> {
    const window = Math.floor(this.options.clock.now() / this.pointIntervalMs);
    const pages = await this.pagesOf(query, window);
    const unknown = pages.flatMap(({ dimensions, known }) =>
      dimensions.filter((one) => !isIn(known, one)),
    );
    if (unknown.length === 0) return answer(query, pages, {});
    const fetched = await this.fetch({ ...query, dimensions: unknown }, options);
    if (fetched instanceof CloudError) return answerOld(query, pages, unknown, fetched);
    const learnt = byQuestion(unknown, fetched);
    await Promise.all(pages.map((page) => this.remember(page, window, learnt)));
    return answer(query, pages, learnt);
  }

  /** The points, or the refusal when the account has no calls left. */
  private async fetch(
    query: MetricQuery,
    options: CallOptions,
  ): Promise<readonly MetricPoint[] | CloudError> {
    try {
      return await this.options.metrics.readLatest(query, options);
    } catch (error) {
      if (error instanceof CloudError && error.details.code === BUDGET_SPENT) return error;
      throw error;
    }
  }

  private async pagesOf(query: MetricQuery, window: number): Promise<readonly Asked[]> {
    const byKey = new Map<string, Dimensions[]>();
    for (const dimensions of query.dimensions) {
      const key = this.documentKey(query, dimensions);
      const page = byKey.get(key) ?? [];
      page.push(dimensions);
      byKey.set(key, page);
    }
    return Promise.all(
      [...byKey].map(async ([key, dimensions]) => {
        const stored = await this.options.store.read(key).catch(() => null);
        const page = isPage(stored?.value) ? stored.value : null;
        const older = page?.points ?? {};
        return { key, dimensions, stored, older, known: page?.window === window ? older : {} };
      }),
    );
  }

  private documentKey({ namespace, metricName }: MetricQuery, dimensions: Dimensions): string {
    const { accountId = 'own', regionId, poolName = 'all' } = this.options;
    const page = namespace === 'acs_slb_dashboard' ? dimensions['instanceId'] : undefined;
    return `metrics/${accountId}/${regionId}/${namespace}/${metricName}/${page ?? poolName}`;
  }

  /** Whoever comes first is kept; a lost race costs one more call in this minute. */
  private async remember(
    { key, dimensions, stored, known }: Asked,
    window: number,
    learnt: Page['points'],
  ): Promise<void> {
    const news = dimensions.flatMap((one) => {
      const points = learnt[dimensionsKey(one)];
      return points === undefined ? [] : [[dimensionsKey(one), points] as const];
    });
    if (news.length === 0) return;
    const page: Page = { window, points: { ...known, ...Object.fromEntries(news) } };
    await this.options.store
      .compareAndSet(key, page, stored?.version ?? null)
      .catch(() => 'conflict');
  }
}

function answer(
  query: MetricQuery,
  pages: readonly Asked[],
  learnt: Page['points'],
  from: 'known' | 'older' = 'known',
): readonly MetricPoint[] {
  const all = Object.assign({}, ...pages.map((page) => page[from]), learnt) as Page['points'];
  return query.dimensions.flatMap((asked) => all[dimensionsKey(asked)] ?? []);
}

/** What was read last, however old. Throws when nothing ever was. */
function answerOld(
  query: MetricQuery,
  pages: readonly Asked[],
  unknown: readonly Dimensions[],
  refusal: CloudError,
): readonly MetricPoint[] {
  const hasAny = pages.some(({ older }) => unknown.some((one) => isIn(older, one)));
  if (!hasAny) throw refusal;
  return answer(query, pages, {}, 'older');
}
