import { describe, expect, it } from '@jest/globals';
import { stabilise } from '../../../../shared/decide/scale/stabilise';
import { type ScaleMemory } from '../../../../shared/domain/scale-memory';
import { instant, millis } from '../../../../shared/domain/units';
import { NOW, secondsAgo } from '../../../support/builders';
import { aScalePolicy } from '../../../support/capacity';

type Recommendations = ScaleMemory['recommendations'];

const policy = (outSeconds: number, inSeconds: number) => {
  const quick = aScalePolicy();
  return {
    out: { ...quick.out, stabilisationMs: millis(outSeconds * 1000) },
    in: { ...quick.in, stabilisationMs: millis(inSeconds * 1000) },
  };
};
const past = (...entries: readonly [seconds: number, out: number, suffices: number][]) =>
  entries.map(([seconds, out, suffices]) => ({ at: secondsAgo(seconds), out, in: suffices }));
const steady = (
  wish: { out: number; in: number },
  memory: Recommendations,
  [outSeconds, inSeconds]: readonly [number, number],
  base = 10,
) => stabilise(wish, { base, policy: policy(outSeconds, inSeconds), memory, now: NOW });

describe('stabilisation', () => {
  it.each([
    ['the highest of the window', past([60, 10, 6], [300, 10, 8], [540, 10, 5]), 8],
    ['the present wish if it is the highest', past([60, 10, 2], [300, 10, 3]), 4],
    ['what is just inside', past([60, 10, 4], [599, 10, 9]), 9],
    ['not what is just outside', past([60, 10, 4], [600, 10, 9]), 4],
    ['never more than there is', past([60, 10, 17]), 10],
    ['what is there when nothing was seen yet', [], 10],
    ['what is there after a silence of a whole window', past([600, 10, 4], [660, 10, 4]), 10],
  ])('scales in to %s', (_name, memory, expected) => {
    expect(steady({ out: 10, in: 4 }, memory, [0, 600]).in).toBe(expected);
  });

  it.each([
    ['at once without a window', past([30, 10, 10]), 0, 15],
    ['to the lowest of the window', past([30, 12, 10], [90, 13, 10]), 120, 12],
    ['to the present wish if it is the lowest', past([30, 18, 10]), 120, 15],
    ['to what is just inside', past([60, 15, 10], [119, 11, 10]), 120, 11],
    ['not to what is just outside', past([60, 15, 10], [120, 11, 10]), 120, 15],
    ['never below what is there', past([30, 7, 7]), 120, 10],
    ['not at all when nothing was seen yet', [], 120, 10],
  ])('scales out %s', (_name, memory, seconds, expected) => {
    expect(steady({ out: 15, in: 10 }, memory, [seconds, 600]).out).toBe(expected);
  });

  it('names itself with its number and window, in the direction in which it held', () => {
    const inwards = steady({ out: 10, in: 4 }, past([60, 10, 8]), [120, 600]).held;
    expect(inwards).toEqual([
      {
        limit: 'stabilisation',
        reason: 'limit-stabilisation',
        detail: 'Up to 8 were wanted within the last 600 s.',
      },
    ]);
    const outwards = steady({ out: 15, in: 10 }, past([60, 12, 10]), [120, 600]).held;
    expect(outwards).toEqual([
      {
        limit: 'stabilisation',
        reason: 'limit-stabilisation',
        detail: 'No more than 12 were wanted throughout the last 120 s.',
      },
    ]);
    expect(steady({ out: 10, in: 10 }, past([60, 10, 8]), [120, 600]).held).toEqual([]);
  });

  it('remembers the present wish and forgets what no window reaches', () => {
    const memory = past([60, 10, 8], [599, 10, 9], [600, 10, 3]);
    expect(steady({ out: 12, in: 10 }, memory, [0, 600]).recommendations).toEqual([
      { at: NOW, out: 12, in: 10 },
      ...memory.slice(0, 2),
    ]);
    expect(steady({ out: 12, in: 10 }, memory, [660, 600]).recommendations).toHaveLength(4);
    expect(steady({ out: 12, in: 10 }, memory, [0, 0]).recommendations).toHaveLength(2);
  });

  it.each([
    ['a look a minute ago is no silence, though the window is shorter', 60, 4],
    ['nor is one just under two minutes ago', 119, 4],
    ['one two minutes ago is', 120, 10],
  ])('%s', (_name, seconds, expected) => {
    expect(steady({ out: 10, in: 4 }, past([seconds, 10, 10]), [0, 30]).in).toBe(expected);
  });

  it('remembers what is there as the beginning of a window', () => {
    expect(steady({ out: 15, in: 4 }, [], [120, 600]).recommendations).toEqual([
      { at: NOW, out: 10, in: 10 },
    ]);
    expect(steady({ out: 15, in: 4 }, [], [0, 600]).recommendations).toEqual([
      { at: NOW, out: 15, in: 10 },
    ]);
  });

  it('keeps one entry for a quarter of a minute, the careful ends of it', () => {
    const slot = instant(NOW - (NOW % 15_000));
    const at = (now: number, memory: Recommendations, out: number, suffices: number) =>
      stabilise(
        { out, in: suffices },
        { base: 10, policy: policy(60, 60), memory, now: instant(now) },
      ).recommendations;
    const first = at(slot, past([40, 11, 10]), 15, 10);
    const second = at(slot + 14_999, first, 12, 8);
    expect(second).toEqual([{ at: slot + 14_999, out: 12, in: 10 }, ...past([40, 11, 10])]);
    const third = at(slot + 15_000, second, 13, 9);
    expect(third.map(({ out }) => out)).toEqual([13, 12, 11]);
  });
});
