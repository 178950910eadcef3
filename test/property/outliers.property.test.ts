import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decideOutliers, type OutlierCandidate } from '../../shared/decide/outliers';
import { rememberWindow } from '../../shared/decide/window-history';
import { DEFAULT_OUTLIER } from '../../shared/domain/heal-defaults';
import { type ProbeWindow } from '../../shared/domain/probe-window';
import { poolOf, type Told } from '../support/probe-windows';

const RUNS = { numRuns: 150 };

/** Stories in which faults are likely, so that verdicts of both kinds occur. */
const told = fc.record({
  failures: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 10 }) },
  ),
  latencyMs: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 50, max: 80 }) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 5000 }) },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
});
const steady = fc
  .tuple(told, fc.integer({ min: 1, max: 30 }))
  .map(([window, count]) => Array.from({ length: count }, () => window));
const story = fc.array(steady, { minLength: 1, maxLength: 3 }).map((parts) => parts.flat());
const compacted = (windows: readonly ProbeWindow[]) =>
  [...windows].reverse().reduce<readonly ProbeWindow[]>(rememberWindow, []);
const zoned = (
  stories: readonly (readonly Told[])[],
  zones: readonly (string | null)[],
): readonly OutlierCandidate[] =>
  poolOf(stories).map((backend, position) => ({
    ...backend,
    windows: compacted(backend.windows),
    zoneId: zones[position % zones.length] ?? null,
  }));
const pool = fc
  .tuple(
    fc.array(story, { minLength: 1, maxLength: 9 }),
    fc.array(fc.constantFrom('h', 'g', null), { minLength: 1, maxLength: 9 }),
  )
  .map(([stories, zones]) => zoned(stories, zones));
const decided = (backends: readonly OutlierCandidate[]) =>
  decideOutliers({ backends, policy: DEFAULT_OUTLIER });
const outliers = (backends: readonly OutlierCandidate[]) =>
  Object.entries(decided(backends))
    .filter(([, verdict]) => verdict.isOutlier)
    .map(([id]) => id)
    .sort();

describe('the outlier rule, for any windows', () => {
  it('does not depend on the order of the backends', () => {
    fc.assert(
      fc.property(
        pool.chain((backends) =>
          fc.tuple(
            fc.constant(backends),
            fc.shuffledSubarray([...backends], { minLength: backends.length }),
          ),
        ),
        ([backends, shuffled]) => {
          expect(decided(shuffled)).toEqual(decided(backends));
        },
      ),
      RUNS,
    );
  });

  it('does not depend on the clock', () => {
    fc.assert(
      fc.property(pool, fc.integer({ min: 1, max: 1e9 }), (backends, shift) => {
        const later = backends.map((backend) => ({
          ...backend,
          windows: backend.windows.map((window) => ({
            ...window,
            startedAt: (window.startedAt + shift) as typeof window.startedAt,
            endedAt: (window.endedAt + shift) as typeof window.endedAt,
          })),
        }));
        expect(decided(later)).toEqual(decided(backends));
      }),
      RUNS,
    );
  });

  it('compares latencies by ratio: on another scale, above the floor, it names the same', () => {
    fc.assert(
      fc.property(pool, fc.constantFrom(2, 4, 8, 1024), (backends, scale) => {
        const policy = {
          ...DEFAULT_OUTLIER,
          latencyFloorMs: 0 as typeof DEFAULT_OUTLIER.latencyFloorMs,
        };
        const scaled = backends.map((backend) => ({
          ...backend,
          windows: backend.windows.map((window) => ({
            ...window,
            latencyMedianUs:
              window.latencyMedianUs === null ? null : window.latencyMedianUs * scale,
          })),
        }));
        expect(decideOutliers({ backends: scaled, policy })).toEqual(
          decideOutliers({ backends, policy }),
        );
      }),
      RUNS,
    );
  });

  it('never names half of the pool or more', () => {
    fc.assert(
      fc.property(pool, (backends) => {
        expect(2 * outliers(backends).length).toBeLessThan(Math.max(1, backends.length));
      }),
      RUNS,
    );
  });

  it('names every backend exactly once, and an outlier only with a signal and a sentence', () => {
    fc.assert(
      fc.property(pool, (backends) => {
        const found = decided(backends);
        expect(Object.keys(found).sort()).toEqual(
          backends.map(({ instanceId }) => instanceId).sort(),
        );
        for (const verdict of Object.values(found)) {
          expect(verdict.isOutlier).toBe(verdict.byErrors || verdict.byLatency);
          expect(verdict.isOutlier).toBe(verdict.signals.length > 0);
          expect(verdict.detail).not.toBe('');
          if (verdict.isOutlier)
            expect(verdict.confirmedWindows).toBeGreaterThanOrEqual(DEFAULT_OUTLIER.confirmations);
        }
      }),
      RUNS,
    );
  });

  it('never lets a backend off for failing more', () => {
    const sick = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 20, maxLength: 20 });
    const more = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 20, maxLength: 20 });
    const peers = fc.array(
      fc.array(fc.constantFrom(0, 0, 0, 0, 1), { minLength: 20, maxLength: 20 }),
      { minLength: 2, maxLength: 6 },
    );
    const byErrors = (failures: readonly number[], others: readonly (readonly number[])[]) =>
      outliers(
        poolOf([failures, ...others].map((counts) => counts.map((count) => ({ failures: count })))),
      ).includes('i-0');
    fc.assert(
      fc.property(sick, more, peers, (failures, added, others) => {
        const worse = failures.map((count, index) => count + (added[index] ?? 0));
        fc.pre(byErrors(failures, others));
        expect(byErrors(worse, others)).toBe(true);
      }),
      RUNS,
    );
  });

  it('names nobody below the floors, however unlike the peers', () => {
    const quiet = fc.record({
      failures: fc.constant(0),
      latencyMs: fc.integer({ min: 1, max: 49 }),
    });
    fc.assert(
      fc.property(
        fc.array(fc.array(quiet, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 9 }),
        (stories) => {
          expect(outliers(poolOf(stories))).toEqual([]);
        },
      ),
      RUNS,
    );
  });

  it('names nobody where there is nothing to compare', () => {
    fc.assert(
      fc.property(fc.array(story, { maxLength: 2 }), (stories) => {
        expect(outliers(poolOf(stories))).toEqual([]);
      }),
      RUNS,
    );
    expect(decided([])).toEqual({});
  });
});
