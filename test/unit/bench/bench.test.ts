import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { runDetection } from '../../../infra/bench/detection';
import { envoyOutliers } from '../../../infra/bench/detectors';
import { gaussian, seededRandom } from '../../../infra/bench/random';
import { runBench } from '../../../infra/bench/run-bench';
import { table } from '../../../infra/bench/table';
import { times, windowsOf } from '../../support/probe-windows';

let output = '';
beforeEach(() => {
  output = '';
  const keep = (text: unknown): boolean => {
    output += String(text);
    return true;
  };
  jest.spyOn(process.stdout, 'write').mockImplementation(keep);
  jest.spyOn(process.stderr, 'write').mockImplementation(keep);
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe('the bench command', () => {
  it('lists every benchmark on --help', async () => {
    expect(await runBench(['--help'])).toBe(0);
    expect(output).toMatch(/detection .*\n.*judge /);
  });

  it('ends with 2 for an unknown name, a missing name and wrong options', async () => {
    expect(await runBench(['nothing'])).toBe(2);
    expect(output).toContain('There is no benchmark called "nothing"');
    expect(await runBench([])).toBe(2);
    expect(await runBench(['constructor'])).toBe(2);
    expect(await runBench(['detection', '--days', 'many'])).toBe(2);
    expect(await runBench(['detection', '--colour'])).toBe(2);
    expect(await runBench(['judge'])).toBe(2);
    expect(await runBench(['judge', '/nowhere/at/all'])).toBe(2);
  });

  it('prints a detection run as a table or as JSON', async () => {
    const args = [
      'detection',
      '--days',
      '0.002',
      '--histories',
      '8',
      '--faults',
      '1',
      '--pools',
      '6',
    ];
    expect(await runBench(args)).toBe(0);
    expect(output).toContain('20 % errors, 5 × latency');
    output = '';
    expect(await runBench([...args, '--json'])).toBe(0);
    expect(JSON.parse(output)).toMatchObject({
      seed: 1,
      falseEjections: [{ poolSize: 6 }, { poolSize: 6 }, { poolSize: 6 }],
    });
  });
});

describe('the detection benchmark', () => {
  it('gives the same figures for the same seed and finds the reference fault within ten seconds', () => {
    const run = () => runDetection({ seed: 3, days: 0.01, histories: 8, faults: 3, pools: [6] });
    const result = run();
    expect(result).toEqual(run());
    const reference = result.power.filter(({ name }) => name.startsWith('20 % errors, 5'));
    expect(reference).toHaveLength(3);
    for (const { evenkeel } of reference) expect(evenkeel.medianS).toBeLessThanOrEqual(10);
    expect(result.falseEjections.map(({ evenkeel }) => evenkeel)).toEqual([0, 0, 0]);
  });

  it('implements the success-rate rule: five hosts, a hundred requests, 1.9 deviations', () => {
    const well = windowsOf(times(10, {}));
    const sick = windowsOf(times(10, { failures: 3 }));
    expect(envoyOutliers([sick, well, well, well, well])).toEqual([0]);
    expect(envoyOutliers([sick, well, well, well])).toEqual([]);
    expect(envoyOutliers([sick, well, well, well, windowsOf(times(9, {}))])).toEqual([]);
  });

  it('draws numbers that are spread as they should be', () => {
    const random = seededRandom(7);
    const numbers = Array.from({ length: 20_000 }, () => gaussian(random));
    const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
    const variance = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  });

  it('aligns its tables', () => {
    expect(
      table(
        ['name', 'n'],
        [
          ['a', '5 s'],
          ['long name', '120 s'],
        ],
      ),
    ).toBe('name       n\n---------  -----\na            5 s\nlong name  120 s');
  });
});
