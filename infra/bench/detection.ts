import { DEFAULT_OUTLIER, DEFAULT_PROBE } from '../../shared/domain/heal-defaults';
import { benchArguments, positive } from './arguments';
import { type Bench } from './bench';
import { detectionFalse, type FalseEjections } from './detection-false';
import { detectionDelays, type Power } from './detection-power';
import { detectionRare, type RareEjections } from './detection-rare';
import { poissonUpperBound } from './poisson';
import { table } from './table';

const POOLS = [3, 6, 10, 50, 500];
const NORMAL_ERRORS = [0.001, 0.005, 0.01];

export interface DetectionResult {
  readonly seed: number;
  readonly rare: readonly RareEjections[];
  readonly falseEjections: readonly FalseEjections[];
  readonly power: readonly Power[];
}

/** A large pool takes longer to compare with: it gets fewer histories. */
const LARGE_POOL = { above: 100, share: 1 / 4 };

/** What is ejected without a fault, by importance sampling and by plain simulation, and how soon faults are found. */
export function runDetection(options: {
  readonly seed: number;
  readonly days: number;
  readonly histories: number;
  readonly faults: number;
  readonly pools: readonly number[];
}): DetectionResult {
  const cells = options.pools.flatMap((poolSize) =>
    NORMAL_ERRORS.map((normalErrorShare) => {
      const turns = Math.ceil((poolSize * DEFAULT_PROBE.perWindow) / DEFAULT_PROBE.budgetPerWindow);
      return {
        ...options,
        poolSize,
        normalErrorShare,
        turns,
        policy: DEFAULT_OUTLIER,
        probe: DEFAULT_PROBE,
      };
    }),
  );
  return {
    seed: options.seed,
    rare: cells.map((cell) => detectionRare(cell, historiesOf(cell.poolSize, options.histories))),
    falseEjections: cells.map(detectionFalse),
    power: cells.flatMap(detectionDelays),
  };
}

const historiesOf = (poolSize: number, histories: number): number =>
  Math.ceil(histories * (poolSize > LARGE_POOL.above ? LARGE_POOL.share : 1));

const percent = (share: number): string => `${(share * 100).toString()} %`;
const brief = (value: number): string =>
  value >= 100 ? Math.round(value).toString() : Number(value.toPrecision(2)).toString();

const perWeek = (count: number, weeks: number): string =>
  count === 0 ? `< ${brief(poissonUpperBound(0) / weeks)}` : brief(count / weeks);

const rareTable = (rare: readonly RareEjections[]): string =>
  table(
    ['pool', 'errors', 'histories', 'hits', 'worth', 'a week', '95 % upper', 'mean weight'],
    rare.map((cell) => [
      cell.poolSize.toString(),
      percent(cell.normalErrorShare),
      cell.histories.toString(),
      cell.hits.toString(),
      brief(cell.effectiveHits),
      cell.perWeek === null ? '–' : brief(cell.perWeek),
      cell.perWeekUpper === null ? '–' : brief(cell.perWeekUpper),
      cell.meanWeight.toFixed(2),
    ]),
  );

const falseTable = (falseEjections: readonly FalseEjections[]): string =>
  table(
    ['pool', 'errors', 'backend-weeks', 'events', '95 % upper', 'mean − 1.9 σ', '3 in a row'],
    falseEjections.map(({ poolSize, normalErrorShare, weeks, evenkeel, envoy, threeInRow }) => [
      poolSize.toString(),
      percent(normalErrorShare),
      brief(weeks * poolSize),
      evenkeel.toString(),
      brief(poissonUpperBound(evenkeel) / weeks),
      poolSize < 5 ? 'off' : perWeek(envoy, weeks),
      perWeek(threeInRow, weeks),
    ]),
  );

function printed({ rare, falseEjections, power, seed }: DetectionResult): string {
  return [
    `Active probes: ${DEFAULT_PROBE.perWindow.toString()} in ${(DEFAULT_PROBE.windowMs / 1000).toString()} s per backend, at most ${DEFAULT_PROBE.budgetPerWindow.toString()} a window for the pool; seed ${seed.toString()}.`,
    'Latencies: log-normal (σ 0.5), peers unequal by 0.8 … 1.25, 1 % ten times slower, four pauses of up to 2 s an hour on each backend.',
    '',
    'False ejections of the whole pool in a week, by importance sampling: memories of one backend are drawn from laws under which failures and',
    'slow windows are common, judged by the full rule beside peers under the real law, and counted by likelihood ratio. “Worth”: equally weighted hits',
    'that tell as much; the upper bound is the exact Poisson bound for that many. Worth below 5: rough.',
    rareTable(rare),
    '',
    'The same by plain simulation, and two common rules on the same probes, in a week of the whole pool. Bounds are exact Poisson bounds.',
    falseTable(falseEjections),
    '',
    'Seconds until half and nine tenths of the faults are found; “–”: not within ten minutes of windows.',
    table(
      ['pool', 'errors', 'fault', 'evenkeel', '90 %', 'mean − 1.9 σ', '90 %', '3 in a row', '90 %'],
      power.map(({ poolSize, normalErrorShare, name, evenkeel, envoy, threeInRow }) => [
        poolSize.toString(),
        percent(normalErrorShare),
        name,
        ...[evenkeel, envoy, threeInRow].flatMap(({ medianS, p90S }) => [
          seconds(medianS),
          seconds(p90S),
        ]),
      ]),
    ),
  ].join('\n');
}

const seconds = (value: number | null): string => (value === null ? '–' : `${brief(value)} s`);

export const detectionBench: Bench = {
  summary:
    'gray failures: power and false ejections by simulation [--seed N] [--histories N] [--days D] [--faults N] [--pools 3,6]',
  run: (args) => {
    const { values } = benchArguments(args, {
      json: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      histories: { type: 'string', default: '1000' },
      days: { type: 'string', default: '0.1' },
      faults: { type: 'string', default: '20' },
      pools: { type: 'string', default: POOLS.join(',') },
    });
    const result = runDetection({
      seed: positive('seed', values.seed),
      histories: Math.ceil(positive('histories', values.histories)),
      days: positive('days', values.days),
      faults: positive('faults', values.faults),
      pools: values.pools.split(',').map((size) => positive('pools', size)),
    });
    process.stdout.write(`${values.json ? JSON.stringify(result, null, 2) : printed(result)}\n`);
    return Promise.resolve();
  },
};
