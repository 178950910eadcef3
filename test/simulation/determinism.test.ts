import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Dice } from '../../infra/simulation/dice';
import { runSeeds } from '../../infra/simulation/farm';
import { simulate } from '../../infra/simulation/simulate';
import { seedsOf, seedSource } from './seeds-of-commit';

afterEach(() => {
  jest.restoreAllMocks();
});

describe('a seed', () => {
  it('gives the same run twice, byte for byte', async () => {
    const [first, second] = [
      await simulate({ seed: 5, hours: 1 }),
      await simulate({ seed: 5, hours: 1 }),
    ];
    expect(JSON.stringify(second)).toBe(JSON.stringify(first));
    expect(first.ticks).toBeGreaterThan(0);
  });

  it('decides what happens: another one gives another run', async () => {
    const digests = new Set<string>();
    for (const seed of [1, 2, 3]) digests.add((await simulate({ seed, hours: 0.2 })).digest);
    expect(digests.size).toBe(3);
  });

  it('asks neither the machine’s clock nor its chance', async () => {
    const forbidden = (what: string) => (): never => {
      throw new Error(`${what} was asked in a simulation`);
    };
    jest.spyOn(Date, 'now').mockImplementation(forbidden('Date.now'));
    jest.spyOn(Math, 'random').mockImplementation(forbidden('Math.random'));
    jest.spyOn(globalThis, 'setTimeout').mockImplementation(forbidden('setTimeout'));
    const { hours } = await simulate({ seed: 9, hours: 0.5 });
    expect(hours).toBe(0.5);
  });

  it('makes no fault and breaks no promise where faults are off', async () => {
    const { faults, breaches, ticks } = await simulate({ seed: 4, hours: 1, faults: [] });
    expect(faults).toEqual({});
    expect(breaches).toEqual([]);
    expect(ticks).toBeGreaterThan(0);
  });
});

describe('a farm', () => {
  it('stops where it is when told to, and tells what was done so far', async () => {
    const stop = new AbortController();
    const orders = [1, 2, 3].map((seed) => ({ seed, hours: 0.2 }));
    const results = await runSeeds({
      ...{ orders, processes: 1, signal: stop.signal },
      onResult: () => stop.abort(),
    });
    expect(results.map(({ seed }) => seed)).toEqual([1]);
  });
});

describe('streams of chance', () => {
  it('do not move when others are drawn from', () => {
    const quiet = new Dice(7);
    const busy = new Dice(7);
    busy.split('weather').between(1, 6);
    for (let draw = 0; draw < 10; draw += 1) busy.next();
    expect(busy.split('faults').next()).toBe(quiet.split('faults').next());
  });

  it('of the same sources are the same, and others for others', () => {
    expect(seedsOf({ key: 'abc' }, 5)).toEqual(seedsOf({ key: 'abc' }, 5));
    expect(seedsOf({ key: 'abc' }, 5)).not.toEqual(seedsOf({ key: 'abd' }, 5));
  });

  it('follow from what is checked out unless the fixed list is asked for, and say so', () => {
    const before = process.env['EVENKEEL_SIMULATION_SEEDS'];
    delete process.env['EVENKEEL_SIMULATION_SEEDS'];
    expect(seedSource().name).toMatch(
      /^the sources checked out \(tree [0-9a-f]{40}\)$|no repository/u,
    );
    process.env['EVENKEEL_SIMULATION_SEEDS'] = 'fixed';
    expect(seedSource()).toEqual({ name: 'the fixed list (as was asked for)', key: 'no commit' });
    if (before === undefined) delete process.env['EVENKEEL_SIMULATION_SEEDS'];
    else process.env['EVENKEEL_SIMULATION_SEEDS'] = before;
  });
});
