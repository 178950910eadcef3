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

  it('weighs latencies by probes and ignores silence', () => {
    const silent = { ...at(2), latencyMedianUs: null };
    expect(mergeWindows(at(1, 30), { ...at(0, 10), latencyMedianUs: 90_000 }).latencyMedianUs).toBe(
      60_000,
    );
    expect(mergeWindows(silent, at(1)).latencyMedianUs).toBe(50_000);
    expect(mergeWindows({ ...silent, probes: 0 }, silent).latencyMedianUs).toBeNull();
  });
});
