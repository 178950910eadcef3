import { describe, expect, it } from '@jest/globals';
import { poolLoad } from '../../../../shared/decide/scale/pool-load';
import { type CapacitySnapshot } from '../../../../shared/domain/capacity';
import { EMPTY_MEMORY } from '../../../../shared/domain/memory';
import { missing } from '../../../../shared/domain/reading';
import { EMPTY_SCALE_MEMORY } from '../../../../shared/domain/scale-memory';
import { type ScalePolicy } from '../../../../shared/domain/scale-policy';
import { secondsAgo } from '../../../support/builders';
import { aCapacity, aCpuFigure, aFigure, aScalePolicy } from '../../../support/capacity';

const serving = (count: number) => ({
  ...EMPTY_MEMORY,
  scale: { ...EMPTY_SCALE_MEMORY, serving: [{ at: secondsAgo(900), count }] },
});
const loadOf = (
  figures: CapacitySnapshot['figures'],
  { metrics, count = 10 }: { metrics?: ScalePolicy['metrics']; count?: number } = {},
) => {
  const policy = aScalePolicy(metrics === undefined ? {} : { metrics });
  const pool = { capacity: aCapacity({ figures }), memory: serving(count) };
  return poolLoad(pool, policy, undefined);
};
const two: ScalePolicy['metrics'] = [
  { signal: 'cpu', target: 600 },
  { signal: 'requests', target: 100_000 },
];

describe('the load of a pool, in thousandths of an instance at its target', () => {
  it.each([
    ['at the target', [aCpuFigure(10, 600)], 10_000],
    ['twice of it', [aCpuFigure(10, 1200)], 20_000],
    ['of nothing', [aCpuFigure(10, 0)], 0],
    ['rounded up', [aFigure('cpu', 1, { expected: 10 })], 2],
  ])('%s', (_, figures, value) => {
    expect(loadOf(figures)).toEqual({ kind: 'ok', value, sampledAt: secondsAgo(60) });
  });

  it('takes newcomers, whose figures are not believed yet, for as busy as the rest', () => {
    const nine = aFigure('cpu', 9 * 600, { reported: 9, expected: 9 });
    expect(loadOf([nine], { count: 12 })).toMatchObject({ value: 12_000 });
  });

  it('is that of the metric that needs most, as old as the oldest of them', () => {
    const figures = [aCpuFigure(10, 300), aFigure('requests', 1_200_000, {}, secondsAgo(90))];
    expect(loadOf(figures, { metrics: two })).toEqual({
      ...{ kind: 'ok', value: 12_000, sampledAt: secondsAgo(90) },
    });
  });

  it.each([
    ['one of the metrics is missing', [aCpuFigure(10, 900)], two],
    ['too few report', [aFigure('cpu', 3000, { reported: 7, expected: 10 })], undefined],
    ['nobody reports', [aFigure('cpu', 0, { reported: 0, expected: 10 })], undefined],
    ['its figure could not be read', [missing('read-failed')], undefined],
  ])('is unknown when %s', (_, figures, metrics) => {
    expect(loadOf(figures, metrics === undefined ? {} : { metrics })).toEqual(
      missing('no-datapoint'),
    );
  });

  it('is nothing that can be known where no metric is followed', () => {
    expect(loadOf([aCpuFigure(10, 600)], { metrics: [] })).toEqual(missing('not-configured'));
    expect(poolLoad({ memory: EMPTY_MEMORY }, aScalePolicy(), undefined)).toEqual(
      missing('not-configured'),
    );
    const pool = { capacity: aCapacity({}), memory: EMPTY_MEMORY };
    expect(poolLoad(pool, undefined, undefined)).toEqual(missing('not-configured'));
  });
});
