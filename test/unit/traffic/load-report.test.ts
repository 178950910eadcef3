import { describe, expect, it } from '@jest/globals';
import { LatencyHistogram } from '../../../infra/local/traffic/latency-histogram';
import { LoadRecorder } from '../../../infra/local/traffic/load-report';

describe('a latency histogram', () => {
  it('gives quantiles within 2 %', () => {
    const histogram = new LatencyHistogram();
    for (let latencyMs = 1; latencyMs <= 1000; latencyMs++) histogram.add(latencyMs);
    for (const [share, exact] of [
      [0.5, 500],
      [0.9, 900],
      [0.99, 990],
    ] as const)
      expect(Math.abs(histogram.quantile(share) / exact - 1)).toBeLessThanOrEqual(0.02);
    expect(histogram.summary()).toMatchObject({ count: 1000, meanMs: 500.5, maxMs: 1000 });
  });

  it('is all zero without samples', () => {
    expect(new LatencyHistogram().summary()).toEqual({
      count: 0,
      meanMs: 0,
      p50Ms: 0,
      p90Ms: 0,
      p99Ms: 0,
      maxMs: 0,
    });
  });

  it('never exceeds the largest sample', () => {
    const histogram = new LatencyHistogram();
    histogram.add(7.3);
    expect(histogram.quantile(0.99)).toBe(7.3);
  });
});

describe('a load report', () => {
  it('counts by kind, backend and second, and remembers the first and last failure', () => {
    const recorder = new LoadRecorder(10_000);
    recorder.add({ intendedAt: 10_100, latencyMs: 5, backend: 'i-1' });
    recorder.add({ intendedAt: 11_900, latencyMs: 900, failure: 'timeout' });
    recorder.add({ intendedAt: 11_200, latencyMs: 3, failure: 'status', backend: 'i-2' });
    recorder.add({ intendedAt: 12_000, latencyMs: 15, backend: 'i-1' });
    expect(recorder.report(13_000)).toMatchObject({
      requests: 4,
      failed: 2,
      failures: { status: 1, timeout: 1, refused: 0, reset: 0, other: 0 },
      backends: { 'i-1': { requests: 2, failed: 0 }, 'i-2': { requests: 1, failed: 1 } },
      firstFailureAt: 11_200,
      lastFailureAt: 11_900,
      seconds: [
        { second: 0, requests: 1, failed: 0 },
        { second: 1, requests: 2, failed: 2 },
        { second: 2, requests: 1, failed: 0 },
      ],
      latency: { count: 2, meanMs: 10 },
    });
  });
});
