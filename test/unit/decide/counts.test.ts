import { describe, expect, it } from '@jest/globals';
import { share, shrink, total } from '../../../shared/decide/counts';

describe('counts of failures', () => {
  it('add up', () => {
    expect(
      total([
        { probes: 10, failures: 1 },
        { probes: 20, failures: 2 },
      ]),
    ).toEqual({ probes: 30, failures: 3 });
    expect(total([])).toEqual({ probes: 0, failures: 0 });
  });

  it.each([
    [1, 4, 0.25],
    [0, 4, 0],
    [4, 4, 1],
    [0, 0, 0],
  ])('%i of %i are a share of %d', (failures, probes, expected) => {
    expect(share({ probes, failures })).toBe(expected);
  });

  it.each([
    ['few are taken as they are', [4999, 77], [4999, 77]],
    ['so are as many as the test takes', [5000, 77], [5000, 77]],
    ['more are scaled down, failures rounded down', [10_000, 301], [5000, 150]],
    ['none are none', [0, 0], [0, 0]],
  ])('%s', (_rule, [probes = 0, failures = 0], [kept, keptFailures]) => {
    expect(shrink({ probes, failures })).toEqual({ probes: kept, failures: keptFailures });
  });

  it('are scaled down to another size on request', () => {
    expect(shrink({ probes: 10_000, failures: 301 }, 100)).toEqual({ probes: 100, failures: 3 });
  });
});
