import { type NameFigures, nextNameFigures } from '../../domain/failover/name-figures';
import { nameKeyOf } from '../../domain/failover/name-policy';
import { type NameTick } from '../../domain/failover/name-tick';
import { type NamePorts } from '../../ports/name-ports';
import { StoreUnavailable } from '../../ports/state-store';
import { type TickDigest } from '../../ports/tick-archive';
import { raiseOnce } from '../raise-once';
import { decidedAlerts, nameAlerts } from './name-alerts';
import { rememberedMemory, writesRecords } from './next-name-memory';
import { storeNameMemory } from './store-name-memory';
import { summarizeName } from './summarize-name';

const HOUR_MS = 3_600_000;
const NOTHING = { calls: {}, blindLooks: {} };

/**
 * Writes down what was seen, proposed, withheld and done about a name: calls people, then the memory under the lease’s token, then the
 * archive (whole when there is anything to tell, and hourly; else a digest). A store that is gone by now keeps nothing from the
 * archive. Throws `StoreUnavailable`.
 */
export async function recordNameTick(
  parts: Omit<NameTick, 'schema' | 'kind' | 'finishedAt'>,
  ports: NamePorts,
): Promise<NameTick> {
  const tick: NameTick = { schema: 1, kind: 'name', ...parts, finishedAt: ports.clock.now() };
  try {
    await remember(tick, ports);
  } finally {
    await recordInArchive(tick, ports);
  }
  return tick;
}

async function remember(tick: NameTick, ports: NamePorts): Promise<void> {
  const { request, name, plan, outcome } = tick;
  for (const alert of [...decidedAlerts(tick), ...nameAlerts(tick)])
    await raiseOnce(nameKeyOf(request.policy), alert, ports);
  if (outcome.cutShort !== undefined) throw new StoreUnavailable(outcome.cutShort);
  const isIntentStored = ports.writes === 'real' && writesRecords(plan);
  const generation = name.memory.generation + (isIntentStored ? 1 : 0);
  const memory = rememberedMemory(tick, outcome, tick.finishedAt);
  const taken = ports.calls?.take() ?? NOTHING;
  const figuresAfter = (before: NameFigures) => nextNameFigures(before, tick, memory, taken);
  await storeNameMemory(request, { ...memory, generation }, { generation, figuresAfter }, ports);
}

/** An archive that cannot be written stops nothing: what the tick did then stands in the log. */
async function recordInArchive(tick: NameTick, { archive, log }: NamePorts): Promise<void> {
  const isWhole = isWorthKeepingWhole(tick);
  const digest = digestOf(tick, isWhole);
  try {
    await archive.append(digest, isWhole ? tick : null);
  } catch (error) {
    const { tickId, poolName: name, summary } = digest;
    const reason = error instanceof Error ? error.message : String(error);
    log.error('the tick could not be archived', { name, tickId, summary, reason });
  }
}

function isWorthKeepingWhole({ name, proposal, finishedAt }: NameTick): boolean {
  const last = name.memory.updatedAt;
  const isFirstOfHour =
    last === null || Math.floor(last / HOUR_MS) !== Math.floor(finishedAt / HOUR_MS);
  const hasChanged = proposal.verdicts.some(({ state, nextState }) => state !== nextState);
  return isFirstOfHour || hasChanged || proposal.steps.length > 0 || proposal.alerts.length > 0;
}

const digestOf = (tick: NameTick, isWhole: boolean): TickDigest => ({
  tickId: tick.request.tickId,
  poolName: tick.name.name,
  at: tick.name.takenAt,
  wake: tick.request.wake.source,
  isWhole,
  healthy: tick.proposal.verdicts.filter(({ verdict }) => verdict === 'up').length,
  members: tick.proposal.verdicts.length,
  steps: tick.outcome.steps.length,
  withheld: tick.plan.withheld.length,
  summary: summarizeName(tick),
});
