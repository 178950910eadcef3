import { describe, expect, it } from '@jest/globals';
import { decideDetectionReport } from '../../../shared/decide/detection-report';
import { DEFAULT_OUTLIER, DEFAULT_PROBE } from '../../../shared/domain/heal-defaults';
import { type HealPolicy, type PoolPolicy } from '../../../shared/domain/policy';
import { millis, permille } from '../../../shared/domain/units';

const policy = (heal: Partial<HealPolicy> = {}, more: Partial<PoolPolicy> = {}): PoolPolicy =>
  ({
    watch: 'always',
    watchIntervalMs: millis(2500),
    heal: { outlier: DEFAULT_OUTLIER, probe: { path: '/', ...DEFAULT_PROBE }, ...heal },
    ...more,
  }) as PoolPolicy;

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

  const outlier = (parts: Partial<HealPolicy['outlier']>) =>
    policy({ outlier: { ...DEFAULT_OUTLIER, ...parts } });

  it.each([
    ['two windows', {}, 5000, 7500],
    ['more confirmations', { confirmations: 4 }, 10_000, 10_000],
    ['more probes', { probesMin: 50 }, 12_500, 12_500],
    ['a window more for the last probe', { probesMin: 21 }, 7500, 7500],
  ])('counts what the policy asks for: %s', (_what, parts, referenceFaultMs, latencyAloneMs) => {
    expect(decideDetectionReport(outlier(parts), 6)).toMatchObject({
      referenceFaultMs,
      latencyAloneMs,
    });
  });

  it('counts the windows that errors alone need, in time', () => {
    const [fifth] = decideDetectionReport(policy(), 6)!.errorsAlone;
    expect(fifth).toEqual({ errorShare: 0.2, medianMs: 12_500, p95Ms: 17_500 });
    expect(decideDetectionReport(policy(), 500)!.errorsAlone[0]!.medianMs! % 32_500).toBe(0);
  });

  it('names faults above the floor only', () => {
    const shares = (errorFloor: number) =>
      decideDetectionReport(outlier({ errorFloor: permille(errorFloor) }), 6)!.errorsAlone.map(
        ({ errorShare }) => errorShare,
      );
    expect([shares(14), shares(44), shares(194), shares(195)]).toEqual([
      [0.2, 0.05, 0.02],
      [0.2, 0.05],
      [0.2],
      [],
    ]);
  });

  it('promises no time for a fault that what is remembered may not show', () => {
    const [, hardly] = decideDetectionReport(outlier({ errorFloor: permille(44) }), 6)!.errorsAlone;
    expect(hardly).toMatchObject({ errorShare: 0.05, p95Ms: null });
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
    expect(decideDetectionReport(policy(), 3)).not.toBeNull();
    expect(decideDetectionReport(outlier({ hostsMin: 7 }), 6)).toBeNull();
    expect(decideDetectionReport(outlier({ hostsMin: 7 }), 7)).not.toBeNull();
  });
});
