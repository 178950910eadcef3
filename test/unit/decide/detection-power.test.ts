import { describe, expect, it } from '@jest/globals';
import {
  detectionPower,
  errorThreshold,
  falseErrorEjectionsPerWeek,
  falseLatencyEjectionsPerWeek,
  type Vantage,
  windowsForLatency,
  windowsForPower,
} from '../../../shared/decide/detection-power';
import { errorChance } from '../../../shared/decide/error-outliers';
import { binomialUpperTail, chanceOfEqual } from '../../../shared/decide/statistics';
import { DEFAULT_OUTLIER } from '../../../shared/domain/heal-defaults';
import { permille } from '../../../shared/domain/units';

const vantage: Vantage = {
  policy: DEFAULT_OUTLIER,
  poolSize: 6,
  perWindow: 10,
  windowMs: 2500,
  intervalMs: 2500,
  normalErrorShare: 0.005,
};
const confirming = (confirmations: number) => ({ ...DEFAULT_OUTLIER, confirmations });
const needing = (probesMin: number) => ({ ...DEFAULT_OUTLIER, probesMin });

describe('detection power', () => {
  it('grows with windows and with the size of the fault', () => {
    const power = (share: number, windows: number) => detectionPower(vantage, share, windows);
    expect(power(0.2, 8)).toBeGreaterThan(power(0.2, 4));
    expect(power(0.2, 8)).toBeGreaterThan(power(0.05, 8));
    expect(power(0.2, 12)).toBeGreaterThan(0.95);
    expect(power(0.2, 1)).toBe(0);
  });

  it('counts the windows that half of the faults need', () => {
    const windows = windowsForPower(vantage, 0.2, 0.5)!;
    expect(windows).toBeGreaterThanOrEqual(3);
    expect(windows).toBeLessThanOrEqual(10);
    expect(windowsForPower(vantage, 0.006, 0.95)).toBeNull();
  });

  it('asks for no fewer failures than the floor above the peers', () => {
    expect(errorThreshold(vantage, 400)).toBeGreaterThanOrEqual(100);
    expect(errorThreshold(vantage, 1)).toBeNull();
  });

  it.each<[string, Partial<Vantage>, number, number]>([
    ['all that is remembered of the peers', { poolSize: 6 }, 20, 12],
    ['what is remembered of a few', { poolSize: 3 }, 80, 22],
    ['as much of many peers as changes anything', { poolSize: 500 }, 20, 13],
    ['the peers at the same time', { poolSize: 3 }, 6, 12],
    ['the peers at the same time', { poolSize: 3 }, 20, 13],
    ['all windows but the worst', { poolSize: 6 }, 2, 10],
    ['all windows but the two worst', { policy: confirming(3) }, 4, 11],
    ['the floor above what is normal', { poolSize: 6 }, 320, 80],
  ])('needs failures by %s (%o, %i windows)', (_by, parts, windows, threshold) => {
    expect(errorThreshold({ ...vantage, ...parts }, windows)).toBe(threshold);
  });

  it('is as strict as the verdict: a failure less is not unlikely enough', () => {
    const chance = errorChance(DEFAULT_OUTLIER, 6, 2500);
    const among = (failures: number) =>
      chanceOfEqual({ probes: 200, failures, peerProbes: 25_000, peerFailures: 125 });
    expect(among(12)).toBeLessThanOrEqual(chance);
    expect(among(11)).toBeGreaterThan(chance);
  });

  it.each<[string, Partial<Vantage>, number, number | null]>([
    ['too few windows', { perWindow: 100 }, 1, null],
    ['far too few windows', { perWindow: 100, policy: confirming(4) }, 1, null],
    ['just enough windows', { perWindow: 100 }, 2, 14],
    ['too few probes', { policy: needing(30) }, 2, null],
    ['just enough probes', { policy: needing(30) }, 3, 9],
    ['peers that always fail half', { poolSize: 500, normalErrorShare: 0.5 }, 3, null],
    ['peers that fail half now', { policy: confirming(3), normalErrorShare: 0.45 }, 3, null],
  ])('needs %s', (_what, parts, windows, threshold) => {
    expect(errorThreshold({ ...vantage, ...parts }, windows)).toBe(threshold);
  });

  it('looks at all that is remembered, and no further', () => {
    expect(windowsForPower(vantage, 1, 1)).toBe(2);
    expect(windowsForPower({ ...vantage, perWindow: 2500 }, 1, 1)).toBe(2);
    expect(windowsForPower({ ...vantage, perWindow: 2501 }, 1, 1)).toBeNull();
  });

  it('expects false ejections once for each window of each backend', () => {
    const rare = {
      ...vantage,
      perWindow: 2500,
      policy: { ...DEFAULT_OUTLIER, errorFloor: permille(1) },
    };
    const threshold = errorThreshold(rare, 2)!;
    const once = binomialUpperTail({ probes: 5000, atLeast: threshold, share: 0.005 });
    expect(falseErrorEjectionsPerWeek(rare) / (once * 6 * 241_920)).toBeCloseTo(1, 10);
    expect(falseErrorEjectionsPerWeek({ ...rare, poolSize: 1 })).toBe(0);
    expect(falseErrorEjectionsPerWeek({ ...vantage, policy: needing(10_000) })).toBe(0);
  });

  it('keeps expected false ejections by errors below what the policy allows', () => {
    for (const normalErrorShare of [0.001, 0.005, 0.01]) {
      for (const poolSize of [3, 6, 50, 500]) {
        const expected = falseErrorEjectionsPerWeek({ ...vantage, poolSize, normalErrorShare });
        expect(expected).toBeGreaterThan(0);
        expect(expected).toBeLessThan(DEFAULT_OUTLIER.falseEjectionsPerWeekMax / 1000);
      }
    }
  });

  it('multiplies the chances of slow windows: three in a row, or two with failures that agree', () => {
    const windows = 6 * (604_800_000 / 2500);
    const perWindow = 6.369e-5;
    const agreeing = 0.000134; // three failures or more of 20 at 0.5 %
    const expected = perWindow ** 3 + perWindow ** 2 * agreeing;
    expect(falseLatencyEjectionsPerWeek(vantage, 0.05) / windows / expected).toBeCloseTo(1, 2);
  });

  it('counts windows of latency alone: as many as must be confirmed, and longer than a pause', () => {
    const windows = (windowMs: number, confirmations = 2) =>
      windowsForLatency({ ...vantage, windowMs, policy: confirming(confirmations) });
    expect([windows(2500), windows(3000), windows(2999), windows(60_000)]).toEqual([3, 2, 3, 2]);
    expect([windows(2500, 4), windows(0)]).toEqual([4, 6000]);
  });
});
