import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type OutlierPolicy } from '../../shared/domain/policy';
import { DEFAULT_OUTLIER } from '../../shared/domain/heal-defaults';
import { median } from '../../shared/decide/statistics';
import { benchArguments, UsageError } from './arguments';
import { type Bench } from './bench';
import { type Flags, type JudgedSeries, judgedScene, stepOf } from './judged-scene';
import { readScenes, type Scene } from './labelled-series';
import { table } from './table';

/** Samples without a verdict that end an episode: the default `rise`; the loop would not return a backend sooner. */
const EPISODE_GAP = 2;

export interface JudgeOptions {
  readonly policy: OutlierPolicy;
}

/** How one rule did on one file. Times in seconds; null where there is nothing to measure. */
export interface RuleScore {
  readonly found: number;
  readonly delayMedianS: number | null;
  readonly delayMaxS: number | null;
  /** Times a series became an outlier outside any labelled event. */
  readonly falseEjections: number;
  /** Of those, how many began while another series of the scene was in a labelled event: perhaps its victims. */
  readonly besideEvents: number;
  /** False ejections by server-day, or by machine where each sample is a machine of its own. */
  readonly falsePerExposure: number | null;
}

export interface FileReport {
  readonly file: string;
  readonly peers: Scene['peers'] | null;
  readonly series: number;
  readonly events: number;
  readonly exposure: { readonly amount: number; readonly unit: 'server-day' | 'machine' };
  readonly evenkeel: RuleScore;
  readonly envoy: RuleScore;
  readonly fixed: RuleScore;
}

export interface JudgeReport {
  readonly files: readonly FileReport[];
  /** Files that are no series of a known shape, with the reason. */
  readonly skipped: readonly { readonly file: string; readonly reason: string }[];
}

/**
 * Judges the product's outlier rule on every CSV of a directory. Shapes are told apart by their header; nothing is tuned
 * to a file: the policy's defaults, one sample as one window, looking only back. Throws `UsageError` for a directory that
 * cannot be read.
 */
export async function runJudge(directory: string, options: JudgeOptions): Promise<JudgeReport> {
  const files: FileReport[] = [];
  const skipped: { file: string; reason: string }[] = [];
  for (const file of await csvFiles(directory)) {
    const report = await judgePath(join(directory, file), file, options.policy);
    if (typeof report === 'string') skipped.push({ file, reason: report });
    else files.push(report);
  }
  return { files, skipped };
}

/** The report of one file, or why there is none: one bad file never hides the others. */
async function judgePath(
  path: string,
  file: string,
  policy: OutlierPolicy,
): Promise<FileReport | string> {
  try {
    const scenes = readScenes(await readFile(path, 'utf8'));
    if (scenes === undefined) return 'no known shape: the header names no series with times';
    const samples = scenes.flatMap(({ series }) => series.flatMap((one) => one.samples));
    const isMeasured = samples.some(({ latency, requests }) => latency !== null || requests > 0);
    if (!isMeasured) return 'nothing measured: no row has a latency or requests';
    return judgeFile(file, scenes, policy);
  } catch (error) {
    return `cannot be judged: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function csvFiles(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).filter((name) => name.toLowerCase().endsWith('.csv')).sort();
  } catch {
    throw new UsageError(`Cannot read the directory ${JSON.stringify(directory)}.`);
  }
}

function judgeFile(file: string, scenes: readonly Scene[], policy: OutlierPolicy): FileReport {
  const isMachines = scenes.some(({ peers }) => peers === 'newcomers');
  const runs = scenes.flatMap((scene) => runsOf(judgedScene(scene, policy), isMachines));
  const amount = runs.reduce((sum, { series }) => sum + exposureOf(series, isMachines), 0);
  const score = (rule: keyof Flags): RuleScore => scoreOf(runs, rule, { amount, isMachines });
  return {
    file,
    peers: scenes[0]?.peers ?? null,
    series: runs.length,
    events: runs.reduce((sum, { events }) => sum + events.length, 0),
    exposure: { amount, unit: isMachines ? 'machine' : 'server-day' },
    evenkeel: score('evenkeel'),
    envoy: score('envoy'),
    fixed: score('fixed'),
  };
}

function exposureOf({ samples }: JudgedSeries, isMachines: boolean): number {
  const seen = samples.filter(({ latency, requests }) => latency !== null || requests > 0).length;
  return isMachines ? seen : (seen * stepOf(samples)) / 86_400;
}

/** An event: a run of labelled samples, first and last position. Machines are events of their own. */
interface LabelledEvent {
  readonly first: number;
  readonly last: number;
}

function eventsOf({ samples }: JudgedSeries, isMachines: boolean): readonly LabelledEvent[] {
  const events: LabelledEvent[] = [];
  samples.forEach(({ isLabelled }, index) => {
    if (isLabelled !== true) return;
    const open = events.at(-1);
    if (!isMachines && open?.last === index - 1)
      events[events.length - 1] = { first: open.first, last: index };
    else events.push({ first: index, last: index });
  });
  return events;
}

interface Run {
  readonly series: JudgedSeries;
  readonly events: readonly LabelledEvent[];
  /** Times at which any series of the scene is in a labelled event. */
  readonly troubledAtS: ReadonlySet<number>;
}

function runsOf(judged: readonly JudgedSeries[], isMachines: boolean): readonly Run[] {
  const troubledAtS = new Set(
    judged.flatMap(({ samples }) =>
      samples.flatMap(({ isLabelled, atS }) => (isLabelled === true && !isMachines ? [atS] : [])),
    ),
  );
  return judged.map((series) => ({ series, events: eventsOf(series, isMachines), troubledAtS }));
}

function scoreOf(
  runs: readonly Run[],
  rule: keyof Flags,
  { amount, isMachines }: { readonly amount: number; readonly isMachines: boolean },
): RuleScore {
  const delays = runs.flatMap(({ series, events }) =>
    events.flatMap((event) => delayOf(series, event, rule) ?? []),
  );
  const starts = runs.map(({ series, troubledAtS }) =>
    falseStarts(series, rule, isMachines).map((atS) => troubledAtS.has(atS)),
  );
  const falseEjections = starts.flat().length;
  return {
    found: delays.length,
    delayMedianS: median(delays) ?? null,
    delayMaxS: delays.length === 0 ? null : Math.max(...delays),
    falseEjections,
    besideEvents: starts.flat().filter((isBeside) => isBeside).length,
    falsePerExposure: amount === 0 ? null : falseEjections / amount,
  };
}

/** From the first labelled sample to the first flagged one within the event. */
function delayOf(
  { samples, flags }: JudgedSeries,
  { first, last }: LabelledEvent,
  rule: keyof Flags,
): number | null {
  for (let index = first; index <= last; index += 1) {
    if (flags[index]?.[rule] === true)
      return (samples[index]?.atS ?? 0) - (samples[first]?.atS ?? 0);
  }
  return null;
}

/** Times at which an episode begins outside the labels. */
function falseStarts(
  { samples, flags }: JudgedSeries,
  rule: keyof Flags,
  isMachines: boolean,
): readonly number[] {
  return samples.flatMap(({ isLabelled, atS }, index) => {
    const before = isMachines ? [] : flags.slice(Math.max(0, index - EPISODE_GAP), index);
    const isStart = flags[index]?.[rule] === true && !before.some((flag) => flag[rule]);
    return isStart && isLabelled !== true ? [atS] : [];
  });
}

const number = (value: number | null): string =>
  value === null ? '–' : Number(value.toPrecision(3)).toString();

function printed({ files, skipped }: JudgeReport): string {
  const rules = [
    ['evenkeel', 'evenkeel'],
    ['mean − 1.9 σ', 'envoy'],
    ['fixed, 2 × usual', 'fixed'],
  ] as const;
  const rows = files.flatMap((file) =>
    rules.map(([title, rule]) => {
      const { found, delayMedianS, delayMaxS, ...wrong } = file[rule];
      const per = `${number(wrong.falsePerExposure)} a ${file.exposure.unit}`;
      return [
        file.file,
        title,
        file.events.toString(),
        found.toString(),
        number(delayMedianS),
        number(delayMaxS),
        wrong.falseEjections.toString(),
        wrong.besideEvents.toString(),
        per,
      ];
    }),
  );
  return [
    'The default policy; one sample is one window; every series is first divided by what was usual for it before.',
    'A single series is compared with its own past, a new machine with those before it; values without a unit have no floor.',
    'A false episode ends after two samples without a verdict; “beside”: those begun while another series was in its event.',
    '',
    table(
      ['file', 'rule', 'events', 'found', 'delay s, median', 'max', 'false', 'beside', 'false per'],
      rows,
    ),
    ...skipped.map(({ file, reason }) => `skipped ${file}: ${reason}`),
  ].join('\n');
}

const nothingIn = (directory: string, { skipped }: JudgeReport): string =>
  [
    `No labelled series in ${JSON.stringify(directory)}.`,
    ...skipped.map(({ file, reason }) => `skipped ${file}: ${reason}`),
  ].join('\n');

export const judgeBench: Bench = {
  summary: 'gray failures on labelled series: judge DIRECTORY with CSV files',
  run: async (args) => {
    const { values, positionals } = benchArguments(args, {
      json: { type: 'boolean', default: false },
    });
    const [directory] = positionals;
    if (directory === undefined || positionals.length > 1)
      throw new UsageError('Usage: judge DIRECTORY [--json]');
    const report = await runJudge(directory, { policy: DEFAULT_OUTLIER });
    if (report.files.length === 0) throw new UsageError(nothingIn(directory, report));
    process.stdout.write(`${values.json ? JSON.stringify(report, null, 2) : printed(report)}\n`);
  },
};
