import { describe, expect, it } from '@jest/globals';
import { CommanderError } from 'commander';
import { createColors } from 'picocolors';
import { buildProgram } from '../../../infra/cli/program';
import { simulationLines } from '../../../infra/cli/render/simulation-lines';
import { type SimulationResult } from '../../../infra/simulation/simulate';
import { totalsOf } from '../../../infra/simulation/totals';

async function simulate(...args: readonly string[]) {
  const out: string[] = [];
  let exit: number | null = null;
  const program = buildProgram({
    terminal: {
      out: (text) => void out.push(text),
      err: () => undefined,
      colours: createColors(false),
      isInteractive: false,
    },
    variables: {},
    now: () => 0,
    onInterrupt: () => undefined,
    finish: (code) => void (exit = code),
  });
  for (const command of program.commands)
    command.exitOverride().configureOutput({ writeErr: () => undefined });
  await program.parseAsync(['node', 'evenkeel', 'simulate', '--processes', '1', ...args]);
  return { exit, text: out.join('\n') };
}

const aResult = (parts: Partial<SimulationResult> = {}): SimulationResult => ({
  ...{ seed: 7, hours: 2, regions: 1, pools: 1, names: 0, ticks: 10, calls: 20, digest: 'abc' },
  ...{ faults: { 'zone-loss': 1 }, actions: { launch: 2 }, breaches: [] },
  ...parts,
});

const reported = (results: readonly SimulationResult[]): string =>
  simulationLines(
    { totals: totalsOf(results), isStopped: false, hoursPerSecond: 3, results },
    createColors(false),
  ).join('\n');

describe('evenkeel simulate', () => {
  it('runs a universe and prints seed, hours, faults, actions, ticks, calls and digest', async () => {
    const { exit, text } = await simulate('--seed', '4', '--hours', '0.5');
    expect(exit).toBe(0);
    expect(text).toMatch(/^seed 4, 0\.5 simulated hours; [\d.]+ hours a second$/m);
    expect(text).toMatch(/^\d+ ticks, \d+ API calls; digest [0-9a-f]{16}$/m);
    expect(text).toContain('No promise broke.');
  });

  it('prints the same as JSON', async () => {
    const { text } = await simulate(
      '--seeds',
      '4..5',
      '--hours',
      '0.1',
      '--faults',
      'none',
      '--json',
    );
    const report = JSON.parse(text) as { totals: { seeds: number }; results: SimulationResult[] };
    expect(report.totals.seeds).toBe(2);
    expect(report.results.map(({ seed, faults }) => ({ seed, faults }))).toEqual([
      { seed: 4, faults: {} },
      { seed: 5, faults: {} },
    ]);
  });

  it.each([
    ['--seed', '-1'],
    ['--seed', 'x'],
    ['--count', '0'],
    ['--seeds', '9..3'],
    ['--hours', '0'],
    ['--faults', 'zone-loss,no-such-fault'],
    ['--processes', '0'],
  ])('refuses %s %s as a wrong flag', async (...args) => {
    await expect(simulate(...args)).rejects.toThrow(CommanderError);
  });

  it('says of a broken promise where it broke, by which tick, and of which seed', () => {
    const breach = {
      promise: 1,
      at: Date.UTC(2026, 0, 1),
      what: 'the floor gave way',
      tickId: 't-1',
    };
    const text = reported([aResult(), aResult({ seed: 8, breaches: [breach] })]);
    expect(text).toContain('seed 8 broke a promise:');
    expect(text).toContain('promise 1, 2026-01-01 00:00:00Z: the floor gave way (tick t-1)');
    expect(text).toContain('1 of 2 broke a promise: 8');
  });

  it('counts all runs together', () => {
    const text = reported([aResult(), aResult({ seed: 8 })]);
    expect(text).toContain('2 seeds, 4 simulated hours');
    expect(text).toMatch(/^ +2 {2}zone-loss$/m);
    expect(text).toMatch(/^ +4 {2}launch$/m);
  });

  it('says so when nothing was done', () => {
    expect(reported([aResult({ faults: {}, actions: {} })])).toMatch(/^no faults\nno actions$/m);
  });
});
