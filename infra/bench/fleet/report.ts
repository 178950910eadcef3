import { table } from '../table';
import { type Limits, type QuotaFigure } from './at-quotas';
import { type FleetFigure } from './measure-fleet';
import { type StormFigure } from './storm';

export interface FleetResult {
  readonly machine: { readonly cores: number; readonly node: string };
  readonly limits: Limits;
  readonly sizes: readonly FleetFigure[];
  readonly atQuotas: readonly QuotaFigure[];
  readonly storm: StormFigure | null;
}

const sumOf = (calls: Readonly<Record<string, number>>): number =>
  Number(
    Object.values(calls)
      .reduce((sum, count) => sum + count, 0)
      .toPrecision(3),
  );

const sizes = (figures: readonly FleetFigure[]): string =>
  table(
    [
      ...['pools', 'backends', 'ticks/s', 'ms/tick', 'calls/tick', 'span ms'],
      ...['worker MB', 'store KB/pool', 'growth KB/tick'],
    ],
    figures.map((one) =>
      [
        ...[one.pools, one.backends, one.ticksPerSecond, one.msPerTick, sumOf(one.callsPerTick)],
        ...[one.tickSpanMs, one.workerMegabytes, one.storeKilobytesPerPool],
        one.growthKilobytesPerTick,
      ].map(String),
    ),
  );

const calls = (figures: readonly FleetFigure[]): string => {
  const apis = [...new Set(figures.flatMap(({ callsPerTick }) => Object.keys(callsPerTick)))];
  return table(
    ['calls per tick', ...figures.map(({ pools, backends }) => `${pools} × ${backends}`)],
    apis.map((api) => [api, ...figures.map((one) => String(one.callsPerTick[api] ?? 0))]),
  );
};

const durations = (figures: readonly QuotaFigure[]): string =>
  table(
    [
      ...['pools', 'backends', 'all looked at s', 'pools/min', 'limited by'],
      ...['metrics every min', 'one weight each s'],
    ],
    figures.map((one) => [
      ...[one.pools, one.backends, one.seconds, one.poolsPerMinute].map(String),
      one.limitedBy,
      ...[one.metricMinutes, one.writeSeconds].map(String),
    ]),
  );

const storm = (one: StormFigure): string =>
  `${one.alarms} alarms in ${one.seconds} s on one pool of ${one.backends}: ${one.workers} workers, ${one.ticks} ticks, ${one.calls} API calls`;

export function printed({ machine, limits, ...result }: FleetResult): string {
  const { instances, instancesPerSecond, latencyMs, workerVcpu, poolsPerWorker } = limits;
  return [
    `In-process models on ${machine.cores} cores, Node ${machine.node}; no socket, no signature. One process works on chunks of ${poolsPerWorker}.`,
    sizes(result.sizes),
    calls(result.sizes),
    `At the account's quotas on virtual time: ${instances} instances of the worker at ${instancesPerSecond} a second and ${workerVcpu} vCPU each, ${latencyMs} ms assumed for a call.`,
    durations(result.atQuotas),
    ...(result.storm === null ? [] : [storm(result.storm)]),
  ].join('\n\n');
}
