import { describe, expect, it } from '@jest/globals';
import { decideCapacity } from '../../../../shared/decide/scale/capacity-decision';
import { type MetricLoad } from '../../../../shared/decide/scale/metric-load';
import { trackTarget } from '../../../../shared/decide/scale/track-target';
import { deadBandOf } from '../../../../shared/domain/dead-band';
import { permille } from '../../../../shared/domain/units';
import { NOW, secondsAgo } from '../../../support/builders';
import { aCapacityInput, aFigure } from '../../../support/capacity';

const TOLERANCE = { out: permille(100), in: permille(200) };

const load = (seen: number, parts: Partial<MetricLoad> = {}): MetricLoad => ({
  signal: 'cpu',
  sampledAt: secondsAgo(60),
  servingThen: 10,
  fewestServing: 10,
  seen,
  feared: seen,
  breadth: 10,
  reported: 10,
  expected: 10,
  isQuorate: true,
  saturated: 0,
  ...parts,
});

const track = (base: number, seen: number, feared = seen, tolerance = TOLERANCE) =>
  trackTarget(
    load(seen, { feared }),
    { signal: 'cpu', target: 600 },
    { base, tolerance, now: NOW },
  );

describe('tracking a target of 600 with 10 % out and 20 % in', () => {
  it.each([
    ['far above', 10, 7200, 12, 10],
    ['one above the band', 10, 6601, 12, 10],
    ['exactly at the upper end', 10, 6600, 10, 10],
    ['on target', 10, 6000, 10, 10],
    ['exactly at the lower end', 10, 4800, 10, 10],
    ['one below the band', 10, 4799, 10, 8],
    ['far below', 10, 601, 10, 2],
    ['no load', 10, 0, 10, 0],
    ['two at the load of one and a bit', 2, 601, 2, 2],
    ['two at the load of one', 2, 600, 2, 1],
    ['two at 110 %', 2, 1320, 2, 2],
    ['two at a little more', 2, 1321, 3, 2],
    ['one at full use', 1, 1000, 2, 1],
    ['100 at exactly the tolerance, where floats give 111', 100, 66_000, 100, 100],
    ['100 at one more', 100, 66_001, 111, 100],
    ['nobody there and load', 0, 1, 1, 0],
    ['nobody there and no load', 0, 0, 0, 0],
  ])('%s: base %d, load %d', (...[, base, seen, out, suffices]) => {
    const vote = track(base, seen);
    expect([vote.out, vote.in]).toEqual([out, suffices]);
  });

  it('rests scale-out on what was seen and scale-in on what may be', () => {
    expect(track(10, 4000, 6000)).toMatchObject({ out: 10, in: 10, needed: 7 });
    expect(track(10, 6000, 9000)).toMatchObject({ out: 10, in: 10, needed: 10 });
    expect(track(10, 3000, 3700)).toMatchObject({ in: 7, needed: 5 });
  });

  it.each([
    ['above, inside', 10, 6500, true],
    ['on target', 10, 6000, false],
    ['below by less than one instance', 10, 5401, false],
    ['below by one instance, inside', 10, 5400, true],
    ['outside above', 10, 6700, false],
    ['outside below', 10, 4700, false],
  ])('names the tolerance when it held: %s', (_name, base, seen, isHeld) => {
    expect(track(base, seen).held.map(({ limit }) => limit)).toEqual(isHeld ? ['tolerance'] : []);
  });

  it('says what was seen, what it is worth and what would change nothing', () => {
    const { detail, held } = track(10, 6500);
    expect(detail).toBe(
      'CPU was 65 % on 10 instances 60 s ago; at the target of 60 % that is work for 11. ' +
        'With 10 instances 48 % to 66 % changes nothing.',
    );
    expect(held[0]?.detail).toBe('11 for 10: inside 48 % to 66 % nothing changes.');
  });
});

describe('A8: the tolerance is per direction, never below one instance, and its dead band is printed', () => {
  const fine = { out: permille(10), in: permille(10) };
  it.each([
    [2, TOLERANCE, 301, 660],
    [10, TOLERANCE, 480, 660],
    [40, TOLERANCE, 480, 660],
    [400, TOLERANCE, 480, 660],
    [1, fine, 1, 606],
    [2, fine, 301, 606],
    [10, fine, 541, 606],
    [40, fine, 586, 606],
    [400, fine, 594, 606],
  ])('A8: with %d instances', (base, tolerance, from, to) => {
    expect(deadBandOf(600, base, tolerance)).toEqual({ from, to });
  });

  it.each([1, 2, 3, 10, 40, 400])(
    'A8: %d instances change one above and one below the printed band, and nowhere inside',
    (base) => {
      for (const tolerance of [TOLERANCE, fine]) {
        const { from, to } = deadBandOf(600, base, tolerance);
        const changes = (value: number): boolean => {
          const vote = track(base, value * base, value * base, tolerance);
          return vote.out > base || vote.in < base;
        };
        const inside = Array.from({ length: to - from + 1 }, (_, index) => from + index);
        expect(inside.filter(changes)).toEqual([]);
        expect(changes(to + 1)).toBe(true);
        if (from > 0) expect(changes(from - 1)).toBe(true);
      }
    },
  );

  it.each([2, 10, 40, 400])(
    'A8: a change for %d instances never calls for its opposite',
    (base) => {
      for (let value = 0; value <= 2000; value += 7) {
        const { out, in: suffices } = track(base, value * base);
        const next = out > base ? out : suffices;
        const again = track(next, value * base);
        expect(out > base ? again.in : again.out).toBe(next);
      }
    },
  );

  it('A8: a fine tolerance follows the load of 400 instances to the instance', () => {
    const input = aCapacityInput({
      policy: { max: 1000, tolerance: fine },
      counts: { serving: 400 },
      capacity: { figures: [aFigure('cpu', 400 * 607, { expected: 400 })] },
    });
    expect(decideCapacity(input)).toMatchObject({ desired: 405, gap: 5, direction: 'out' });
  });

  it('A8: nobody there has no band below', () => {
    expect(deadBandOf(600, 0, TOLERANCE)).toEqual({ from: 0, to: 660 });
  });
});
