import { callBudget, type CallQuotas, monthlyBudget } from '../../../shared/domain/call-budget';
import { ceilDiv } from '../../../shared/domain/units';
import { type FleetFigure } from './measure-fleet';

/** What the account and the platform allow, and what cannot be measured in models. */
export interface Limits {
  readonly callsPerMinute: CallQuotas;
  readonly metricCallsPerMonth: number;
  readonly poolsPerWorker: number;
  /** Instances of the worker that are not kept by those that stay awake. */
  readonly instances: number;
  /** New instances that the platform brings in a second. */
  readonly instancesPerSecond: number;
  readonly workerVcpu: number;
  /** Assumed time of one call, milliseconds. */
  readonly latencyMs: number;
}

export interface QuotaFigure {
  readonly pools: number;
  readonly backends: number;
  /** From the timer until every pool has been looked at once. */
  readonly seconds: number;
  readonly poolsPerMinute: number;
  /** What the last worker waited for most: an API, or instances. */
  readonly limitedBy: string;
  /** Minutes between two readings of a pool's metrics, by the account's calls of a month. */
  readonly metricMinutes: number;
  /** Until each pool has had one weight written, seconds. */
  readonly writeSeconds: number;
}

/** What is left out of the wait: over its calls of a month metrics are read less often, and nobody waits for them. */
const METRICS = 'Cms.';

/** Calls that wait for each other in one look: members, instances, signals, health, and the like. */
const CALLS_IN_A_ROW = 6;

/**
 * A timer's round on virtual time: chunks are taken in their order by instances that come at the platform's rate; each chunk takes
 * the tokens of its calls from the same buckets as the product does, first come, first served, and ends when it has them and its looks
 * are over. Calls per look, their time on the virtual clock and the computing are those that were measured.
 */
export function durationAtQuotas(figure: FleetFigure, limits: Limits): QuotaFigure {
  const { pools, backends } = figure;
  const chunks = ceilDiv(pools, limits.poolsPerWorker);
  const buckets = new Map(
    Object.keys(figure.callsPerTick)
      .filter((api) => !api.startsWith(METRICS))
      .map((api) => [api, new Bucket(quotaOf(api, limits))]),
  );
  const freeAt = Array.from({ length: Math.min(chunks, limits.instances) }, (_, index) =>
    Math.floor((index * 1000) / limits.instancesPerSecond),
  );
  const waited = new Map<string, number>();
  let lastEnd = 0;
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    const size = Math.min(limits.poolsPerWorker, pools - chunk * limits.poolsPerWorker);
    const worker = freeAt.indexOf(Math.min(...freeAt));
    const startedAt = freeAt[worker] ?? 0;
    let readyAt = startedAt;
    for (const [api, bucket] of buckets) {
      const grantedAt = bucket.take(Math.ceil((figure.callsPerTick[api] ?? 0) * size), startedAt);
      waited.set(api, (waited.get(api) ?? 0) + grantedAt - startedAt);
      readyAt = Math.max(readyAt, grantedAt);
    }
    const end = readyAt + chunkSpan(size, figure, limits);
    freeAt[worker] = end;
    lastEnd = Math.max(lastEnd, end);
  }
  const [slowest] = [...waited].sort(([, one], [, other]) => other - one);
  return {
    ...{ pools, backends, seconds: Math.ceil(lastEnd / 1000) },
    poolsPerMinute: Math.floor((pools * 60_000) / lastEnd),
    limitedBy: slowest === undefined || slowest[1] === 0 ? 'instances' : slowest[0],
    metricMinutes: metricMinutes(figure, limits),
    writeSeconds: Math.ceil(
      new Bucket(limits.callsPerMinute.loadBalancerWrites).take(pools, 0) / 1000,
    ),
  };
}

/** Looks of a chunk run side by side, their computing one after the other. */
const chunkSpan = (size: number, { tickSpanMs, msPerTick }: FleetFigure, limits: Limits): number =>
  Math.ceil(
    tickSpanMs + CALLS_IN_A_ROW * limits.latencyMs + (size * msPerTick) / limits.workerVcpu,
  );

const READ = /\.(Describe|List|Get|Query)/;

function quotaOf(api: string, { callsPerMinute }: Limits): number {
  const isRead = READ.test(api);
  if (api.startsWith('Slb.'))
    return isRead ? callsPerMinute.loadBalancerReads : callsPerMinute.loadBalancerWrites;
  return isRead ? callsPerMinute.instanceReads : callsPerMinute.instanceWrites;
}

function metricMinutes({ pools, callsPerTick }: FleetFigure, limits: Limits): number {
  const wanted = Math.ceil(pools * (callsPerTick['Cms.DescribeMetricLast'] ?? 0));
  return Math.max(1, ceilDiv(wanted, monthlyBudget(limits.metricCallsPerMonth).refillPerMinute));
}

/** A bucket whose tokens are promised to whoever comes first. */
class Bucket {
  private readonly perMs: number;
  private readonly capacity: number;
  private level: number;
  private at = 0;

  constructor(perMinute: number) {
    const { capacity, refillPerMinute } = callBudget(perMinute);
    this.perMs = refillPerMinute / 60_000;
    this.capacity = capacity;
    this.level = capacity;
  }

  /** When `count` tokens are there for somebody who asks at `now`; later askers come after. */
  take(count: number, now: number): number {
    this.level = Math.min(this.capacity, this.level + Math.max(0, now - this.at) * this.perMs);
    this.at = Math.max(this.at, now);
    this.level -= count;
    return this.level >= 0 ? now : Math.ceil(this.at - this.level / this.perMs);
  }
}
