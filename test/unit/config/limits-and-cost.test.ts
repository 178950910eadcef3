import { describe, expect, it } from '@jest/globals';
import { estimateWatch, estimateWatches } from '../../../shared/config/cost';
import { detectionTimeMs, writeDuration } from '../../../shared/config/limits';
import { policySchema } from '../../../shared/config/schema';

const { pools, deployment, prices } = policySchema.parse({
  version: 1,
  region: 'cn-hangzhou',
  pools: [{ name: 'web', targets: [{ loadBalancer: 'lb-1' }, { loadBalancer: 'lb-2' }] }],
});
const request = { pool: pools[0]!, members: 100, deployment, prices };

describe('detection time of a health check', () => {
  it.each([
    [5000, 2000, 3, 19_000],
    [1000, 2000, 3, 10_000], // a timeout below the interval counts as the interval
    [2000, 2000, 2, 6000],
  ])(
    'of timeout %d, interval %d and threshold %d is %d ms',
    (timeoutMs, intervalMs, unhealthyThreshold, expected) => {
      expect(detectionTimeMs({ timeoutMs, intervalMs, unhealthyThreshold })).toBe(expected);
    },
  );
});

describe('the duration of writes', () => {
  it.each([
    [0, 1, 0, 0],
    [1, 1, 1, 500],
    [20, 1, 1, 500],
    [21, 1, 2, 1000],
    [1800, 1, 90, 45_000],
    [1801, 1, 91, 60_000],
    [2000, 2, 200, 120_000],
  ])(
    'of %d servers in %d groups: %d calls, at least %d ms',
    (servers, targets, calls, durationMs) => {
      expect(writeDuration(servers, targets)).toEqual({ calls, durationMs });
    },
  );
});

describe('monthly estimates', () => {
  it('bill a worker that is always awake around the clock', () => {
    expect(estimateWatch('always', request)).toMatchObject({
      workerSeconds: 2_592_000,
      vcpuSeconds: 907_200,
      gigabyteSeconds: 1_296_000,
      metricCalls: 43_200 * 6,
      ticks: 864_000,
      loadBalancerCalls: 864_000 * 6,
    });
  });

  it('bill one tick a minute to a worker that never stays', () => {
    expect(estimateWatch('never', request)).toMatchObject({
      ticks: 43_200,
      invocations: 43_200,
      workerSeconds: 64_800,
    });
  });

  it('rise from never over unsteady to always', () => {
    const costs = estimateWatches(request).map((estimate) => estimate.price);
    expect(costs).toEqual([...costs].sort((a, b) => a - b));
    expect(new Set(costs).size).toBe(3);
  });

  it('follow the prices of the policy', () => {
    const free = { ...prices, perVcpuSecond: 0, perGigabyteSecond: 0, perMillionInvocations: 0 };
    expect(estimateWatch('always', { ...request, prices: free }).price).toBe(0);
  });

  it.each([
    [0, 0],
    [740_800, 0],
    [840_800, 100],
    [5_000_000, 259.2],
  ])(
    'bill CloudMonitor calls beyond the free million: beside %d others at 1 a thousand %d',
    (otherMetricCallsPerMonth, price) => {
      const metricsAlone = {
        ...prices,
        perVcpuSecond: 0,
        perGigabyteSecond: 0,
        perMillionInvocations: 0,
        perThousandMetricCalls: 1,
      };
      const others = { ...deployment, otherMetricCallsPerMonth };
      const estimate = estimateWatch('always', {
        ...request,
        deployment: others,
        prices: metricsAlone,
      });
      expect(estimate).toMatchObject({ metricCalls: 259_200, price });
    },
  );
});
