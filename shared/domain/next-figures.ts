import { countTurn, spanOf, tickMsOf, wakeLagOf } from './count-turn';
import { isHeldOnPurpose } from './drain-cause';
import { type BackendMemory, type PoolMemory } from './memory';
import { type BackendSnapshot } from './pool';
import { type LastTick, type PoolCounters, type PoolFigures, type SignalAge } from './pool-figures';
import { type Reading } from './reading';
import { type Tick } from './tick';
import { type TakenTallies } from './turn-counters';
import { type Instant } from './units';

/**
 * The figures after a tick, from those before it, the memory that the tick leaves and the calls it made.
 *
 * Example: `web-3` was suspect at 12:00:00, is ejected at 12:00:06 and healthy at 12:03:00: one ejection, one heal of 180 s.
 */
export function nextFigures(
  before: PoolFigures,
  tick: Tick,
  memory: PoolMemory,
  counts: TakenTallies,
): PoolFigures {
  return {
    counters: count(before, tick, memory, counts),
    illSince: illAfter(before.illSince, memory.backends, tick.pool.takenAt),
    last: lastOf(tick),
  };
}

function count(
  { counters, illSince }: PoolFigures,
  tick: Tick,
  memory: PoolMemory,
  taken: TakenTallies,
): PoolCounters {
  const { pool } = tick;
  const healed = Object.entries(illSince).filter(
    ([id]) => memory.backends[id]?.state === 'healthy',
  );
  return {
    ...countTurn(counters, tick, taken),
    ejections: counters.ejections + ejectionsIn(pool.memory.backends, memory.backends),
    heals: counters.heals + healed.length,
    healMs: healed.reduce((sum, [, at]) => sum + spanOf(at, pool.takenAt), counters.healMs),
  };
}

type Backends = Readonly<Record<string, BackendMemory>>;

const ejectionsIn = (before: Backends, after: Backends): number =>
  Object.entries(after).filter(
    ([id, { state, cause }]) =>
      state === 'ejected' && before[id]?.state !== 'ejected' && !isHeldOnPurpose(cause),
  ).length;

/** Who is held out on purpose is not ill, and who is gone has not healed. */
const illAfter = (
  before: PoolFigures['illSince'],
  backends: Backends,
  at: Instant,
): PoolFigures['illSince'] =>
  Object.fromEntries(
    Object.entries(backends)
      .filter(([, { state, cause }]) => state !== 'healthy' && !isHeldOnPurpose(cause))
      .map(([id]) => [id, before[id] ?? at]),
  );

function lastOf(tick: Tick): LastTick {
  const { pool, proposal } = tick;
  return {
    tickMs: tickMsOf(tick),
    wakeLagMs: wakeLagOf(tick),
    members: pool.backends.length,
    healthy: proposal.verdicts.filter(({ isHealthy }) => isHealthy).length,
    serving: proposal.verdicts.filter(({ isServing }) => isServing).length,
    isPanic: proposal.isPanic,
    desired: proposal.scale?.desired ?? null,
    stages: proposal.scale?.counts ?? {},
    signals: signalsOf(pool.backends, pool.takenAt),
  };
}

type Readings = (backend: BackendSnapshot) => readonly Reading<unknown>[];

/** What a signal that is not configured has to say is nothing: it is left out. */
const SIGNALS: Readonly<Record<string, Readings>> = {
  'load-balancer-health': ({ attachments }) => attachments.map(({ health }) => health),
  instance: ({ instance }) => [instance],
  probe: ({ probe }) => [probe],
  cpu: ({ cpu }) => [cpu],
};

const isConfigured = (read: Reading<unknown>): boolean =>
  read.kind !== 'missing' || read.reason !== 'not-configured';

const signalsOf = (
  backends: readonly BackendSnapshot[],
  now: Instant,
): Readonly<Record<string, SignalAge>> =>
  Object.fromEntries(
    Object.entries(SIGNALS).flatMap(([signal, readingsOf]) => {
      const readings = backends.flatMap(readingsOf).filter(isConfigured);
      return readings.length === 0 ? [] : [[signal, ageOf(readings, now)] as const];
    }),
  );

function ageOf(readings: readonly Reading<unknown>[], now: Instant): SignalAge {
  const ages = readings.flatMap((read) =>
    read.kind === 'missing' ? [] : [spanOf(read.sampledAt, now)],
  );
  return {
    ageMs: ages.length === 0 ? null : Math.max(...ages),
    unusable: readings.filter(({ kind }) => kind !== 'ok').length,
  };
}
