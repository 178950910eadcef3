import { type PoolMemory } from '../domain/memory';
import { nextFigures } from '../domain/next-figures';
import { figuresIn } from '../domain/pool-figures';
import { probeTurn } from '../domain/probe-turn';
import { type DrainOrder } from '../domain/pool';
import { drainsKey } from '../domain/store-keys';
import { type Tick } from '../domain/tick';
import { type Ports } from '../ports/ports';
import { StoreUnavailable } from '../ports/state-store';
import { type TickDigest } from '../ports/tick-archive';
import { figuresOf } from './figures';
import { forgetNotes, sweepNotes } from './forget-notes';
import { frozenAlerts } from './frozen-alerts';
import { refusalAlerts } from './refusal-alerts';
import { raiseOnce } from './raise-once';
import { rememberTick } from './remember-tick';
import { storeMemory } from './store-memory';
import { summarize } from './summarize';

const HOUR_MS = 3_600_000;
const NOTHING = { calls: {}, blindLooks: {} };

/**
 * Writes down what was seen, proposed, withheld and done: calls people where the proposal says so, the pool's memory under
 * the lease's token, and the tick in the archive (whole when there is anything to tell, and hourly; else a digest).
 * People are called first: a worker that ends in between calls them twice rather than never. A store that is gone by now keeps
 * nothing from the archive. Throws `StoreUnavailable`.
 */
export async function recordTick(
  parts: Omit<Tick, 'schema' | 'finishedAt'>,
  ports: Ports,
): Promise<Tick> {
  const tick: Tick = { schema: 1, ...parts, finishedAt: ports.clock.now() };
  try {
    await remember(tick, ports);
  } finally {
    await recordInArchive(tick, ports);
  }
  return tick;
}

async function remember(tick: Tick, ports: Ports): Promise<void> {
  const { request, pool, proposal } = tick;
  for (const alert of [...proposal.alerts, ...refusalAlerts(tick), ...frozenAlerts(tick)])
    await raiseOnce(pool.poolName, alert, ports);
  if (tick.outcome.cutShort !== undefined) throw new StoreUnavailable(tick.outcome.cutShort);
  const remembered = rememberTick(tick, tick.outcome, tick.finishedAt);
  const known = figuresIn(pool.memory.figures);
  const figures = nextFigures(known, tick, remembered, ports.calls?.take() ?? NOTHING);
  const memory = { ...remembered, figures };
  await noteTaggedOrders(tick, ports);
  const isStored = await storeMemory(request, { ...memory, probeCursor: nextCursor(tick) }, ports);
  if (isStored) await tidyNotes(tick, memory, ports);
}

/** Whoever only looks on has made no notes, and removes none. */
async function tidyNotes(tick: Tick, memory: PoolMemory, ports: Ports): Promise<void> {
  if (ports.writes === 'recorded') return;
  await forgetNotes(tick, memory, ports);
  if (isFirstOfHour(tick)) await sweepNotes(tick.pool, memory, ports);
}

/** Orders that only tags tell stand in the store too, where people see them, for as long as the tags do. */
async function noteTaggedOrders({ pool, request }: Tick, { store }: Ports): Promise<void> {
  const key = drainsKey(pool.poolName);
  const document = await store.read(key);
  const stored = (
    Array.isArray(document?.value) ? document.value : []
  ) as readonly (DrainOrder | null)[];
  const own = stored.filter((order) => order?.isFromTag !== true); // whatever cannot be understood stays
  const tagged = pool.drainOrders.filter(
    ({ instanceId, isFromTag }) =>
      isFromTag === true && !own.some((order) => order?.instanceId === instanceId),
  );
  const orders = [...own, ...tagged];
  if (JSON.stringify(orders) === JSON.stringify(stored)) return;
  await store.compareAndSet(key, orders, document?.version ?? null, request.lease);
}

/** The rotation of probes goes on behind those whose turn it was. */
function nextCursor({ pool, request }: Tick): number {
  const { probe } = request.policy.heal;
  const { probeCursor } = pool.memory;
  const instanceIds = pool.backends.map((backend) => backend.instanceId);
  return probe === null ? probeCursor : probeTurn(instanceIds, probe, pool.memory).nextCursor;
}

/** An archive that cannot be written does not stop healing: what the tick did then stands in the log. */
async function recordInArchive(tick: Tick, { archive, log }: Ports): Promise<void> {
  const isWhole = isWorthKeepingWhole(tick);
  const digest = digestOf(tick, isWhole);
  try {
    await archive.append(digest, isWhole ? tick : null);
  } catch (error) {
    const { tickId, poolName: pool, summary } = digest;
    const reason = error instanceof Error ? error.message : String(error);
    log.error('the tick could not be archived', { pool, tickId, summary, reason });
  }
}

function isWorthKeepingWhole(tick: Tick): boolean {
  const { proposal } = tick;
  const hasChanged = proposal.verdicts.some((verdict) => verdict.state !== verdict.nextState);
  return (
    isFirstOfHour(tick) || hasChanged || proposal.steps.length > 0 || proposal.alerts.length > 0
  );
}

function isFirstOfHour({ pool, finishedAt }: Tick): boolean {
  const last = pool.memory.updatedAt;
  return last === null || Math.floor(last / HOUR_MS) !== Math.floor(finishedAt / HOUR_MS);
}

function digestOf(tick: Tick, isWhole: boolean): TickDigest {
  return {
    tickId: tick.request.tickId,
    poolName: tick.pool.poolName,
    at: tick.pool.takenAt,
    wake: tick.request.wake.source,
    isWhole,
    healthy: tick.proposal.verdicts.filter((verdict) => verdict.isHealthy).length,
    members: tick.pool.backends.length,
    steps: tick.outcome.steps.length,
    withheld: tick.plan.withheld.length,
    summary: summarize(tick),
    figures: figuresOf(tick),
  };
}
