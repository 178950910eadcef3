import { describe, expect, it } from '@jest/globals';
import { type LoadSecond } from '../../../infra/local/traffic/load-report';
import { secondsToShift } from '../../../infra/rehearsal/measure-shift';

const LOST = '127.1.0.1';
const OTHER = '127.3.0.1';

/** A hundred requests a second, of which so many go to the lost address. */
const load = (lost: readonly number[]): readonly LoadSecond[] =>
  lost.map((requests, second) => ({
    second,
    requests: 100,
    failed: requests,
    addresses: {
      [LOST]: { requests, failed: requests },
      [OTHER]: { requests: 100 - requests, failed: 0 },
    },
  }));
const times = (count: number, value: number): readonly number[] =>
  Array.from({ length: count }, () => value);

describe('seconds until 95 % of clients have moved', () => {
  it('run from the loss to the first second after which hardly anybody goes there', () => {
    expect(secondsToShift(load([...times(41, 50), ...times(20, 0)]), LOST, 30)).toBe(11);
  });

  it('take the last of several times that they came back', () => {
    const waves = [...times(10, 50), ...times(10, 0), ...times(5, 50), ...times(10, 0)];
    expect(secondsToShift(load(waves), LOST, 5)).toBe(20);
  });

  it('forgive one in twenty, and not more', () => {
    expect(secondsToShift(load([...times(10, 50), ...times(10, 5)]), LOST, 5)).toBe(5);
    expect(secondsToShift(load([...times(10, 50), ...times(10, 6)]), LOST, 5)).toBeNull();
  });

  it('are unknown when some stay to the end, or nothing was measured', () => {
    expect(secondsToShift(load(times(20, 50)), LOST, 5)).toBeNull();
    expect(secondsToShift(load(times(5, 0)), LOST, 5)).toBeNull();
  });

  it('are none when nobody ever went there', () => {
    expect(secondsToShift(load(times(20, 0)), LOST, 5)).toBe(0);
  });

  it('count who finds no address at all as not moved', () => {
    const nameless = times(20, 0).map((_, second) => ({ second, requests: 100, failed: 100 }));
    expect(secondsToShift(nameless, LOST, 5)).toBeNull();
  });
});
