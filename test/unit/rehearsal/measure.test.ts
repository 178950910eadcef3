import { describe, expect, it } from '@jest/globals';
import { countBetween, secondsToHeal } from '../../../infra/rehearsal/measure';

const load = (failed: readonly number[]) =>
  failed.map((count, second) => ({ second, requests: 100, failed: count }));

describe('seconds to heal', () => {
  it('counts from the fault to the first second from which on fewer than 1 % fail', () => {
    expect(
      secondsToHeal(load([0, 0, 0, 0, 0, 50, 50, 50, 50, 50, 50, 50, 0, 0, 0, 0, 0, 0, 0]), 5),
    ).toBe(7);
  });

  it('is null when requests still fail at the end', () => {
    expect(secondsToHeal(load([0, 0, 50, 50, 50, 50, 50]), 2)).toBeNull();
  });

  it('is null when only the last seconds were lucky', () => {
    expect(secondsToHeal(load([0, 0, 50, 50, 50, 50, 50, 0, 0, 0, 0, 0, 0]), 2)).toBeNull();
  });

  it('is 0 when the fault was never felt', () => {
    expect(secondsToHeal(load([0, 0, 0, 0, 0, 0]), 2)).toBe(0);
  });

  it('does not take a pause between two bursts for health', () => {
    expect(secondsToHeal(load([0, 50, 0, 0, 0, 50, 0, 0, 0, 0, 0, 0, 0]), 1)).toBe(5);
  });

  it('lets single failures below 1 % pass', () => {
    expect(secondsToHeal(load([0, 50, 0, 0, 1, 0, 0, 1, 0, 0]), 1)).toBe(1);
  });

  it('counts requests of a stretch, both ends included', () => {
    expect(countBetween(load([1, 2, 3, 4]), 1, 2)).toEqual({ requests: 200, failed: 5 });
  });
});
