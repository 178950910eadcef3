import { type PoolMemory } from '../domain/memory';
import { type PoolFigures } from '../domain/pool-figures';
import { type Instant, since } from '../domain/units';
import { type MetricKey, type Sample } from './metric-table';
import { seconds, type TurnMetrics, turnSamples } from './turn-samples';

const COUNTED: TurnMetrics = {
  ticks: 'ticks',
  tickMs: 'tickSeconds',
  wakeLagMs: 'wakeLagSeconds',
  decisions: 'decisions',
  withheld: 'withheld',
  steps: 'steps',
  errors: 'stepErrors',
  calls: 'apiCalls',
  blindLooks: 'blindLooks',
};
const flag = (isSo: boolean): number => (isSo ? 1 : 0);

/** What there is to tell of one pool at `now`. */
export function poolSamples(pool: string, memory: PoolMemory, now: Instant): readonly Sample[] {
  const { figures, updatedAt } = memory;
  const own = (metric: MetricKey, value: number | null, labels = {}): readonly Sample[] =>
    value === null ? [] : [{ metric, value, labels: { pool, ...labels } }];
  return [
    ...own('lastTick', updatedAt === null ? null : seconds(updatedAt)),
    ...states(memory).flatMap(([state, count]) => own('backends', count, { state })),
    ...own('inFlight', repairsOf(memory), { kind: 'repair' }),
    ...own('inFlight', launchesOf(memory), { kind: 'launch' }),
    ...own('breakerOpen', flag(isOpen(memory.breakerOpenUntil, now)), { of: 'repairs' }),
    ...own('breakerOpen', flag(isOpen(memory.scale?.breakerOpenUntil ?? null, now)), {
      of: 'launches',
    }),
    ...(figures === undefined ? [] : figureSamples(pool, figures, now)),
  ];
}

const isOpen = (until: Instant | null, now: Instant): boolean => until !== null && until > now;

function states({ backends }: PoolMemory): readonly (readonly [string, number])[] {
  const counts: Record<string, number> = { healthy: 0, suspect: 0, ejected: 0, probation: 0 };
  for (const { state } of Object.values(backends)) counts[state] = (counts[state] ?? 0) + 1;
  return Object.entries(counts);
}

const repairsOf = ({ backends }: PoolMemory): number =>
  Object.values(backends).filter(({ ladder }) => ladder !== null).length;

const launchesOf = ({ scale }: PoolMemory): number =>
  (scale?.launches ?? []).reduce(
    (sum, { count, arrived, lost }) => sum + Math.max(0, count - arrived.length - lost.length),
    0,
  );

function figureSamples(pool: string, figures: PoolFigures, now: Instant): readonly Sample[] {
  const { counters, illSince, last } = figures;
  const own = (metric: MetricKey, value: number, labels = {}): Sample => ({
    ...{ metric, value, labels: { pool, ...labels } },
  });
  const illest = Math.min(now, ...Object.values(illSince));
  return [
    ...turnSamples(counters, { pool }, COUNTED),
    own('ejections', counters.ejections),
    own('heals', counters.heals),
    own('healSeconds', seconds(counters.healMs)),
    own('unhealthySeconds', seconds(since(illest as Instant, now))),
    ...(last === null ? [] : lastSamples(own, last)),
  ];
}

type Own = (metric: MetricKey, value: number, labels?: object) => Sample;

const lastSamples = (own: Own, last: NonNullable<PoolFigures['last']>): readonly Sample[] => [
  own('lastTickSeconds', seconds(last.tickMs)),
  own('lastWakeLag', seconds(last.wakeLagMs)),
  own('members', last.members),
  own('healthy', last.healthy),
  own('serving', last.serving),
  own('panic', flag(last.isPanic)),
  ...(last.desired === null ? [] : [own('desired', last.desired)]),
  ...Object.entries(last.stages).map(([stage, count]) => own('instances', count, { stage })),
  ...Object.entries(last.signals).flatMap(([signal, { ageMs, unusable }]) => [
    ...(ageMs === null ? [] : [own('dataAge', seconds(ageMs), { signal })]),
    own('dataUnusable', unusable, { signal }),
  ]),
];
