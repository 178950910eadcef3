import { describe, expect, it } from '@jest/globals';
import { createColors } from 'picocolors';
import { explainBroken, explainedLines } from '../../../infra/cli/explain-broken-seed';
import { type SimulationResult } from '../../../infra/simulation/simulate';
import { NOW } from '../../support/builders';

const breach = { promise: 4, at: NOW, what: 'too many weights' };
const result = (seed: number, breaches: SimulationResult['breaches']): SimulationResult => ({
  ...{ seed, hours: 1, regions: 1, pools: 1, names: 0, ticks: 1, calls: 1, digest: 'x' },
  ...{ faults: {}, actions: {}, breaches },
});
const wish = { hours: 1, faults: ['store-lost', 'backend-crash'] as const };

describe('a seed that broke a promise', () => {
  it('is told by the command that does the same again, at the least', async () => {
    const results = [result(6, []), result(7, [breach])];
    const explained = await explainBroken(results, wish, () => true);
    expect(explainedLines(explained, createColors(false)).map((line) => line.trim())).toEqual([
      'The smallest that still breaks it, of 1 tried:',
      'evenkeel simulate --seed 7 --hours 1 --faults store-lost,backend-crash',
      expect.stringMatching(/^promise 4, .*: too many weights$/u),
    ]);
  });

  it('is not looked for where none broke', async () => {
    expect(await explainBroken([result(6, [])], wish, () => true)).toBeNull();
    expect(explainedLines(null, createColors(false))).toEqual([]);
  });

  it('names the tick that can be replayed', () => {
    const explained = {
      ...{ seed: 7, ...wish, breach, command: 'evenkeel simulate --seed 7', runs: 9 },
      tickFile: 'evenkeel-seed-7-promise-4.json',
    };
    expect(explainedLines(explained, createColors(false)).at(-1)).toBe(
      '  the tick before it: evenkeel replay evenkeel-seed-7-promise-4.json',
    );
  });
});
