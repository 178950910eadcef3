import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { CONTENDERS } from '../../../infra/bench/heal/contenders';
import { BENCH_FAULTS } from '../../../infra/bench/heal/faults';
import { choose, faultPhase } from '../../../infra/bench/heal/heal';
import { medianTime, secondsUntilWell } from '../../../infra/bench/heal/measurement';
import { ALARMS_PER_MONTH, monthlyPrice } from '../../../infra/bench/heal/monthly-price';
import { printed } from '../../../infra/bench/heal/report';
import { faultMoment } from '../../../infra/bench/heal/round';
import { runBench } from '../../../infra/bench/run-bench';

const load = (failed: readonly number[]) =>
  failed.map((count, second) => ({ second, requests: 100, failed: count }));
const quiet = (seconds: number): number[] => Array.from({ length: seconds }, () => 0);

describe('seconds until well', () => {
  it('counts to the first second from which on fewer than 1 % of requests fail', () => {
    expect(secondsUntilWell(load([...quiet(5), 3, 3, 3, 3, 3, 3, 3, ...quiet(20)]), 5)).toBe(7);
  });

  it('is null while requests fail to the end, and when the end is too near to tell', () => {
    expect(secondsUntilWell(load([...quiet(5), ...quiet(30).map(() => 3)]), 5)).toBeNull();
    expect(secondsUntilWell(load([...quiet(5), 3, ...quiet(9)]), 5)).toBeNull();
    expect(secondsUntilWell(load([...quiet(5), 3, ...quiet(10)]), 5)).toBe(1);
  });

  it('does not take a lucky moment for a cure', () => {
    const lucky = [3, 3, 3, 0, 0, 0, 3, 3, 3, 3, 3, 3];
    expect(secondsUntilWell(load([...lucky, ...quiet(30)]), 0)).toBe(12);
    const relapse = [3, 3, ...quiet(12), ...quiet(30).map(() => 3)];
    expect(secondsUntilWell(load(relapse), 0)).toBeNull();
  });

  it('is 0 when the fault was never felt', () => {
    expect(secondsUntilWell(load(quiet(20)), 5)).toBe(0);
  });
});

describe('the median of rounds', () => {
  it('takes “not at all” for later than any time', () => {
    expect(medianTime([9, 7, 8])).toBe(8);
    expect(medianTime([7, null, 9])).toBe(9);
    expect(medianTime([null, 7, null])).toBeNull();
    expect(medianTime([])).toBeNull();
  });
});

describe('the moment of the fault', () => {
  const minute = 60_000;

  it('leaves the first timer tick and twenty seconds after it to settle down', () => {
    expect(faultMoment(10 * minute + 1, 30)).toBe(11 * minute + 30_000);
    expect(faultMoment(10 * minute + 59_999, 20)).toBe(11 * minute + 20_000);
    expect(faultMoment(10 * minute + 1, 10)).toBe(12 * minute + 10_000);
  });

  it('is spread over the minute by rounds', () => {
    expect([0, 1, 2].map((round) => faultPhase(round, 3))).toEqual([10, 30, 50]);
    expect(faultPhase(0, 1)).toBe(30);
  });
});

describe('the estimate for a month', () => {
  let folder = '';
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is nothing without Evenkeel and grows with how long somebody is awake', () => {
    folder = mkdtempSync(join(tmpdir(), 'evenkeel-price-'));
    const file = join(folder, 'evenkeel.yaml');
    const pools = [
      { name: 'web', targets: [{ loadBalancer: 'lb-1' }], heal: { probe: { path: '/' } } },
    ];
    writeFileSync(file, JSON.stringify({ version: 1, region: 'cn-hangzhou', pools }));
    const price = Object.fromEntries(
      CONTENDERS.map((one) => [one.name, monthlyPrice(one, file).price]),
    );
    expect(price['health-checks']).toBe(0);
    expect(price['timer']).toBeGreaterThan(price['alarm'] ?? 0);
    expect(price['unsteady']).toBeGreaterThan(price['timer'] ?? 0);
    expect(price['always']).toBeGreaterThan(price['unsteady'] ?? 0);
    writeFileSync(file, 'version: 2');
    expect(() => monthlyPrice(CONTENDERS[1]!, file)).toThrow('no valid policy');
  });
});

describe('the printed result', () => {
  it('has a row for each contender with its figures over all rounds', () => {
    const [checks, , , , always] = CONTENDERS;
    const round = (secondsUntilAlwaysWell: number) => ({
      fault: 'gray',
      faultPhaseSeconds: 30,
      prices: {
        'health-checks': { price: 0, currency: 'CNY' },
        always: { price: 93.55, currency: 'CNY' },
      },
      measurements: [
        {
          contender: 'health-checks',
          requests: 1000,
          failed: 33,
          secondsUntilWell: null,
          secondsUntilAction: null,
          roundSeconds: 240,
        },
        {
          contender: 'always',
          requests: 1000,
          failed: 4,
          secondsUntilWell: secondsUntilAlwaysWell,
          secondsUntilAction: 6.5,
          roundSeconds: 240,
        },
      ],
    });
    const text = printed(
      {
        profile: 'real',
        machine: { cores: 2, node: 'v20' },
        requestsPerSecond: 40,
        minutes: 4,
        rounds: [round(6), round(9), round(8)],
      },
      [checks!, always!],
      BENCH_FAULTS,
    );
    expect(text).toMatch(/^gray: /);
    expect(text).not.toContain('crash:');
    expect(text).toMatch(/health checks alone +3000 +99 +never in 240 s +– +–$/m);
    expect(text).toMatch(/watch: always +3000 +12 +8 s +6\.5 s +93\.55 CNY/);
    expect(text).toContain('Profile: real');
    expect(text).toContain(`${ALARMS_PER_MONTH} alarms`);
    expect(text).toContain('2 cores');
  });
});

describe('the arguments', () => {
  it('choose in the order of the table', () => {
    expect(choose('faults', 'hang,gray', BENCH_FAULTS).map(({ name }) => name)).toEqual([
      'gray',
      'hang',
    ]);
    expect(choose('sides', undefined, CONTENDERS)).toHaveLength(5);
  });

  it('end with 2 when they are wrong, before anything is started', async () => {
    const written = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      expect(await runBench(['heal', '--faults', 'gray,flu'])).toBe(2);
      expect(written).toHaveBeenCalledWith(
        '--faults: there is no "flu"; there are gray, crash, hang\n',
      );
      expect(await runBench(['heal', '--sides', 'sometimes'])).toBe(2);
      expect(await runBench(['heal', '--minutes', '0'])).toBe(2);
    } finally {
      written.mockRestore();
    }
  });
});
