import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runBench } from '../../infra/bench/run-bench';
import { codeOfWorker, SeedJournal } from '../../infra/bench/simulator/journal';
import { measure } from '../../infra/bench/simulator/measure';
import { reportOf } from '../../infra/bench/simulator/report';
import { ensureBuilt } from '../support/build';

const CODE = 'this code';
const orders = [1, 2, 3].map((seed) => ({ seed, hours: 0.1 }));
const folder = mkdtempSync(join(tmpdir(), 'evenkeel-journal-'));
const path = join(folder, 'seeds.jsonl');
const linesIn = (): readonly string[] => readFileSync(path, 'utf8').trimEnd().split('\n');
const seedsIn = () => linesIn().map((line) => (JSON.parse(line) as { seed: number }).seed);

beforeAll(() => ensureBuilt(), 900_000);
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs what the journal does not hold, and stops after so many seeds. */
async function run(seedsMax = Infinity) {
  const journal = SeedJournal.open(path, CODE);
  const stop = new AbortController();
  const said: string[] = [];
  const append = journal.append.bind(journal);
  let kept = 0;
  jest.spyOn(journal, 'append').mockImplementation((entry) => {
    append(entry);
    if ((kept += 1) >= seedsMax) stop.abort();
  });
  const say = (line: string): void => void said.push(line);
  const measured = await measure({ orders, processes: 1, journal, signal: stop.signal, say });
  journal.close();
  return { measured, said };
}

describe('a journal of seeds', () => {
  it('lets an interrupted run go on to the same totals, and runs no seed twice', async () => {
    const { measured: whole } = await run();
    rmSync(path);

    const { measured: cut } = await run(1);
    expect(cut.done).toBe(1);
    expect(seedsIn()).toEqual([1]);
    const { measured: resumed, said } = await run();

    expect(seedsIn()).toEqual([1, 2, 3]);
    expect(said[0]).toBe(`1 of 3 seeds are in ${path}.`);
    expect(resumed).toMatchObject({ done: 3, runs: 2 });
    expect(reportOf(resumed, 1).totals).toEqual(reportOf(whole, 1).totals);
    expect(resumed.results.map(({ digest }) => digest)).toEqual(
      whole.results.map(({ digest }) => digest),
    );
  });

  it('adds the time of all the runs, and begins a seed anew whose line was torn', async () => {
    await run(1);
    const [line = ''] = linesIn();
    const entry = JSON.parse(line) as { readonly elapsedSeconds: number };
    writeFileSync(path, `${JSON.stringify({ ...entry, elapsedSeconds: 500 })}\n{"code":"this co`);
    const { measured } = await run();
    expect(seedsIn()).toEqual([1, 2, 3]);
    expect(measured.seconds).toBeGreaterThan(500);
    expect(measured.cpuSeconds).toBeGreaterThan(0);
  });

  it('of other code is refused with what to do, unless it may be taken away', async () => {
    await run(1);
    expect(() => SeedJournal.open(path, 'other code')).toThrow(/results of other code.*--restart/u);
    expect(linesIn()).toHaveLength(1);
    const fresh = SeedJournal.open(path, 'other code', true);
    fresh.close();
    expect(fresh.entries).toEqual([]);
  });

  it('is never written over something else', () => {
    const other = SeedJournal.open(path, CODE);
    other.close();
    writeFileSync(path, 'a letter\nto somebody\n');
    expect(() => SeedJournal.open(path, CODE)).toThrow(/line 1, is no journal of seeds/u);
    expect(readFileSync(path, 'utf8')).toBe('a letter\nto somebody\n');
  });
});

describe('npm run bench -- simulator', () => {
  const bench = async (...more: readonly string[]) =>
    runBench(['simulator', '--hours', '0.1', '--processes', '1', '--resume', path, ...more]);

  it('keeps what it did under the fingerprint of the built worker, and does only what is left', async () => {
    const out: string[] = [];
    const keep = (text: unknown): boolean => out.push(String(text)) > 0;
    jest.spyOn(process.stdout, 'write').mockImplementation(keep);
    jest.spyOn(process.stderr, 'write').mockImplementation(keep);
    expect(await bench('--seeds', '1')).toBe(0);
    expect(JSON.parse(linesIn()[0] ?? '')).toMatchObject({ code: codeOfWorker(), seed: 1 });
    expect(await bench('--seeds', '2')).toBe(0);
    expect(out.join('')).toContain('2 seeds, 0.2 simulated hours');
    expect(out.join('')).toContain('the seconds are those of 2 runs added');
    expect(seedsIn()).toEqual([1, 2]);
    expect(await runBench(['simulator', '--restart'])).toBe(2);
  });
});
