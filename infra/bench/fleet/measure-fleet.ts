import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { GatheredReads } from '../../../shared/adapters/gathered-reads';
import { type PoolPolicy } from '../../../shared/domain/policy';
import { type Tick } from '../../../shared/domain/tick';
import { plus } from '../../../shared/domain/units';
import { workPool } from '../../../shared/work-pool';
import { createFleetWorld, type FleetSize, type FleetWorld } from './fleet-world';

export interface FleetFigure extends FleetSize {
  /** Ticks that one process does in a second of computing, models included. */
  readonly ticksPerSecond: number;
  readonly msPerTick: number;
  /** By API, in a round in which nothing is cached, per tick. */
  readonly callsPerTick: Readonly<Record<string, number>>;
  /** From a look's beginning to its end on the virtual clock, milliseconds: probes; calls of the models take no time. */
  readonly tickSpanMs: number;
  /** Heap that a worker of one chunk needs at most above what was there before it, MB. */
  readonly workerMegabytes: number;
  /** What the store holds of each pool, KB. */
  readonly storeKilobytesPerPool: number;
  /** Heap that stays after each further tick, KB: what grows without end shows here. */
  readonly growthKilobytesPerTick: number;
}

const POOLS_PER_WORKER = 20;
const LOOK_SPAN_MS = 60_000;
const ROUNDS_FOR_GROWTH = 3;

/** Heap in use once everything that is no longer needed was given back, bytes. */
function settledHeap(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}

/** Rounds over all pools, in chunks as workers get them: one to learn, one that is measured, and more to see what grows. */
export async function measureFleet(size: FleetSize): Promise<FleetFigure> {
  const world = await createFleetWorld(size);
  await round(world);
  const callsBefore = world.calls();
  const measured = await round(world);
  const calls = difference(world.calls(), callsBefore);
  world.forgetCalls();
  const heapBefore = settledHeap();
  for (let more = 0; more < ROUNDS_FOR_GROWTH; more += 1) await round(world);
  world.forgetCalls();
  const growth = settledHeap() - heapBefore;
  const msPerTick = measured.computedMs / size.pools;
  return {
    ...size,
    ticksPerSecond: rounded(1000 / msPerTick),
    msPerTick: rounded(msPerTick),
    callsPerTick: Object.fromEntries(
      Object.entries(calls).map(([api, count]) => [api, rounded(count / size.pools)]),
    ),
    tickSpanMs: Math.round(measured.spanMs / size.pools),
    workerMegabytes: rounded(measured.workerBytes / 1e6),
    storeKilobytesPerPool: rounded((await storedBytes(world)) / size.pools / 1000),
    growthKilobytesPerTick: rounded(growth / 1000 / (ROUNDS_FOR_GROWTH * size.pools)),
  };
}

const ROUND_MS = 60_000 as Parameters<FleetWorld['clock']['sleep']>[0];

/** To three digits. */
const rounded = (value: number): number => Number(value.toPrecision(3));

interface Round {
  readonly computedMs: number;
  readonly spanMs: number;
  readonly workerBytes: number;
}

async function round(world: FleetWorld): Promise<Round> {
  await world.during(world.clock.sleep(ROUND_MS)); // into a minute of which no metric is known
  const ticks: Tick[] = [];
  let workerBytes = 0;
  let computedMs = 0;
  for (let first = 0; first < world.policies.length; first += POOLS_PER_WORKER) {
    const chunk = world.policies.slice(first, first + POOLS_PER_WORKER);
    const gathered = chunk.length > 1 ? new GatheredReads(world.clock) : undefined;
    const heapBefore = first === 0 ? settledHeap() : process.memoryUsage().heapUsed;
    const startedAt = performance.now();
    await world.during(
      Promise.all(
        chunk.map((policy) =>
          look(policy, { world, gathered }, (tick) => {
            ticks.push(tick);
            if (first === 0)
              workerBytes = Math.max(workerBytes, process.memoryUsage().heapUsed - heapBefore);
          }),
        ),
      ),
    );
    computedMs += performance.now() - startedAt;
  }
  if (ticks.length !== world.policies.length)
    throw new Error(`${ticks.length} ticks came about in ${world.policies.length} pools`);
  const spans = ticks.map(({ request, finishedAt }) => finishedAt - request.startedAt);
  return { computedMs, workerBytes, spanMs: spans.reduce((sum, span) => sum + span, 0) };
}

let ids = 0;

interface Worker {
  readonly world: FleetWorld;
  readonly gathered: GatheredReads | undefined;
}

const look = (
  policy: PoolPolicy,
  { world, gathered }: Worker,
  onTick: (tick: Tick) => void,
): Promise<unknown> =>
  workPool({
    ...{ policy, policyHash: 'bench', mayWatch: false, onTick },
    wake: { source: 'timer', detail: 'bench', at: world.clock.now() },
    deadline: plus(world.clock.now(), LOOK_SPAN_MS),
    holder: 'bench',
    newTickId: () => `tick-${(ids += 1)}`,
    ports: world.portsOf(policy, gathered),
  });

function difference(
  after: Readonly<Record<string, number>>,
  before: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const grown = Object.entries(after).map(
    ([api, count]) => [api, count - (before[api] ?? 0)] as const,
  );
  return Object.fromEntries(grown.filter(([, count]) => count > 0));
}

async function storedBytes({ store }: FleetWorld): Promise<number> {
  let bytes = 0;
  for (const key of await store.list(''))
    bytes += key.length + JSON.stringify((await store.read(key))?.value ?? null).length;
  return bytes;
}
