import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../../infra/bench/arguments';
import { parseCsv } from '../../../infra/bench/csv';
import { type FileReport, type JudgeReport, runJudge } from '../../../infra/bench/judge';
import { readScenes } from '../../../infra/bench/labelled-series';
import { DEFAULT_OUTLIER } from '../../../shared/domain/heal-defaults';

const csv = (header: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [header, ...rows].map((row) => row.join(',')).join('\n');
const range = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => index);
/** A little unevenness that is the same in every run. */
const wobble = (index: number, series: number): number => ((index * 7 + series * 13) % 11) - 5;
const names = ['a', 'b', 'c', 'd', 'e', 'f'];

/** Six unequal series; from 60 to 69 the third one is five times as slow. */
const wide = csv(
  ['t_seconds', ...names.map((name) => `${name}_ms`), ...names.map((name) => `${name}_label`)],
  range(100).map((index) => {
    const isSick = index >= 60 && index < 70;
    const latencies = names.map(
      (_, series) => (100 + 50 * series + wobble(index, series)) * (isSick && series === 2 ? 5 : 1),
    );
    return [
      index * 60,
      ...latencies,
      ...names.map((_, series) => (isSick && series === 2 ? 1 : 0)),
    ];
  }),
);
const long = csv(
  ['node', 'latency_Average', 'latency_p99', 'requests_Sum', 'availability_Average', 't_seconds'],
  names.flatMap((name, series) =>
    range(60).map((index) => [
      `"${name},1"`,
      (100 + 20 * series + wobble(index, series)) / 1000,
      1,
      200,
      100,
      index * 300,
    ]),
  ),
);
const incident = csv(
  [
    'issue',
    'node',
    'latency_Average',
    'requests_Sum',
    'availability_Average',
    'after_onset',
    't_rel_s',
    'is_root',
  ],
  names.flatMap((name, series) =>
    range(5).map((index) => {
      const isSick = series === 1 && index >= 2;
      return [
        'one',
        name,
        0.1 + wobble(index, series) / 1000,
        200,
        isSick ? 60 : 100,
        index >= 2 ? 1 : 0,
        (index - 2) * 300 + 41,
        series === 1 ? 1 : 0,
      ];
    }),
  ),
);
const single = csv(
  ['series', 't_seconds', 'value', 'label'],
  range(400).map((index) => [
    'load',
    index * 300,
    (index >= 300 && index < 310 ? 200 : 20) + wobble(index, 0) / 10,
    index >= 300 && index < 310 ? 1 : 0,
  ]),
);
const machines = csv(
  ['t_seconds', 'life', 'sku', 'VM_id', 'disk_latency_ms', 'is_slow'],
  range(80).map((index) => [
    index * 100,
    'short',
    'B8',
    index,
    index === 50 ? 2 : 0.4 + wobble(index, 1) / 1000,
    index === 50 ? 1 : 0,
  ]),
);

let directory = '';
let report: JudgeReport;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'judge-'));
  const files = { wide, long, incident, single, machines, other: 'name,colour\nx,red\n' };
  for (const [name, text] of Object.entries(files))
    await writeFile(join(directory, `${name}.csv`), text);
  report = await runJudge(directory, { policy: DEFAULT_OUTLIER });
});
afterAll(async () => rm(directory, { recursive: true }));
const fileReport = (name: string): FileReport =>
  report.files.find(({ file }) => file === `${name}.csv`)!;

describe('judging labelled series', () => {
  it('finds the sick one of unequal series, and only it, after the windows that must agree', () => {
    expect(fileReport('wide')).toMatchObject({
      peers: 'others',
      series: 6,
      events: 1,
      evenkeel: { found: 1, delayMedianS: 60, delayMaxS: 60, falseEjections: 0 },
    });
    expect(fileReport('wide').exposure.amount).toBeCloseTo((6 * 100 * 60) / 86_400, 6);
  });

  it('counts server-days and no events where there are no labels', () => {
    expect(fileReport('long')).toMatchObject({
      series: 6,
      events: 0,
      evenkeel: { found: 0, delayMedianS: null, falseEjections: 0, falsePerExposure: 0 },
    });
    expect(fileReport('long').exposure).toEqual({
      amount: (6 * 60 * 300) / 86_400,
      unit: 'server-day',
    });
  });

  it('names the root of an incident by its failures', () => {
    expect(fileReport('incident')).toMatchObject({
      events: 1,
      evenkeel: { found: 1, delayMedianS: 300, falseEjections: 0 },
    });
  });

  it('compares a single series with its own past', () => {
    expect(fileReport('single')).toMatchObject({
      peers: 'own-past',
      series: 1,
      events: 1,
      evenkeel: { found: 1, delayMedianS: 300, falseEjections: 0 },
    });
  });

  it('compares a new machine with those before it', () => {
    expect(fileReport('machines')).toMatchObject({
      peers: 'newcomers',
      events: 1,
      exposure: { amount: 80, unit: 'machine' },
      evenkeel: { found: 1, falseEjections: 0 },
    });
  });

  it('shows what people choose instead on the same samples', () => {
    expect(fileReport('wide').envoy.found).toBe(1);
    expect(fileReport('wide').fixed).toMatchObject({ found: 1, delayMedianS: 0 });
    expect(fileReport('wide').envoy.falseEjections).toBeGreaterThan(0);
  });

  it('says which files it could not use', () => {
    expect(report.skipped).toEqual([
      { file: 'other.csv', reason: expect.stringContaining('no known shape') },
    ]);
  });

  it('rejects a directory that is not there', async () => {
    await expect(runJudge(join(directory, 'nowhere'), { policy: DEFAULT_OUTLIER })).rejects.toThrow(
      UsageError,
    );
  });

  it('reports a fault that is stricter policy away as not found', async () => {
    const strict = await runJudge(directory, {
      policy: {
        ...DEFAULT_OUTLIER,
        latencyRatioFloor: 20_000 as typeof DEFAULT_OUTLIER.latencyRatioFloor,
      },
    });
    expect(strict.files.find(({ file }) => file === 'wide.csv')!.evenkeel.found).toBe(0);
  });
});

describe('reading series', () => {
  it('keeps commas and quotes in quoted cells, and tolerates CRLF, a byte order mark and short rows', () => {
    expect(parseCsv('\uFEFFa,b,c\r\n"x,""y""",2\r\n\r\n').rows).toEqual([
      { a: 'x,"y"', b: '2', c: '' },
    ]);
  });

  it('takes empty and zero latencies for missing, not for fast', () => {
    const [scene] = readScenes('series,t_seconds,value,label\ns,0,0,0\ns,1,,1\ns,2,5,0\n')!;
    expect(scene!.series[0]!.samples.map(({ latency }) => latency)).toEqual([null, null, 5]);
  });

  it('guesses nothing from a header it does not know', () => {
    expect(readScenes('x,y\n1,2\n')).toBeUndefined();
    expect(readScenes('')).toBeUndefined();
  });
});
