import { type FleetPolicy } from '../../shared/config/fleet-policy';
import { CloudError } from '../../shared/domain/cloud-error';
import { figuresIn } from '../../shared/domain/pool-figures';
import { memoryKey } from '../../shared/domain/store-keys';
import { type Instant, plus } from '../../shared/domain/units';
import { type MetricKey, METRICS, type Sample } from '../../shared/metrics/metric-table';
import { poolSamples } from '../../shared/metrics/pool-samples';
import { isReadableMemory } from '../../shared/observe/readable-memory';
import { type Clock } from '../../shared/ports/clock';
import { type CustomMetrics, type CustomPoint } from '../../shared/ports/custom-metrics';
import { type StateStore, StoreUnavailable } from '../../shared/ports/state-store';
import { type Invocation } from '../../shared/runtime/invocation';
import { poolsHere } from '../../shared/wake/pools-here';

export interface FiguresContext {
  readonly fleet: Pick<FleetPolicy, 'pools' | 'failover' | 'regionId' | 'customMetrics'>;
  readonly store: Pick<StateStore, 'read'>;
  readonly customMetrics: CustomMetrics;
  readonly clock: Clock;
}

/** Longest time for all of them; the next ones come in a minute. */
const FIGURES_MS = 5_000;
/** What is of use in an alarm of CloudMonitor; of the states of backends only who is ejected. */
const CHOSEN: readonly MetricKey[] = [
  ...(['members', 'healthy', 'serving', 'desired', 'unhealthySeconds'] as const),
];
const SERIES_PER_POOL = CHOSEN.length + 1;

/**
 * Writes figures of pools to CloudMonitor, where the policy wants it: as their last looks left them. Nothing that goes wrong here keeps
 * the timer from its work.
 */
export async function sendFigures(
  { fleet, store, customMetrics, clock }: FiguresContext,
  { log }: Pick<Invocation, 'log'>,
): Promise<void> {
  const settings = fleet.customMetrics;
  if (settings === null) return;
  const { pools: wanted, seriesMax } = settings;
  const all = poolsHere(fleet).filter(({ name }) => wanted === null || wanted.includes(name));
  const chosen = all.slice(0, Math.max(1, Math.floor(seriesMax / SERIES_PER_POOL)));
  try {
    const now = clock.now();
    const points = await Promise.all(
      chosen.map(async ({ name, regionId }) => pointsOf(name, regionId, now, store)),
    );
    const flat = points.flat();
    const written = await customMetrics.put(flat, { deadline: plus(clock.now(), FIGURES_MS) });
    if (written < flat.length || chosen.length < all.length)
      log.warn('custom metrics are left out', {
        pools: all.length - chosen.length,
        series: flat.length - written,
      });
  } catch (error) {
    if (!(error instanceof CloudError) && !(error instanceof StoreUnavailable)) throw error;
    log.warn('custom metrics could not be written', { reason: error.message });
  }
}

async function pointsOf(
  pool: string,
  region: string,
  now: Instant,
  store: FiguresContext['store'],
): Promise<readonly CustomPoint[]> {
  const value = (await store.read(memoryKey(pool)))?.value;
  if (!isReadableMemory(value)) return [];
  const memory = { ...value, figures: figuresIn(value.figures) };
  return poolSamples(pool, memory, now)
    .filter(isChosen)
    .map(({ metric, labels, value: figure }) => ({
      name: METRICS[metric].name,
      dimensions: { region, ...labels },
      value: figure,
    }));
}

const isChosen = ({ metric, labels }: Sample): boolean =>
  CHOSEN.includes(metric) || (metric === 'backends' && labels['state'] === 'ejected');
