import { describe, expect, it } from '@jest/globals';
import {
  HISTORY_ENTRIES,
  HISTORY_PROBES,
  mergeWindows,
  RECENT_WINDOWS,
  rememberWindow,
} from '../../../shared/decide/window-history';
import { type ProbeWindow } from '../../../shared/domain/probe-window';
import { instant } from '../../../shared/domain/units';

const at = (index: number, probes = 10, failures = 1): ProbeWindow => ({
  startedAt: instant(index * 2500),
  endedAt: instant((index + 1) * 2500),
  probes,
  failures,
  latencyMedianUs: 50_000,
});
const remembered = (count: number, probes = 10): readonly ProbeWindow[] =>
  Array.from({ length: count }, (_, index) => at(index, probes)).reduce<readonly ProbeWindow[]>(
    rememberWindow,
    [],
  );

describe('the window history', () => {
  it('keeps the newest windows one by one and merges older ones', () => {
    const history = remembered(100);
    expect(history).toHaveLength(HISTORY_ENTRIES);
    expect(history.slice(0, RECENT_WINDOWS)).toEqual(
      Array.from({ length: RECENT_WINDOWS }, (_, back) => at(99 - back)),
    );
    expect(history.at(-1)!.probes).toBeGreaterThan(50);
  });

  it('loses no probe until the memory is full, and stays disjoint and in order', () => {
    const history = remembered(300);
    expect(history.reduce((sum, window) => sum + window.probes, 0)).toBe(3000);
    expect(history.reduce((sum, window) => sum + window.failures, 0)).toBe(300);
    history
      .slice(1)
      .forEach((older, index) =>
        expect(older.endedAt).toBeLessThanOrEqual(history[index]!.startedAt),
      );
  });

  it('forgets the oldest when the memory is full', () => {
    const probes = remembered(2000).reduce((sum, window) => sum + window.probes, 0);
    expect(probes).toBeLessThanOrEqual(HISTORY_PROBES);
    expect(probes).toBeGreaterThan(HISTORY_PROBES / 2);
  });

  it('keeps recent windows however large they are', () => {
    expect(remembered(20, 100_000)).toHaveLength(RECENT_WINDOWS);
  });

  it('may be full to the last probe', () => {
    const history = remembered(9, 500);
    expect(rememberWindow(history, at(9, 500))).toHaveLength(10);
    expect(rememberWindow(history, at(9, 501))).toHaveLength(9);
  });

  /** The sizes after one more window, from windows of these sizes, newest first. */
  const sizesAfter = (...sizes: readonly number[]): readonly number[] => {
    const [newest, ...history] = sizes.map((probes, age) => at(sizes.length - age, probes));
    return rememberWindow(history, newest!).map(({ probes }) => probes);
  };
  const recent = Array.from({ length: RECENT_WINDOWS }, () => 10);

  it('merges the two that are smallest for their age, the older ones of equal pairs', () => {
    const growing = [45, 58, 76, 99, 129, 167, 217, 282, 367, 477];
    expect(sizesAfter(...recent, 20, 20, 30, ...growing)).toEqual([...recent, 20, 50, ...growing]);
    expect(sizesAfter(...recent, 20, 20, 31, ...growing)).toEqual([...recent, 40, 31, ...growing]);
  });

  it('never merges recent windows, however small they are beside older ones', () => {
    const large = Array.from({ length: 13 }, () => 300);
    expect(sizesAfter(...recent, ...large).slice(0, RECENT_WINDOWS)).toEqual(recent);
  });

  it('weighs latencies by probes and ignores silence', () => {
    const silent = { ...at(2), latencyMedianUs: null };
    expect(mergeWindows(at(1, 30), { ...at(0, 10), latencyMedianUs: 90_000 }).latencyMedianUs).toBe(
      60_000,
    );
    expect(mergeWindows(silent, at(1)).latencyMedianUs).toBe(50_000);
    expect(mergeWindows(at(1), silent).latencyMedianUs).toBe(50_000);
    expect(mergeWindows(at(1, 0), { ...at(0, 0), latencyMedianUs: 90_000 }).latencyMedianUs).toBe(
      50_000,
    );
    expect(mergeWindows({ ...silent, probes: 0 }, silent).latencyMedianUs).toBeNull();
  });
});
