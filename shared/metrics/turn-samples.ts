import { type Tally } from '../domain/tally';
import { type TurnCounters } from '../domain/turn-counters';
import { type MetricKey, type Sample } from './metric-table';

/** The metric of each counter, for pools and for names. */
export type TurnMetrics = Readonly<Record<keyof TurnCounters, MetricKey>>;

export const seconds = (spanMs: number): number => spanMs / 1000;

/** One sample for each name of a tally. */
export function tallySamples(
  metric: MetricKey,
  tally: Tally,
  own: Sample['labels'],
  labels: readonly string[],
): readonly Sample[] {
  return Object.entries(tally).map(([key, value]) => ({
    ...{ metric, value, labels: { ...own, ...labelled(key, labels) } },
  }));
}

/** Example: `set-weight/done` with `kind` and `result` → `{ kind: 'set-weight', result: 'done' }`. */
function labelled(key: string, labels: readonly string[]): Sample['labels'] {
  const parts = key.split('/');
  return Object.fromEntries(labels.map((label, index) => [label, parts[index] ?? '']));
}

/** What was counted of the turns of a pool or a name, which `own` labels tell. */
export function turnSamples(
  counters: TurnCounters,
  own: Sample['labels'],
  metrics: TurnMetrics,
): readonly Sample[] {
  const each = (counter: keyof typeof TALLY_LABELS): readonly Sample[] =>
    tallySamples(metrics[counter], counters[counter], own, TALLY_LABELS[counter]);
  return [
    ...(Object.keys(TALLY_LABELS) as (keyof typeof TALLY_LABELS)[]).flatMap(each),
    { metric: metrics.tickMs, labels: own, value: seconds(counters.tickMs) },
    { metric: metrics.wakeLagMs, labels: own, value: seconds(counters.wakeLagMs) },
  ];
}

const TALLY_LABELS = {
  ticks: ['wake'],
  decisions: ['reason'],
  withheld: ['rule'],
  steps: ['kind', 'result'],
  errors: ['code'],
  calls: ['api', 'outcome'],
  blindLooks: ['code'],
} as const satisfies Partial<Record<keyof TurnCounters, readonly string[]>>;
