import { type PoolSnapshot } from '../../domain/pool';
import { missing, type Reading } from '../../domain/reading';
import { type ScalePolicy, type TargetMetric } from '../../domain/scale-policy';
import { type ScaleProposal } from '../../domain/scale-proposal';
import { ceilDiv, type Instant, instant } from '../../domain/units';
import { isPerInstance, loadOf, type LoadSources, type MetricLoad } from './metric-load';

/**
 * How many instances’ work a pool has, in thousandths of an instance at its target, by the metric that needs most. A metric that is
 * missing, or that too few report, leaves it open which one that is: then nobody knows.
 *
 * Example: CPU 7,200 ‰ in sum over 10 of 10 that report, target 600 ‰ → 12,000.
 */
export function poolLoad(
  { capacity, memory }: Pick<PoolSnapshot, 'capacity' | 'memory'>,
  policy: ScalePolicy | undefined,
  proposal: ScaleProposal | undefined,
): Reading<number> {
  if (policy === undefined || policy.metrics.length === 0 || capacity === undefined)
    return missing('not-configured');
  const sources: LoadSources = {
    figures: capacity.figures,
    serving: memory.scale?.serving ?? [],
    servingNow: proposal?.counts['serving'] ?? 0,
    quorum: policy.quorum,
  };
  const loads = policy.metrics.map((metric) => loadIn(metric, sources));
  const known = loads.filter((load) => load !== null);
  if (known.length < loads.length) return missing('no-datapoint');
  return {
    kind: 'ok',
    value: Math.max(...known.map(({ value }) => value)),
    sampledAt: instant(Math.min(...known.map(({ sampledAt }) => sampledAt))),
  };
}

function loadIn(
  { signal, target }: TargetMetric,
  sources: LoadSources,
): { readonly value: number; readonly sampledAt: Instant } | null {
  const load = loadOf(signal, target, sources);
  if ('why' in load || !load.isQuorate) return null;
  return { value: ceilDiv(wholeOf(load) * 1000, target), sampledAt: load.sampledAt };
}

/** Who does not report is taken for as busy as the rest: newcomers serve before their figures are believed. */
const wholeOf = ({ signal, seen, breadth, reported }: MetricLoad): number =>
  isPerInstance(signal) ? ceilDiv(seen * breadth, reported) : seen;
