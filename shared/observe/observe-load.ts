import { type MetricFigure, type OwnedInstance } from '../domain/capacity';
import { overloadPolicy } from '../domain/overload';
import { type PoolPolicy } from '../domain/policy';
import { type PoolSnapshot } from '../domain/pool';
import {
  isFresh,
  judgeAgain,
  knownValue,
  missing,
  type MissingReason,
  reading,
  type Reading,
} from '../domain/reading';
import { type ScaleMemory } from '../domain/scale-memory';
import { type ScaleSignal } from '../domain/scale-policy';
import { instant, permilleOf, since, type Instant } from '../domain/units';
import { type CallOptions } from '../ports/load-balancer';
import { type MetricPoint, type MetricQuery } from '../ports/metrics';
import { type Ports } from '../ports/ports';
import { attemptOr, type NotRead } from './attempt';
import { isStillNewest } from './metric-age';
import { loadBalancersOf } from './observe-targets';

/** What the pool carries, as far as scaling follows it. */
export interface ObservedLoad {
  readonly figures: readonly Reading<MetricFigure>[];
  readonly errorShare: Reading<number>;
  readonly latencyMs: Reading<number>;
  /** Established connections by instance. */
  readonly connections: ReadonlyMap<string, Reading<number>>;
}

interface Source {
  readonly namespace: MetricQuery['namespace'];
  readonly metricNames: readonly string[];
  /** Thousandths of the signal’s unit in one of CloudMonitor’s. */
  readonly factor: number;
  readonly how: 'sum' | 'max';
}

/** Where each signal comes from (CloudMonitor’s metric lists); a percentage is ten permille. */
const SOURCES: Readonly<Record<ScaleSignal, Source>> = {
  cpu: { namespace: 'acs_ecs_dashboard', metricNames: ['CPUUtilization'], factor: 10, how: 'sum' },
  'instance-connections': {
    namespace: 'acs_ecs_dashboard',
    metricNames: ['net_tcpconnection'],
    factor: 1000,
    how: 'sum',
  },
  requests: {
    namespace: 'acs_slb_dashboard',
    metricNames: ['InstanceQps'],
    factor: 1000,
    how: 'sum',
  },
  connections: {
    namespace: 'acs_slb_dashboard',
    metricNames: ['InstanceActiveConnection'],
    factor: 1000,
    how: 'sum',
  },
  latency: {
    namespace: 'acs_slb_dashboard',
    metricNames: ['InstanceRt'],
    factor: 1000,
    how: 'max',
  },
  'load-balancer-utilisation': {
    namespace: 'acs_slb_dashboard',
    metricNames: ['InstanceMaxConnectionUtilization', 'InstanceQpsUtilization'],
    factor: 10,
    how: 'max',
  },
};

interface Context {
  readonly ports: Ports;
  readonly options: CallOptions;
  /** The same worker’s last snapshot, whose figures stand until a new minute can have been published. */
  readonly previous: PoolSnapshot | null;
  readonly memory: ScaleMemory | undefined;
}

/** Reads what the policy’s metrics and vetoes need, once a minute. A figure that cannot be read is missing, never 0. */
export async function observeLoad(
  backendIds: readonly string[],
  leavingIds: readonly string[],
  policy: PoolPolicy,
  context: Context,
): Promise<ObservedLoad> {
  const { ports, previous } = context;
  const now = ports.clock.now();
  const lastReadAt = previous?.metricsReadAt ?? null;
  const isYoung = lastReadAt !== null && isStillNewest(ports.metrics, lastReadAt, now);
  // Connections are kept with the list of the instances: without it there is nothing to go on with.
  if (isYoung && previous?.capacity !== undefined && previous.capacity.owned.kind !== 'missing')
    return reuse(previous, policy, now);
  const signals = signalsOf(policy);
  const settled = backendIds.filter((id) => !isWarming(id, policy, context.memory, now));
  const [figures, connections, errors] = await Promise.all([
    Promise.all(signals.map((signal) => figureOf(signal, settled, policy, context))),
    connectionsOf([...new Set([...backendIds, ...leavingIds])], policy, context),
    vetoFigures(policy, context),
  ]);
  return { figures, connections, ...errors };
}

/** Put to use so lately that its figures are those of its ramp: it counts as capacity, and is not believed. */
function isWarming(
  instanceId: string,
  { scale }: PoolPolicy,
  memory: ScaleMemory | undefined,
  now: Instant,
): boolean {
  const known = memory?.instances[instanceId];
  if (known === undefined || scale === undefined) return false;
  return known.putToUseAt === null || since(known.putToUseAt, now) < scale.warmUpMs;
}

const signalsOf = ({ scale }: PoolPolicy): readonly ScaleSignal[] => [
  ...new Set([...(scale?.metrics ?? []), ...(scale?.steps ?? [])].map(({ signal }) => signal)),
];

async function figureOf(
  signal: ScaleSignal,
  backendIds: readonly string[],
  policy: PoolPolicy,
  context: Context,
): Promise<Reading<MetricFigure>> {
  const source = SOURCES[signal];
  const names =
    source.namespace === 'acs_ecs_dashboard' ? backendIds : [...loadBalancersOf(policy)];
  const reads = await Promise.all(
    source.metricNames.map((metricName) =>
      readPoints(metricName, source.namespace, names, context),
    ),
  );
  const read = reads.flatMap((points) => ('missing' in points ? [] : [points]));
  if (read.length === 0) return missing(reasonIn(reads));
  const now = context.ports.clock.now();
  const freshFor = policy.heal.freshness.metricMs;
  const points = read.flat().filter(({ at }) => isFresh(at, now, freshFor));
  if (points.length === 0) return missing('no-datapoint');
  const values = points.map(({ value }) => Math.round(value * source.factor));
  const total =
    source.how === 'sum' ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values);
  const reported = new Set(points.map(({ dimensions }) => dimensions['instanceId'])).size;
  const saturated = signal === 'cpu' ? values.filter((value) => value >= topOf(policy)).length : 0;
  const figure = {
    ...{ signal, total, reported, expected: names.length },
    ...(saturated > 0 && { saturated }),
  };
  return reading(figure, oldest(points), now, freshFor);
}

/** CPU from which on an instance cannot do more, in permille: a minute’s mean hides what waits behind it. */
const topOf = (policy: PoolPolicy): number => overloadPolicy(policy).cpuMax;

const reasonIn = (reads: readonly (readonly MetricPoint[] | NotRead)[]): MissingReason =>
  reads.some((read) => 'missing' in read && read.missing === 'budget-spent')
    ? 'budget-spent'
    : 'read-failed';

const oldest = (points: readonly MetricPoint[]): Instant =>
  instant(Math.min(...points.map(({ at }) => at)));

const readPoints = (
  metricName: string,
  namespace: MetricQuery['namespace'],
  names: readonly string[],
  { ports, options }: Context,
): Promise<readonly MetricPoint[] | NotRead> =>
  attemptOr(metricName, ports.log, async () => {
    const dimensions = names.map((instanceId) => ({ instanceId }));
    const points = await ports.metrics.readLatest(
      { namespace, metricName, dimensions },
      { ...options, priority: 'feedback' }, // healing goes first where calls are short
    );
    return points.filter(
      (point) => isAmount(point) && (metricName !== 'net_tcpconnection' || isEstablished(point)),
    );
  });

/** None of these is ever below zero: what says so is no figure. */
const isAmount = ({ value }: MetricPoint): boolean => Number.isFinite(value) && value >= 0;

/** The agent tells connections by state; those that are closing serve nobody. */
const isEstablished = ({ dimensions }: MetricPoint): boolean =>
  dimensions['state'] === undefined || dimensions['state'] === 'ESTABLISHED';

async function connectionsOf(
  instanceIds: readonly string[],
  policy: PoolPolicy,
  context: Context,
): Promise<ReadonlyMap<string, Reading<number>>> {
  const points = await readPoints('net_tcpconnection', 'acs_ecs_dashboard', instanceIds, context);
  const now = context.ports.clock.now();
  const found = 'missing' in points ? [] : points;
  const byId = new Map(found.map((point) => [point.dimensions['instanceId'], point]));
  return new Map(
    instanceIds.map((instanceId) => {
      const point = byId.get(instanceId);
      return [
        instanceId,
        point === undefined
          ? missing('missing' in points ? points.missing : 'no-datapoint')
          : reading(Math.round(point.value), point.at, now, policy.heal.freshness.metricMs),
      ];
    }),
  );
}

/** Failed requests and response time over all load balancers. At layer 4 nobody counts requests: there they stay missing. */
async function vetoFigures(
  policy: PoolPolicy,
  context: Context,
): Promise<Pick<ObservedLoad, 'errorShare' | 'latencyMs'>> {
  const balancers = [...loadBalancersOf(policy)];
  const read = (name: string) => readPoints(name, 'acs_slb_dashboard', balancers, context);
  const [requests, failed, latency] = await Promise.all([
    read('InstanceQps'),
    read('InstanceUpstreamCode5xx'),
    read('InstanceRt'),
  ]);
  const now = context.ports.clock.now();
  const judge = <T>(value: T, points: readonly MetricPoint[]): Reading<T> =>
    reading(value, oldest(points), now, policy.heal.freshness.metricMs);
  return {
    errorShare: errorShareOf(requests, failed, judge),
    latencyMs:
      'missing' in latency
        ? missing(latency.missing)
        : latency.length === 0
          ? missing('no-datapoint')
          : judge(Math.round(Math.max(...latency.map(({ value }) => value))), latency),
  };
}

/**
 * Failed requests as a share of all, over the load balancers that count requests. One of them that does not say how many
 * failed leaves the share unknown: what is absent is never 0.
 *
 * Example: 40 and 60 requests a second, 1 and 0 of them failed: 10 permille.
 */
function errorShareOf(
  requests: readonly MetricPoint[] | NotRead,
  failed: readonly MetricPoint[] | NotRead,
  judge: <T>(value: T, points: readonly MetricPoint[]) => Reading<T>,
): Reading<number> {
  if ('missing' in requests) return missing(requests.missing);
  if ('missing' in failed) return missing(failed.missing);
  const nameOf = ({ dimensions }: MetricPoint): string => dimensions['instanceId'] ?? '';
  const counted = new Set(requests.map(nameOf));
  const tell = new Set(failed.map(nameOf));
  if (counted.size === 0 || [...counted].some((name) => !tell.has(name)))
    return missing('no-datapoint');
  const failures = failed.filter((point) => counted.has(nameOf(point)));
  return judge(permilleOf(sumOf(failures), sumOf(requests)), [...requests, ...failures]);
}

/** In thousandths. */
const sumOf = (points: readonly MetricPoint[]): number =>
  Math.round(points.reduce((total, { value }) => total + value * 1000, 0));

function reuse(previous: PoolSnapshot, policy: PoolPolicy, now: Instant): ObservedLoad {
  const aged = <T>(read: Reading<T>): Reading<T> =>
    judgeAgain(read, now, policy.heal.freshness.metricMs);
  const { capacity } = previous;
  return {
    figures: (capacity?.figures ?? []).map(aged),
    errorShare: aged(capacity?.errorShare ?? missing('never-observed')),
    latencyMs: aged(capacity?.latencyMs ?? missing('never-observed')),
    connections: new Map(
      listedIn(capacity).map(({ instanceId, connections }) => [instanceId, aged(connections)]),
    ),
  };
}

/** Everybody on a list by tag; who is on several, as the pool’s own list has it. */
const listedIn = (capacity: PoolSnapshot['capacity']): readonly OwnedInstance[] =>
  [capacity?.added, capacity?.tagged, capacity?.owned].flatMap((list) =>
    list === undefined || list === null ? [] : (knownValue(list) ?? []),
  );
