import { describe, expect, it } from '@jest/globals';
import { rateAt } from '../../../infra/local/traffic/load-options';

describe('the rate of a load', () => {
  const change = { afterMs: 10_000, overMs: 10_000, requestsPerSecond: 100 };

  it('rises evenly from one to the other', () => {
    const rates = [5_000, 10_000, 15_000, 20_000, 60_000].map((at) =>
      rateAt({ requestsPerSecond: 50, change }, at),
    );
    expect(rates).toEqual([50, 50, 75, 100, 100]);
  });

  it('is constant without a change, and jumps where the change takes no time', () => {
    expect(rateAt({ requestsPerSecond: 50 }, 60_000)).toBe(50);
    expect(rateAt({ requestsPerSecond: 50, change: { ...change, overMs: 0 } }, 10_001)).toBe(100);
  });
});
