import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JudgeReport, runJudge } from '../../../infra/bench/judge';
import { excess } from '../../../infra/bench/judged-scene';
import { DEFAULT_OUTLIER } from '../../../shared/domain/heal-defaults';

const range = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => index);
const lines = (header: string, rows: readonly (readonly (string | number)[])[]): string =>
  [header, ...rows.map((row) => row.join(','))].join('\n');

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'judge-'));
});
afterEach(async () => rm(directory, { recursive: true }));
const judged = async (files: Readonly<Record<string, string>>): Promise<JudgeReport> => {
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  return await runJudge(directory, { policy: DEFAULT_OUTLIER });
};

const NODES = 'node,latency_Average,requests_Sum,availability_Average,t_seconds,label';

describe('judging imperfect series', () => {
  it('survives empty cells, words, gaps, zeros, constants and impossible counts, and says nothing false', async () => {
    const odd = ['', 'NaN', 'n/a', '-1', '0', 'Infinity', '1e400', '0.1'];
    const rows = ['a', 'b', 'c', 'd'].flatMap((node, at) =>
      range(40).flatMap((slot) => {
        const cell = odd[(slot * 3 + at) % odd.length] ?? '';
        if ((slot + at) % 7 === 0) return [];
        return [[node, cell, slot % 5 === 0 ? -3 : cell, slot % 6 === 0 ? 250 : '', slot * 60, 0]];
      }),
    );
    const constant = range(50).map((slot) => [slot * 60, 5, 5, 5, 0, 0, 0]);
    const zero = range(50).map((slot) => [slot * 60, 5, 0, 5, 0, 1, 0]);
    const wide = 't_seconds,a_ms,b_ms,c_ms,a_label,b_label,c_label';
    const report = await judged({
      'odd.csv': lines(NODES, rows),
      'constant.csv': lines(wide, constant),
      'zero.csv': lines(wide, zero),
      'two.csv': lines(
        NODES,
        range(30).flatMap((slot) => ['a', 'b'].map((node) => [node, 1, 100, 50, slot * 60, 0])),
      ),
    });
    expect(report.skipped).toEqual([]);
    expect(report.files).toHaveLength(4);
    for (const { evenkeel, exposure } of report.files) {
      expect(evenkeel).toMatchObject({ found: 0, falseEjections: 0 });
      expect(exposure.amount).toBeGreaterThan(0);
    }
    expect(report.files.find(({ file }) => file === 'zero.csv')).toMatchObject({ events: 1 });
    expect(JSON.stringify(report)).not.toContain('NaN');
  });

  it('names what it cannot judge and goes on with the rest', async () => {
    await mkdir(join(directory, 'folder.csv'));
    const report = await judged({
      'empty.csv': '',
      'header.csv': `${NODES}\n`,
      'silent.csv': lines(NODES, [['a', '', '', '', 0, 0]]),
      'good.csv': lines(
        NODES,
        range(10).map((slot) => ['a', 1, 100, 100, slot, 0]),
      ),
    });
    expect(report.files.map(({ file }) => file)).toEqual(['good.csv']);
    expect(report.skipped.map(({ file, reason }) => [file, reason.split(':')[0]])).toEqual([
      ['empty.csv', 'no known shape'],
      ['folder.csv', 'cannot be judged'],
      ['header.csv', 'nothing measured'],
      ['silent.csv', 'nothing measured'],
    ]);
  });
});

describe('a series that usually fails', () => {
  const sample = (failures: number, requests = 20) => ({
    atS: 0,
    latency: 1,
    requests,
    failures,
    isLabelled: false,
  });
  const past = range(30).map((index) => sample(14 + (index % 3)));

  it('counts failures only beyond its usual share and what chance adds', () => {
    expect(excess(sample(18), past).failures).toBe(0);
    expect(excess(sample(200, 200), past).failures).toBe(37);
    expect(
      excess(
        sample(5),
        range(30).map(() => sample(0)),
      ).failures,
    ).toBe(5);
  });

  it('is no outlier as long as it fails as usual', async () => {
    const share = (node: string, slot: number): number =>
      node === 'd' ? [75, 65, 80, 60, 85, 70, 90][slot % 7]! : 100;
    const rows = ['a', 'b', 'c', 'd'].flatMap((node) =>
      range(200).map((slot) => [node, 0.1, 20, share(node, slot), slot * 300, 0]),
    );
    const { files } = await judged({ 'usual.csv': lines(NODES, rows) });
    expect(files[0]!.evenkeel.falseEjections).toBe(0);
  });
});

describe('false episodes', () => {
  const sick = (slots: readonly number[], label: (node: string, slot: number) => number): string =>
    lines(
      NODES,
      ['a', 'b', 'c', 'd', 'e'].flatMap((node) =>
        range(100).map((slot) => [
          node,
          0.1 + ((slot * 7) % 5) / 1000,
          200,
          node === 'a' && slots.includes(slot) ? 40 : 100,
          slot * 300,
          label(node, slot),
        ]),
      ),
    );
  const two = [50, 51, 52, 53, 80, 81, 82, 83];

  it('end after two samples without a verdict', async () => {
    const { files } = await judged({ 'sick.csv': sick(two, () => 0) });
    expect(files[0]!.evenkeel).toMatchObject({ falseEjections: 2, besideEvents: 0 });
  });

  it('that began while another series was in its event are counted apart', async () => {
    const label = (node: string, slot: number): number =>
      node === 'b' && slot >= 48 && slot < 56 ? 1 : 0;
    const { files } = await judged({ 'sick.csv': sick(two, label) });
    expect(files[0]!.evenkeel).toMatchObject({ falseEjections: 2, besideEvents: 1 });
  });
});
