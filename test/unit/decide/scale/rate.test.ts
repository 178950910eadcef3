import { describe, expect, it } from '@jest/globals';
import { allowance, recentChanges } from '../../../../shared/decide/scale/rate';
import { type DirectionPolicy } from '../../../../shared/domain/scale-policy';
import { millis, permille } from '../../../../shared/domain/units';
import { NOW, secondsAgo } from '../../../support/builders';

const rate = (share: number, count: number): DirectionPolicy => ({
  enabled: true,
  stabilisationMs: millis(0),
  rate: { windowMs: millis(300_000), share: permille(share), count },
});
const changes = (...entries: readonly [seconds: number, count: number][]) =>
  entries.map(([seconds, count]) => ({ at: secondsAgo(seconds), count }));

describe('the rate', () => {
  it.each<[string, 'out' | 'in', number, number, number, readonly [number, number][], number]>([
    ['the share, where it is larger', 'in', 100, 1, 40, [], 4],
    ['the count, where it is larger', 'in', 100, 3, 20, [], 3],
    ['never less than one', 'in', 100, 0, 9, [], 1],
    ['the share, rounded down', 'in', 100, 1, 29, [], 2],
    ['less what was taken away', 'in', 100, 1, 38, [[60, -2]], 2],
    [
      'nothing when all is used',
      'in',
      100,
      1,
      36,
      [
        [60, -2],
        [120, -2],
      ],
      0,
    ],
    ['nothing when more than all is used', 'in', 100, 1, 30, [[60, -10]], 0],
    ['a share of what was there before the window', 'in', 500, 1, 10, [[60, -10]], 0],
    ['what is just inside', 'in', 0, 5, 10, [[299, -3]], 2],
    ['all again when the window is over', 'in', 0, 5, 10, [[300, -3]], 5],
    ['not what was added', 'in', 0, 5, 10, [[60, 3]], 5],
    ['what was added, arrived or not', 'out', 1000, 4, 16, [[20, 6]], 4],
    ['not what was taken away', 'out', 0, 4, 16, [[20, -6]], 4],
    ['a share that does not grow with what was added', 'out', 1000, 1, 20, [[20, 10]], 0],
    ['one where nobody is', 'out', 1000, 0, 0, [], 1],
  ])('leaves %s', (...[, direction, share, count, have, entries, left]) => {
    const past = { have, changes: changes(...entries), now: NOW };
    expect(allowance(direction, rate(share, count), past).left).toBe(left);
  });

  it('counts nobody below nothing as what was there before', () => {
    const past = { have: 2, changes: changes([20, 9]), now: NOW };
    expect(allowance('out', rate(1000, 10), past).left).toBe(1);
  });

  it('says what it allows and what is used', () => {
    const past = { have: 14, changes: changes([20, 3], [30, 1], [40, -1]), now: NOW };
    expect(allowance('out', rate(0, 6), past).held).toEqual({
      limit: 'rate',
      reason: 'limit-rate',
      detail: 'At most 6 more within 300 s, of which 4 are used.',
    });
    expect(allowance('in', rate(0, 6), past).held.detail).toBe(
      'At most 6 fewer within 300 s, of which 1 are used.',
    );
  });

  it('forgets changes that no window reaches', () => {
    const all = changes([10, 1], [299, 2], [300, 3]);
    expect(recentChanges(all, 300_000, NOW)).toEqual(all.slice(0, 2));
  });
});
