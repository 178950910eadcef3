import { describe, expect, it } from '@jest/globals';
import { type Cell, detectionFalse } from '../../../infra/bench/detection-false';
import { detectionRare } from '../../../infra/bench/detection-rare';
import { drawWindow, longPauseChance } from '../../../infra/bench/drawn-window';
import { poissonUpperBound } from '../../../infra/bench/poisson';
import { seededRandom } from '../../../infra/bench/random';
import { DEFAULT_OUTLIER, DEFAULT_PROBE } from '../../../shared/domain/heal-defaults';
import { type Permille } from '../../../shared/domain/units';

/** A policy so lax that plain simulation sees many false ejections. */
const lax: Cell = {
  poolSize: 6,
  normalErrorShare: 0.01,
  turns: 1,
  policy: { ...DEFAULT_OUTLIER, falseEjectionsPerWeekMax: 1e8 as Permille },
  probe: DEFAULT_PROBE,
  seed: 4,
  days: 0.1,
  faults: 1,
};

describe('false ejections by importance sampling', () => {
  it('agree with plain simulation where both can count', () => {
    const plain = detectionFalse(lax);
    const rare = detectionRare(lax, 500);
    expect(plain.evenkeel).toBeGreaterThan(20);
    expect(rare.hits).toBeGreaterThan(50);
    const both = (rare.perWeek ?? 0) / (plain.evenkeel / plain.weeks);
    expect(both).toBeGreaterThan(0.5);
    expect(both).toBeLessThan(2);
    expect(Math.abs(rare.meanWeight - 1)).toBeLessThan(0.3);
    expect(rare.perWeekUpper).toBeGreaterThan(rare.perWeek ?? Infinity);
  });

  it('are the same for the same seed, and none without hits', () => {
    const few = { ...lax, poolSize: 3 };
    expect(detectionRare(few, 12)).toEqual(detectionRare(few, 12));
    const off = { ...few, policy: { ...DEFAULT_OUTLIER, enabled: false } };
    expect(detectionRare(off, 12)).toMatchObject({ hits: 0, perWeek: null, perWeekUpper: null });
  });
});

describe('a drawn window', () => {
  it('fails, pauses and slows down as its law says', () => {
    const random = seededRandom(9);
    const law = { perWindow: 10, windowMs: 2500, errorShare: 0.1, slowness: 1 };
    const draws = Array.from({ length: 20_000 }, () => drawWindow(law, random));
    const failures = draws.reduce((sum, draw) => sum + draw.failures, 0) / 200_000;
    expect(Math.abs(failures - 0.1)).toBeLessThan(0.004);
    const paused = draws.filter(({ wasLongPause }) => wasLongPause).length / 20_000;
    expect(Math.abs(paused - longPauseChance(2500))).toBeLessThan(0.001);
    const held = drawWindow({ ...law, errorShare: 0, isLongPause: true }, random);
    expect(held.wasLongPause).toBe(true);
    expect(held.latencyMedianUs).toBeGreaterThan(500_000);
    const slow = drawWindow({ ...law, errorShare: 0, shift: 20 }, random);
    expect(slow.normalSum / 10).toBeGreaterThan(18);
  });
});

describe('the exact Poisson bound', () => {
  it('matches the tables', () => {
    expect(poissonUpperBound(0)).toBeCloseTo(2.9957, 3);
    expect(poissonUpperBound(1)).toBeCloseTo(4.7439, 3);
    expect(poissonUpperBound(10)).toBeCloseTo(16.9622, 3);
    expect(poissonUpperBound(1000)).toBeCloseTo(1053.6, 0);
  });
});
