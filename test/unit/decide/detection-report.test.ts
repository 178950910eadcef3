import { describe, expect, it } from '@jest/globals';
import {
  detectionPower,
  errorThreshold,
  falseErrorEjectionsPerWeek,
  falseLatencyEjectionsPerWeek,
  windowsForPower,
} from '../../../shared/decide/detection-power';
import { decideDetectionReport } from '../../../shared/decide/detection-report';
import { DEFAULT_OUTLIER, DEFAULT_PROBE } from '../../../shared/domain/heal-defaults';
import { type HealPolicy, type PoolPolicy } from '../../../shared/domain/policy';
import { millis } from '../../../shared/domain/units';

const vantage = {
  policy: DEFAULT_OUTLIER,
  poolSize: 6,
  perWindow: 10,
  windowMs: 2500,
  intervalMs: 2500,
  normalErrorShare: 0.005,
};
const policy = (heal: Partial<HealPolicy> = {}, more: Partial<PoolPolicy> = {}): PoolPolicy =>
  ({
    watch: 'always',
    watchIntervalMs: millis(2500),
    heal: { outlier: DEFAULT_OUTLIER, probe: { path: '/', ...DEFAULT_PROBE }, ...heal },
    ...more,
  }) as PoolPolicy;

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
});

describe('the detection report', () => {
  it('says what a pool under the default policy can expect', () => {
    const report = decideDetectionReport(policy(), 6)!;
    expect(report).toMatchObject({
      turns: 1,
      intervalMs: 2500,
      firstLookMs: 0,
      probesPerSecondPerBackend: 4,
      probesPerSecond: 24,
      referenceFaultMs: 5000,
      latencyAloneMs: 7500,
    });
    expect(report.errorsAlone.map(({ errorShare }) => errorShare)).toEqual([0.2, 0.05]);
    expect(report.errorsAloneFrom).toBeCloseTo(0.025, 6);
    expect(report.errorsAlone[0]!.p95Ms).toBeLessThanOrEqual(60_000);
    expect(report.falseEjectionsPerWeek.byErrors).toBeLessThan(0.1);
  });

  it('counts the turns of a pool beyond the budget', () => {
    const report = decideDetectionReport(policy(), 500)!;
    expect(report).toMatchObject({ turns: 13, intervalMs: 32_500, referenceFaultMs: 65_000 });
    expect(report.probesPerSecond).toBeLessThanOrEqual(160);
  });

  it('counts minutes for a pool that nobody watches, and the first look of one that sleeps', () => {
    expect(decideDetectionReport(policy({}, { watch: 'never' }), 6)).toMatchObject({
      intervalMs: 60_000,
      firstLookMs: 60_000,
    });
    expect(decideDetectionReport(policy({}, { watch: 'unsteady' }), 6)).toMatchObject({
      intervalMs: 2500,
      firstLookMs: 60_000,
    });
  });

  it('is null where nothing can be compared', () => {
    expect(decideDetectionReport(policy({ probe: null }), 6)).toBeNull();
    expect(
      decideDetectionReport(policy({ outlier: { ...DEFAULT_OUTLIER, enabled: false } }), 6),
    ).toBeNull();
    expect(decideDetectionReport(policy(), 2)).toBeNull();
  });
});
