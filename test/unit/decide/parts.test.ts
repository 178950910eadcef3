import { describe, expect, it } from '@jest/globals';
import { deduplicateAlerts } from '../../../shared/decide/alerts';
import { managedWeight } from '../../../shared/decide/base-weights';
import { chargeOffence } from '../../../shared/decide/ejection';
import { feedbackWeights } from '../../../shared/decide/feedback';
import { decidePanic, poolHealth } from '../../../shared/decide/panic';
import { freshMemory } from '../../../shared/decide/remember';
import { nextRung, pathFor } from '../../../shared/decide/rungs';
import {
  lastRampStep,
  rampInterval,
  rampWeight,
  rampWeights,
} from '../../../shared/decide/slow-start';
import { judgeVantage } from '../../../shared/decide/vantage';
import { loweredWeight } from '../../../shared/decide/wanted-weight';
import { type Alert } from '../../../shared/domain/proposal';
import { millis, permille } from '../../../shared/domain/units';
import { isLateWrite, newestWrite, rememberWrite } from '../../../shared/domain/written-weights';
import {
  aBackend,
  aPolicy,
  aPool,
  type BackendParts,
  ejectedMemory,
  inSeconds,
  KEY,
  NOW,
  ok,
  secondsAgo,
  someBackends,
} from '../../support/builders';

describe('slow start', () => {
  const policy = aPolicy().heal.slowStart;
  it.each([
    [100, 5, 100, [10, 32, 55, 77, 100]],
    [50, 5, 100, [5, 16, 27, 38, 50]],
    [3, 5, 100, [1, 2, 3]],
    [2, 5, 100, [1, 2]],
    [1, 5, 100, [1]],
    [0, 5, 100, [0]],
    [100, 1, 100, [100]],
    [100, 2, 500, [50, 100]],
    [100, 3, 2000, [100]],
    [10, 4, 1, [1, 4, 7, 10]],
  ])('of base %i in %i steps from %i ‰ is %j', (base, steps, firstShare, weights) => {
    expect(rampWeights(base, { ...policy, steps, firstShare: permille(firstShare) })).toEqual(
      weights,
    );
  });

  it('holds each step for its share of the time, and ends at the base', () => {
    expect(rampInterval(policy)).toBe(36_000);
    expect(rampInterval({ ...policy, steps: 0 })).toBe(180_000);
    expect(rampWeight(100, 9, policy)).toBe(100);
    expect(lastRampStep([3, 100, 1], policy)).toBe(4);
    expect(lastRampStep([], policy)).toBe(0);
  });
});

describe('weights', () => {
  it.each([
    [4, 12_500, 50],
    [8, 12_500, 100],
    [64, 12_500, 100],
    [1, 100, 1],
    [2, 10_250, 21],
  ])('%i vCPU × %i ‰ is %i', (cpu, factor, weight) => {
    expect(managedWeight(cpu, { kind: 'managed', factor: permille(factor), feedback: null })).toBe(
      weight,
    );
  });

  it.each([
    [50, 300, 15],
    [2, 300, 1],
    [1, 300, 1],
    [0, 300, 0],
    [100, 1000, 100],
    [100, 0, 1],
    [10, 2000, 10],
  ])('%i lowered to %i ‰ is %i', (base, share, weight) => {
    expect(loweredWeight(base, permille(share))).toBe(weight);
  });

  it('written are remembered newest first, eight for each attachment', () => {
    let written = [{ targetKey: 'other', weight: 1, at: NOW }] as readonly {
      targetKey: string;
      weight: number;
      at: typeof NOW;
      isUncertain?: true;
    }[];
    for (let weight = 1; weight <= 10; weight += 1)
      written = rememberWrite(written, { targetKey: KEY, weight, at: NOW, isUncertain: true });
    expect(written.filter((write) => write.targetKey === KEY).map((write) => write.weight)).toEqual(
      [10, 9, 8, 7, 6, 5, 4, 3],
    );
    const memory = { ...freshMemory(aBackend('i-0'), aPool({ backends: [] })), written };
    expect(newestWrite(memory, KEY)?.weight).toBe(10);
    expect([10, 9, 2].map((weight) => isLateWrite(memory, KEY, weight, NOW))).toEqual([
      false,
      true,
      false,
    ]);
    expect([600, 601].map((seconds) => isLateWrite(memory, KEY, 9, inSeconds(seconds)))).toEqual([
      true,
      false,
    ]);
  });
});

describe('feedback', () => {
  const policy = {
    errorPenalty: permille(1000),
    deadBand: 5,
    slew: permille(200),
    expiryMs: millis(180_000),
  };
  const loaded = (
    id: string,
    current: number,
    parts: { cpu?: number; requests?: number; failures?: number; age?: number } = {},
  ) => {
    const { cpu = 500, requests = 6000, failures = 0, age = 1 } = parts;
    const sampled = NOW - age * 1000;
    const backend = aBackend(id, {
      cpu: ok(permille(cpu), sampled),
      requests: ok(
        {
          startedAt: secondsAgo(61),
          endedAt: secondsAgo(1),
          requests,
          failures,
          latencyMedianUs: 1,
        },
        sampled,
      ),
    });
    return { backend, base: 50, current };
  };
  it.each<[string, Parameters<typeof loaded>[2], Parameters<typeof loaded>[2], number, number]>([
    ['equal load changes nothing', {}, {}, 50, 50],
    ['the idler one gets more, by at most the slew', { cpu: 250 }, { cpu: 750 }, 60, 40],
    ['within the dead band nothing changes', { cpu: 480 }, { cpu: 520 }, 50, 50],
    ['errors count like load', { failures: 3000 }, {}, 40, 60],
    ['who serves more at the same load gets more', { requests: 12_000 }, {}, 60, 40],
    ['data past its expiry is not used', { cpu: 250, age: 181 }, { cpu: 750 }, 50, 50],
    ['no requests is no data', { cpu: 250, requests: 0 }, { cpu: 750 }, 50, 50],
    ['no load at all does not divide by zero', { cpu: 0 }, { cpu: 1000 }, 60, 40],
  ])('%s', (_name, first, second, ...[one, two]) => {
    expect(
      feedbackWeights([loaded('i-0', 50, first), loaded('i-1', 50, second)], policy, NOW),
    ).toEqual({ 'i-0': one, 'i-1': two });
  });

  it('leads back to the base without data, in whole strides, and never to 0', () => {
    const blind = (current: number, base = 50) => ({
      ...loaded('i-0', current, { age: 999 }),
      base,
    });
    expect(
      [80, 55, 50, 20].map((current) => feedbackWeights([blind(current)], policy, NOW)['i-0']),
    ).toEqual([70, 50, 50, 30]);
    expect(feedbackWeights([blind(3, 1)], policy, NOW)['i-0']).toBe(2);
  });
});

describe('panic', () => {
  const policy = { enter: permille(500), leave: permille(650) };
  it.each([
    [5, 10, false, false],
    [4, 10, false, true],
    [6, 10, true, true],
    [7, 10, true, false],
    [0, 0, true, false],
    [0, 0, false, false],
    [1, 2, false, false],
    [13, 20, true, false],
  ])('%i of %i healthy, panic before %s: %s', (healthy, intended, was, is) => {
    expect(decidePanic(poolHealth(healthy, intended), was, policy)).toBe(is);
  });

  it('is measured in permille of those that are meant to serve; of nobody everybody is well', () => {
    expect([poolHealth(2, 3).healthy, poolHealth(0, 4).healthy, poolHealth(0, 0).healthy]).toEqual([
      667, 0, 1000,
    ]);
  });
});

describe('the vantage', () => {
  const failing: BackendParts = { window: { failures: 6 } };
  const judge = (special: Record<number, BackendParts>, remembered = {}) =>
    judgeVantage(aPool({ backends: someBackends(4, special), remembered }), aPolicy());
  it.each<[string, Record<number, BackendParts>, object, object]>([
    ['one of four fails', { 0: failing }, {}, { isBroken: false, probed: 4, failing: 1 }],
    ['two of four fail', { 0: failing, 1: failing }, {}, { isBroken: true, probed: 4, failing: 2 }],
    [
      'half of the probes of two fail',
      { 0: { window: { failures: 5 } }, 1: { window: { failures: 5 } } },
      {},
      { isBroken: false, probed: 4, failing: 0 },
    ],
    [
      'nobody was probed',
      {
        0: { window: null },
        1: { window: null },
        2: { window: null },
        3: { window: { probes: 0 } },
      },
      {},
      { isBroken: false, probed: 0, failing: 0 },
    ],
    [
      'the failing ones are dead',
      { 0: { ...failing, verdict: 'abnormal' }, 1: { ...failing, status: 'Stopped' } },
      {},
      { isBroken: false, probed: 2, failing: 0 },
    ],
    [
      'the failing ones are held out already',
      { 0: failing, 1: failing },
      { 'i-0': ejectedMemory(), 'i-1': ejectedMemory() },
      { isBroken: false, probed: 2, failing: 0 },
    ],
  ])('%s', (_name, special, remembered, vantage) => {
    expect(judge(special, remembered)).toEqual(vantage);
  });
});

describe('the ladder', () => {
  const memory = freshMemory(aBackend('i-0'), aPool({ backends: [] }));
  const next = (
    current: Parameters<typeof nextRung>[0],
    cause: Parameters<typeof nextRung>[1],
    parts: Parameters<typeof aPolicy>[0] = {},
    repairs: typeof memory.repairs = [],
  ) => nextRung(current, cause, { ...memory, repairs }, { policy: aPolicy(parts), now: NOW });
  it('starts and climbs as suits the cause', () => {
    expect([
      next(null, 'outlier-errors'),
      next('lower-weight', 'outlier-latency'),
      next('drain', 'outlier-errors'),
      next('restart', 'probes-failing'),
      next('reboot', 'probes-failing'),
    ]).toEqual(['lower-weight', 'drain', 'restart', 'reboot', null]);
    expect([
      next(null, 'abnormal-in-load-balancer'),
      next(null, 'instance-not-running'),
      next('drain', 'instance-not-running'),
      next(null, 'instance-gone'),
      next(null, 'spot-reclaim'),
      next('drain', 'spot-reclaim'),
      next('drain', 'system-failure'),
    ]).toEqual(['drain', 'drain', null, null, 'drain', null, null]);
    expect(pathFor('instance-gone')).toEqual(['replace']);
  });

  it('leaves out what is not in use or not set up', () => {
    expect(next('drain', 'probes-failing', { ladder: { restart: null } })).toBe('reboot');
    expect(next('drain', 'probes-failing', { ladder: { restart: null, reboot: null } })).toBeNull();
    expect(next(null, 'outlier-errors', { ladder: { rungs: ['drain'] } })).toBe('drain');
  });

  it('counts attempts within its memory', () => {
    const attempts = (...ages: number[]) =>
      ages.map((age) => ({ rung: 'restart' as const, at: secondsAgo(age), hasHelped: false }));
    expect(next('drain', 'probes-failing', { ladder: { attemptsMax: 2 } }, attempts(1))).toBe(
      'restart',
    );
    expect(
      next('drain', 'probes-failing', { ladder: { attemptsMax: 2 } }, attempts(1, 3600)),
    ).toBeNull();
    expect(next('drain', 'probes-failing', { ladder: { attemptsMax: 2 } }, attempts(1, 3601))).toBe(
      'restart',
    );
    expect(
      next('restart', 'probes-failing', { ladder: { attemptsMax: 2 } }, attempts(1, 2)),
    ).toBeNull();
  });
});

describe('the back-off', () => {
  it.each([
    [0, null, 1, 30],
    [1, 0, 2, 60],
    [2, 599, 3, 90],
    [2, 600, 2, 60],
    [2, 6000, 1, 30],
    [20, 0, 21, 300],
  ])(
    'after %i offences, the last %s s ago, is number %i and lasts %i s',
    (offences, quiet, number, seconds) => {
      const memory = {
        ...freshMemory(aBackend('i-0'), aPool({ backends: [] })),
        offences,
        lastOffenceAt: quiet === null ? null : secondsAgo(quiet),
      };
      expect(chargeOffence(memory, { now: NOW, policy: aPolicy() })).toEqual({
        offences: number,
        lastOffenceAt: NOW,
        ejectedUntil: inSeconds(seconds),
      });
    },
  );
});

describe('alerts', () => {
  const alert = (key: string): Alert => ({
    key,
    severity: 'warning',
    reason: 'panic',
    instanceId: null,
    message: key,
  });
  it('are raised once per key and quarter of an hour, in a fixed order, and old keys are forgotten', () => {
    const known = { a: secondsAgo(899), b: secondsAgo(900), c: secondsAgo(5000) };
    const ledger = deduplicateAlerts([alert('d'), alert('b'), alert('a')], known, NOW);
    expect(ledger.alerts.map(({ key }) => key)).toEqual(['b', 'd']);
    expect(ledger.remembered).toEqual({ a: NOW, b: NOW, d: NOW });
  });

  it('of an inventory drop keep the time of the first call', () => {
    expect(
      deduplicateAlerts([alert('inventory-drop')], { 'inventory-drop': secondsAgo(100) }, NOW),
    ).toEqual({ alerts: [], remembered: { 'inventory-drop': secondsAgo(100) } });
    expect(deduplicateAlerts([alert('inventory-drop')], {}, NOW).remembered).toEqual({
      'inventory-drop': NOW,
    });
  });
});
