import { type PoolPolicy, type Watch } from '../domain/policy';
import { type ScaleSignal } from '../domain/scale-policy';
import { ceilDiv } from '../domain/units';
import { type DeploymentSettings, type PriceSettings } from './fleet-policy';

/** What estimates assume where neither policy nor cloud says it; printed beside every estimate. */
export const ASSUMPTIONS = {
  /** Days of a month. */
  days: 30,
  /** Members of a pool whose size is unknown and which is not scaled; else its largest size. */
  members: 20,
  /** Share of the time in which something is unsteady, in permille. */
  unsteadyShare: 10,
  /** Reads, decisions and writes of one tick, in milliseconds, without the probe window. */
  tickOverheadMs: 1500,
  /** Pool-wide metrics that a tick reads; CPU comes on top, 50 instances a call. */
  poolMetrics: 4,
  /** CloudMonitor calls a month that cost nothing, per account. */
  freeMetricCalls: 1_000_000,
} as const;

/** A month of one pool under one `watch` setting. Prices are the policy’s; everything is an estimate. */
export interface WatchEstimate {
  readonly watch: Watch;
  readonly ticks: number;
  readonly invocations: number;
  readonly workerSeconds: number;
  readonly vcpuSeconds: number;
  readonly gigabyteSeconds: number;
  readonly metricCalls: number;
  /** The part of them that only scaling needs. */
  readonly scalingMetricCalls: number;
  readonly loadBalancerCalls: number;
  readonly computeCalls: number;
  readonly currency: string;
  /** Function time, invocations, and the CloudMonitor calls that this pool adds beyond the account’s free million. */
  readonly price: number;
}

export interface EstimateRequest {
  readonly pool: PoolPolicy;
  readonly members: number | null;
  readonly deployment: DeploymentSettings;
  readonly prices: PriceSettings;
}

const SECONDS_PER_DAY = 86_400;
const secondsPerMonth = ASSUMPTIONS.days * SECONDS_PER_DAY;

interface Activity {
  readonly ticks: number;
  readonly invocations: number;
  readonly workerSeconds: number;
  /** Minutes in which metrics are read: at most once each. */
  readonly metricMinutes: number;
  /** Times that instances are read: an awake worker reuses them for half their freshness limit. */
  readonly instanceReads: number;
}

function activityOf(watch: Watch, { pool, deployment }: EstimateRequest): Activity {
  const wakeUps = Math.floor((secondsPerMonth * 1000) / deployment.timerEveryMs);
  const tickSeconds = (ASSUMPTIONS.tickOverheadMs + (pool.heal.probe?.windowMs ?? 0)) / 1000;
  const awakeShare =
    watch === 'always' ? 1 : watch === 'unsteady' ? ASSUMPTIONS.unsteadyShare / 1000 : 0;
  const awakeSeconds = secondsPerMonth * awakeShare;
  const cycleSeconds = Math.max(tickSeconds, pool.watchIntervalMs / 1000);
  const stintSeconds = Math.max(1, (deployment.workerTimeoutMs - deployment.callDeadlineMs) / 1000);
  const asleepTicks = Math.round(wakeUps * (1 - awakeShare));
  const minutes = secondsPerMonth / 60;
  return {
    ticks: asleepTicks + Math.round(awakeSeconds / cycleSeconds),
    invocations: wakeUps + Math.round(awakeSeconds / stintSeconds),
    workerSeconds: Math.round(asleepTicks * tickSeconds + awakeSeconds),
    metricMinutes: Math.round(Math.min(minutes, asleepTicks + awakeSeconds / 60)),
    instanceReads:
      asleepTicks +
      Math.round(
        (awakeSeconds * 1000) / Math.max(cycleSeconds * 1000, pool.heal.freshness.instanceMs / 2),
      ),
  };
}

/**
 * Calls of a pool that are billed beside `others` in the same account.
 *
 * Example: 300,000 calls beside 900,000 others are 200,000 billed; beside 1,200,000 others all 300,000 are.
 */
const billedMetricCalls = (calls: number, others: number): number =>
  Math.min(calls, Math.max(0, others + calls - ASSUMPTIONS.freeMetricCalls));

/** Metrics of the load balancers that healing does not read anyway; one call each for all of them. */
const OWN_CALLS: readonly ScaleSignal[] = ['connections', 'load-balancer-utilisation'];

/**
 * CloudMonitor calls that scaling adds each time metrics are read. Requests, latency, errors and CPU are there for healing;
 * connections of each instance take one call for 50 of them.
 *
 * Example: targets for CPU, connections and instance-connections in a pool of 120: 0 + 1 + 3 = 4.
 */
function scalingCalls({ scale }: PoolPolicy, instances: number): number {
  if (scale === undefined) return 0;
  const signals = new Set([...scale.metrics, ...scale.steps].map(({ signal }) => signal));
  const perInstance = signals.has('instance-connections') ? ceilDiv(instances, 50) : 0;
  return OWN_CALLS.filter((signal) => signals.has(signal)).length + perInstance;
}

/** Lists of instances by tag, 100 at a time: the pool’s own, and those that membership names. */
const listCalls = ({ scale, membership }: PoolPolicy, instances: number): number =>
  [scale, membership].filter((each) => each !== undefined).length * ceilDiv(instances, 100);

/** Instances that an estimate counts: as many as there are, or where that is unknown as many as there may be. */
const instancesOf = ({ pool, members }: EstimateRequest): number =>
  members ?? pool.scale?.max ?? ASSUMPTIONS.members;

/**
 * What one pool costs a month under a `watch` setting.
 *
 *     vCPU-s = (ticks while asleep × tick time + time awake) × vCPU of the worker
 *
 * Example: `always` with 0.35 vCPU is 2,592,000 s × 0.35 = 907,200 vCPU-s.
 *
 * Other pools of the file are not counted among the account’s other CloudMonitor calls; lint counts them together.
 */
export function estimateWatch(watch: Watch, request: EstimateRequest): WatchEstimate {
  const { pool, deployment, prices } = request;
  const members = instancesOf(request);
  const activity = activityOf(watch, request);
  const loadBalancers = new Set(pool.targets.map((target) => target.loadBalancerId)).size;
  const vcpuSeconds = Math.round(activity.workerSeconds * deployment.workerVcpu);
  const gigabyteSeconds = Math.round((activity.workerSeconds * deployment.workerMemoryMb) / 1024);
  const scalingMetricCalls = activity.metricMinutes * scalingCalls(pool, members);
  const metricCalls =
    activity.metricMinutes * (ASSUMPTIONS.poolMetrics + ceilDiv(members, 50)) + scalingMetricCalls;
  const billed = billedMetricCalls(metricCalls, deployment.otherMetricCallsPerMonth);
  const price =
    vcpuSeconds * prices.perVcpuSecond +
    gigabyteSeconds * prices.perGigabyteSecond +
    (activity.invocations / 1_000_000) * prices.perMillionInvocations +
    (billed / 1000) * prices.perThousandMetricCalls;
  return {
    watch,
    ticks: activity.ticks,
    invocations: activity.invocations,
    workerSeconds: activity.workerSeconds,
    vcpuSeconds,
    gigabyteSeconds,
    metricCalls,
    scalingMetricCalls,
    loadBalancerCalls: activity.ticks * (2 * loadBalancers + pool.targets.length),
    computeCalls: activity.instanceReads * (2 * ceilDiv(members, 100) + listCalls(pool, members)),
    currency: prices.currency,
    price: Math.round(price * 100) / 100,
  };
}

/** All three settings, so that they can be compared. */
export const estimateWatches = (request: EstimateRequest): readonly WatchEstimate[] =>
  (['never', 'unsteady', 'always'] as const).map((watch) => estimateWatch(watch, request));
