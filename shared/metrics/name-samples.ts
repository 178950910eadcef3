import { nameFiguresIn } from '../domain/failover/name-figures';
import { type NameMemory } from '../domain/failover/name-memory';
import { type MetricKey, type Sample } from './metric-table';
import { epochSeconds } from './read-documents';
import { seconds, tallySamples, type TurnMetrics, turnSamples } from './turn-samples';

const COUNTED: TurnMetrics = {
  ticks: 'nameTicks',
  tickMs: 'nameTickSeconds',
  wakeLagMs: 'nameWakeLagSeconds',
  decisions: 'nameDecisions',
  withheld: 'nameWithheld',
  steps: 'nameSteps',
  errors: 'nameStepErrors',
  calls: 'nameApiCalls',
  blindLooks: 'nameBlindLooks',
};

/** What there is to tell of a public name, by its memory in the store; nothing where that is none. */
export function nameSamples(name: string, value: unknown): readonly Sample[] {
  const memory = (value ?? {}) as Partial<NameMemory>;
  if (memory.schema !== 1 || typeof memory.updatedAt !== 'number') return [];
  const own = (metric: MetricKey, of: number, labels = {}): Sample => ({
    ...{ metric, value: of, labels: { name, ...labels } },
  });
  const { counters, lastTickMs } = nameFiguresIn(value);
  return [
    own('nameLastTick', epochSeconds(memory.updatedAt)),
    own('movesWaiting', Array.isArray(memory.pending) ? memory.pending.length : 0),
    ...Object.entries(memory.sites ?? {}).map(([site, { state }]) =>
      own('siteState', 1, { site, state }),
    ),
    own('nameLastTickSeconds', seconds(lastTickMs)),
    ...turnSamples(counters, { name }, COUNTED),
    ...tallySamples('nameMoves', counters.moves, { name }, ['kind']),
  ];
}
