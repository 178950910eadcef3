import { Counter, Gauge, Registry } from 'prom-client';
import { type FleetPolicy } from '../config/fleet-policy';
import { type Instant } from '../domain/units';
import { type StateStore, StoreUnavailable } from '../ports/state-store';
import { type TickArchive } from '../ports/tick-archive';
import { fleetSamples } from './fleet-samples';
import { type MetricKey, METRICS, type Sample } from './metric-table';

export interface MetricsContext {
  readonly store: StateStore;
  readonly archive: TickArchive;
  readonly fleet: FleetPolicy;
  readonly now: Instant;
  /** Which page of the pools, from 1. Left out: the first. */
  readonly page?: number;
}

/** What `metricsText` is, for the header of a reply. */
export const METRICS_CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/**
 * The figures of the fleet in Prometheus’ text format, from the state store: whichever function answers, and however often functions
 * came and went, the counters are the same. A page has as many pools as the policy says, `evenkeel_pools_left_out` tells how many
 * others there are. Without the store it says that, and nothing else.
 */
export async function metricsText(context: MetricsContext): Promise<string> {
  return textOf(await samplesOf(context));
}

async function samplesOf(context: MetricsContext): Promise<readonly Sample[]> {
  try {
    const samples = await fleetSamples(context);
    return [{ metric: 'storeUp', labels: {}, value: 1 }, ...samples];
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    return [{ metric: 'storeUp', labels: {}, value: 0 }];
  }
}

/** A collection of its own for each text: nothing of one reply reaches the next. */
async function textOf(samples: readonly Sample[]): Promise<string> {
  const collection = new Registry();
  const set = new Map<MetricKey, (sample: Sample) => void>();
  for (const { metric } of samples)
    if (!set.has(metric)) set.set(metric, register(metric, collection));
  for (const sample of samples) set.get(sample.metric)?.(sample);
  return collection.metrics();
}

function register(key: MetricKey, collection: Registry): (sample: Sample) => void {
  const { kind, name, help, labels } = METRICS[key];
  const configuration = { name, help, labelNames: [...labels], registers: [collection] };
  if (kind === 'gauge') {
    const gauge = new Gauge(configuration);
    return ({ labels: values, value }) => gauge.set(values, value);
  }
  const counter = new Counter(configuration);
  return ({ labels: values, value }) => counter.inc(values, value);
}
