import { describe, expect, it } from '@jest/globals';
import { peerMedians } from '../../../shared/decide/peer-medians';
import {
  binomialLowerTail,
  binomialUpperTail,
  chanceOfEqual,
  failureThreshold,
  median,
} from '../../../shared/decide/statistics';

describe('medians', () => {
  it('take the middle value, or the mean of the two middle ones', () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([5, 1, 3, 9])).toBe(4);
    expect(median([])).toBeUndefined();
  });

  it('leave the owner out', () => {
    const others = peerMedians([
      { owner: 0, value: 1 },
      { owner: 1, value: 2 },
      { owner: 2, value: 9 },
    ]);
    expect([others(0), others(1), others(2), others(7)]).toEqual([5.5, 5, 1.5, 2]);
    expect(peerMedians([{ owner: 0, value: 1 }])(0)).toBeUndefined();
  });

  it('leave out every value of an owner with several', () => {
    const others = peerMedians([
      { owner: 0, value: 1 },
      { owner: 0, value: 3 },
      { owner: 1, value: 2 },
      { owner: 1, value: 4 },
      { owner: 2, value: 10 },
    ]);
    expect([others(0), others(1), others(2)]).toEqual([4, 3, 2.5]);
  });
});

describe('binomial tails', () => {
  it('agree with values worked out by hand', () => {
    expect(binomialUpperTail({ probes: 10, atLeast: 9, share: 0.5 })).toBeCloseTo(11 / 1024, 15);
    expect(binomialUpperTail({ probes: 2, atLeast: 1, share: 0.1 })).toBeCloseTo(0.19, 15);
    expect(binomialUpperTail({ probes: 3, atLeast: 3, share: 0.2 })).toBeCloseTo(0.008, 15);
    expect(binomialLowerTail({ probes: 2, atMost: 0, share: 0.5 })).toBeCloseTo(0.25, 15);
    expect(binomialLowerTail({ probes: 4, atMost: 1, share: 0.25 })).toBeCloseTo(189 / 256, 15);
  });

  it('hold at the ends', () => {
    expect(binomialUpperTail({ probes: 10, atLeast: 0, share: 0.3 })).toBe(1);
    expect(binomialUpperTail({ probes: 10, atLeast: 11, share: 0.3 })).toBe(0);
    expect(binomialUpperTail({ probes: 10, atLeast: 1, share: 0 })).toBe(0);
    expect(binomialUpperTail({ probes: 10, atLeast: 0, share: 0 })).toBe(1);
    expect(binomialUpperTail({ probes: 10, atLeast: 10, share: 1 })).toBe(1);
    expect(binomialUpperTail({ probes: 10, atLeast: 11, share: 1 })).toBe(0);
    expect(binomialUpperTail({ probes: 0, atLeast: 0, share: 0.5 })).toBe(1);
    expect(binomialUpperTail({ probes: 0, atLeast: 0, share: 1 })).toBe(1);
    expect(binomialLowerTail({ probes: 10, atMost: 10, share: 0.3 })).toBe(1);
  });

  it('stay exact for 5,000 probes, far out in the tail too', () => {
    expect(binomialUpperTail({ probes: 5000, atLeast: 2500, share: 0.5 })).toBeCloseTo(0.505641, 5);
    const far = binomialUpperTail({ probes: 5000, atLeast: 100, share: 0.005 });
    expect(far).toBeGreaterThan(1e-32);
    expect(far).toBeLessThan(1e-25);
    const both = (atLeast: number) =>
      binomialUpperTail({ probes: 5000, atLeast, share: 0.01 }) +
      binomialLowerTail({ probes: 5000, atMost: atLeast - 1, share: 0.01 });
    for (const atLeast of [1, 30, 50, 51, 90]) expect(both(atLeast)).toBeCloseTo(1, 10);
  });
});

describe('the exact comparison with peers', () => {
  it('agrees with values worked out by hand', () => {
    expect(chanceOfEqual({ probes: 2, failures: 2, peerProbes: 2, peerFailures: 0 })).toBeCloseTo(
      1 / 6,
      15,
    );
    // the tea tasting: 3 or more of 4 right, 4 and 4 cups: (16 + 1) ÷ 70
    expect(chanceOfEqual({ probes: 4, failures: 3, peerProbes: 4, peerFailures: 1 })).toBeCloseTo(
      17 / 70,
      15,
    );
    expect(chanceOfEqual({ probes: 4, failures: 0, peerProbes: 4, peerFailures: 3 })).toBe(1);
    // 5 of 7 probes fail, so at least 3 of these 5 must
    expect(chanceOfEqual({ probes: 5, failures: 3, peerProbes: 2, peerFailures: 2 })).toBe(1);
    expect(chanceOfEqual({ probes: 5, failures: 4, peerProbes: 2, peerFailures: 1 })).toBeCloseTo(
      11 / 21,
      15,
    );
  });

  it('is certain of nothing where nobody fails, everybody fails or nobody was probed', () => {
    expect(chanceOfEqual({ probes: 4, failures: 0, peerProbes: 4, peerFailures: 0 })).toBe(1);
    expect(chanceOfEqual({ probes: 4, failures: 4, peerProbes: 4, peerFailures: 4 })).toBe(1);
    expect(chanceOfEqual({ probes: 0, failures: 0, peerProbes: 4, peerFailures: 2 })).toBe(1);
  });

  it('proves nothing without peers', () => {
    expect(chanceOfEqual({ probes: 20, failures: 20, peerProbes: 0, peerFailures: 0 })).toBe(1);
  });

  it('comes close to the binomial test when the peers are many', () => {
    const exact = chanceOfEqual({
      probes: 20,
      failures: 6,
      peerProbes: 100_000,
      peerFailures: 500,
    });
    expect(exact / binomialUpperTail({ probes: 20, atLeast: 6, share: 0.005 })).toBeCloseTo(1, 1);
  });
});

describe('the failure threshold', () => {
  const peers = { peerProbes: 2000, peerFailures: 10 };

  it('is the smallest count below the chance', () => {
    const threshold = failureThreshold({ probes: 20, ...peers, chance: 1e-8 });
    expect(threshold).not.toBeNull();
    expect(chanceOfEqual({ probes: 20, failures: threshold!, ...peers })).toBeLessThanOrEqual(1e-8);
    expect(chanceOfEqual({ probes: 20, failures: threshold! - 1, ...peers })).toBeGreaterThan(1e-8);
  });

  it('is met by a chance exactly as small as allowed', () => {
    const few = { probes: 2, peerProbes: 2, peerFailures: 0 };
    const chance = chanceOfEqual({ ...few, failures: 2 });
    expect(failureThreshold({ ...few, chance })).toBe(2);
    expect(failureThreshold({ ...few, chance: chance * 0.999 })).toBeNull();
  });

  it('is null while even failing every probe proves nothing', () => {
    expect(
      failureThreshold({ probes: 2, peerProbes: 4, peerFailures: 0, chance: 1e-8 }),
    ).toBeNull();
  });
});
