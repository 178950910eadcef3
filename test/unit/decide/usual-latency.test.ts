import { describe, expect, it } from '@jest/globals';
import { withUsualFactors } from '../../../shared/decide/usual-latency';
import { times, type Told, windowsOf } from '../../support/probe-windows';

const ms = (latencyMs: number | null): Told => ({ latencyMs });
const RECENT = times(8, ms(60));
/** Factor and credit of each backend; stories are told oldest first. */
const learned = (...stories: readonly (readonly Told[])[]) =>
  withUsualFactors(
    stories.map((story) => ({ windows: windowsOf(story), usualLatencyUs: null })),
  ).map(({ factor, credit }) => ({ factor, credit }));
const given = (...usual: readonly (number | null)[]) =>
  withUsualFactors(usual.map((usualLatencyUs) => ({ windows: [], usualLatencyUs }))).map(
    ({ factor, credit }) => ({ factor, credit }),
  );
const EQUAL = { factor: 1, credit: 1 };

describe('a usual latency that somebody knows', () => {
  it('is taken against the peers’ median, as it is', () => {
    expect(given(60, 50, 50, 50)[0]).toEqual({ factor: 1.2, credit: 1 });
    expect(given(1000, 100, 100)[0]).toEqual({ factor: 10, credit: 1 });
    expect(given(20, 100, 100)[0]).toEqual({ factor: 0.2, credit: 1 });
  });

  it.each<[string, readonly (number | null)[]]>([
    ['it is not known of this backend', [null, 50, 50]],
    ['it is 0, which no latency is', [0, 50, 50]],
    ['it is known of no peer', [60, null, null]],
  ])('makes no difference where %s', (_case, usual) => {
    expect(given(...usual)[0]).toEqual(EQUAL);
  });

  it('of some peers is enough', () => {
    expect(given(60, 50, null, 0, 50)[0]).toEqual({ factor: 1.2, credit: 1 });
  });

  it('goes before what was learned', () => {
    const histories = [60, 50, 50].map((usualLatencyUs) => ({
      windows: windowsOf([...times(8, ms(60)), ...RECENT]),
      usualLatencyUs,
    }));
    expect(withUsualFactors(histories)[0]).toEqual({
      windows: histories[0]!.windows,
      factor: 1.2,
      credit: 1,
    });
  });
});

describe('a usual latency that is learned', () => {
  const old = (latencyMs: number | null, count = 8) => [...times(count, ms(latencyMs)), ...RECENT];
  const peers = [old(50), old(50)];

  it.each<[string, readonly Told[], { factor: number; credit: number }]>([
    ['a slower one is compared by its own measure', old(60), { factor: 1.2, credit: 1 }],
    ['a faster one by the peers’', old(40), { factor: 0.8, credit: 0.8 }],
    ['half as slow again is still inequality', old(75), { factor: 1.5, credit: 1 }],
    ['more is a fault', old(200), { factor: 1.5, credit: 1 }],
    ['the same holds for faster ones', old(10), { factor: 1 / 1.5, credit: 1 / 1.5 }],
    ['a memory shorter than the recent windows says nothing', old(60, 7), EQUAL],
    ['nor do windows without an answer', [...times(4, ms(null)), ...old(60, 4)], EQUAL],
    ['nor does an empty memory', [], EQUAL],
    [
      'silent windows are passed over',
      [...times(4, ms(null)), ...old(60)],
      { factor: 1.2, credit: 1 },
    ],
  ])('%s', (_rule, story, expected) => {
    expect(learned(story, ...peers)[0]).toEqual(expected);
  });

  it('is the lower quartile: a fault has to fill three quarters of the memory', () => {
    const fast = (count: number) => [...times(8 - count, ms(75)), ...times(count, ms(60))];
    expect(learned([...fast(2), ...RECENT], ...peers)[0]!.factor).toBe(1.2);
    expect(learned([...fast(1), ...RECENT], ...peers)[0]!.factor).toBe(1.5);
    expect(learned([...fast(2).toReversed(), ...RECENT], ...peers)[0]!.factor).toBe(1.2);
  });

  it('weighs windows by their probes', () => {
    const heavy = [{ probes: 200, latencyMs: 60 }, ...times(8, ms(75))];
    const light = [{ probes: 20, latencyMs: 60 }, ...times(8, ms(75))];
    expect(learned([...heavy, ...RECENT], ...peers)[0]!.factor).toBe(1.2);
    expect(learned([...light, ...RECENT], ...peers)[0]!.factor).toBe(1.5);
  });

  it('needs a peer whose memory is long enough', () => {
    expect(learned(old(60), old(50, 7), RECENT)[0]).toEqual(EQUAL);
    expect(learned(old(60), old(50), RECENT)[0]).toEqual({ factor: 1.2, credit: 1 });
    expect(learned(RECENT, old(60), old(50))[0]).toEqual(EQUAL);
  });
});
