import { type PoolSnapshot } from '../domain/pool';
import { freshValue, knownValue } from '../domain/reading';
import { type Tick } from '../domain/tick';
import { type Permille, permille, permilleOf } from '../domain/units';
import { type TickFigures } from '../ports/tick-archive';

/**
 * The few figures of a tick that charts are drawn from, so that a day of history is read without one whole tick.
 *
 * Example: two backends of base weight 100, one of them at 0, are weight 100 of a full weight of 200.
 */
export function figuresOf({ pool, proposal }: Pick<Tick, 'pool' | 'proposal'>): TickFigures {
  const { qps, responseTimeMs } = pool.metrics;
  return {
    serving: proposal.verdicts.filter(({ isServing }) => isServing).length,
    desired: proposal.scale?.desired ?? null,
    ...weightsOf(pool),
    requestsPerSecond: knownValue(qps) ?? null,
    responseTimeMs: knownValue(responseTimeMs) ?? null,
    failed: failedShare(pool),
    failedProbes: failedProbes(pool),
  };
}

function weightsOf({ backends, memory }: PoolSnapshot): Pick<TickFigures, 'weight' | 'fullWeight'> {
  let weight = 0;
  let fullWeight = 0;
  for (const { instanceId, attachments } of backends) {
    const base = memory.backends[instanceId]?.baseWeights ?? {};
    for (const attachment of attachments) {
      weight += attachment.weight;
      fullWeight += base[attachment.targetKey] ?? attachment.weight;
    }
  }
  return { weight, fullWeight };
}

/** Counted by the pool’s own metric where it has one, else from answers with 5xx. */
function failedShare({ capacity, metrics }: PoolSnapshot): Permille | null {
  const counted = capacity === undefined ? undefined : knownValue(capacity.errorShare);
  if (counted !== undefined) return permille(Math.round(counted));
  const requests = knownValue(metrics.qps);
  const failures = knownValue(metrics.upstream5xx);
  if (requests === undefined || failures === undefined || requests <= 0) return null;
  return permille(Math.min(1000, Math.round((failures * 1000) / requests)));
}

function failedProbes({ backends }: PoolSnapshot): Permille | null {
  const windows = backends.flatMap(({ probe }) => freshValue(probe) ?? []);
  const probes = windows.reduce((sum, window) => sum + window.probes, 0);
  const failures = windows.reduce((sum, window) => sum + window.failures, 0);
  return probes === 0 ? null : permilleOf(failures, probes);
}
