import { nextMemory } from '../domain/next-memory';
import { probeTurn } from '../domain/probe-turn';
import { drainsKey } from '../domain/store-keys';
import { type Tick } from '../domain/tick';
import { type Ports } from '../ports/ports';
import { type TickDigest } from '../ports/tick-archive';
import { raiseOnce } from './raise-once';
import { storeMemory } from './store-memory';
import { summarize } from './summarize';

const HOUR_MS = 3_600_000;

/**
 * Writes down what was seen, proposed, withheld and done: calls people where the proposal says so, the pool's memory under
 * the lease's token, and the tick in the archive (whole when there is anything to tell, and hourly; else a digest).
 * People are called first: a worker that ends in between calls them twice rather than never.
 */
export async function recordTick(
  parts: Omit<Tick, 'schema' | 'finishedAt'>,
  ports: Ports,
): Promise<Tick> {
  const tick: Tick = { schema: 1, ...parts, finishedAt: ports.clock.now() };
  const { request, pool, proposal } = tick;
  for (const alert of proposal.alerts) await raiseOnce(pool.poolName, alert, ports);
  const memory = nextMemory(pool, proposal, tick.plan, tick.outcome, tick.finishedAt);
  await restoreDrainOrders(tick, ports);
  await storeMemory(request, { ...memory, probeCursor: nextCursor(tick) }, ports);
  await recordInArchive(tick, ports);
  return tick;
}

/** Orders that only tags remembered go back to the store, where a person can lift them one by one. */
async function restoreDrainOrders({ pool, request }: Tick, { store }: Ports): Promise<void> {
  if (pool.drainOrders.length === 0) return;
  const key = drainsKey(pool.poolName);
  if ((await store.read(key)) === null)
    await store.compareAndSet(key, pool.drainOrders, null, request.lease);
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
  const { proposal, pool } = tick;
  const last = pool.memory.updatedAt;
  const isFirstOfHour =
    last === null || Math.floor(last / HOUR_MS) !== Math.floor(tick.finishedAt / HOUR_MS);
  const hasChanged = proposal.verdicts.some((verdict) => verdict.state !== verdict.nextState);
  return isFirstOfHour || hasChanged || proposal.steps.length > 0 || proposal.alerts.length > 0;
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
  };
}
