import { describe, expect, it } from '@jest/globals';
import { failuresAgree, latencyOutliers } from '../../../shared/decide/latency-outliers';
import { DEFAULT_OUTLIER } from '../../../shared/domain/heal-defaults';
import { type OutlierPolicy } from '../../../shared/domain/policy';
import { instant, permille } from '../../../shared/domain/units';
import { times, type Told, windowsOf } from '../../support/probe-windows';

const ms = (latencyMs: number | null): Told => ({ latencyMs });
/** Stories are told oldest first, in windows of 2.5 s. */
const judge = (stories: readonly (readonly Told[])[], policy: Partial<OutlierPolicy> = {}) =>
  latencyOutliers(
    stories.map((story) => ({ windows: windowsOf(story), usualLatencyUs: null })),
    { ...DEFAULT_OUTLIER, ...policy },
  );
const isFound = (stories: readonly (readonly Told[])[], policy: Partial<OutlierPolicy> = {}) =>
  judge(stories, policy)[0]?.isConfirmed ?? false;
const among = (story: readonly Told[], ...peers: readonly (number | null)[]) => [
  story,
  ...peers.map((latencyMs) => times(story.length, ms(latencyMs))),
];

describe('a slow window', () => {
  it.each<[string, readonly (readonly Told[])[], boolean]>([
    ['takes twice as long as the peers’ median', among(times(3, ms(60)), 30, 30, 30), true],
    ['not less', among(times(3, ms(59)), 30, 30, 30), false],
    ['takes as long as the floor', among(times(3, ms(50)), 20, 20, 20), true],
    ['not less, whatever the ratio', among(times(3, ms(49)), 10, 10, 10), false],
    [
      'is measured against peers that answer',
      among(times(3, ms(115)), 55, 60, 65, null, null),
      false,
    ],
    ['is not measured against nothing', among(times(3, ms(60)), 0, 0, 0), false],
    ['has to be followed by others', among([ms(300), ms(300), ms(60)], 60, 60, 60), false],
    ['counts if it has an answer', among([ms(300), ms(300), ms(null), ms(300)], 60, 60, 60), false],
  ])('%s', (_rule, stories, expected) => {
    expect(isFound(stories)).toBe(expected);
  });

  it('is compared where enough backends saw the same time', () => {
    const three = among(times(3, ms(300)), 60, 60);
    expect(isFound(three, { hostsMin: 3 })).toBe(true);
    expect(isFound(three, { hostsMin: 4 })).toBe(false);
  });

  it('of a backend that is usually faster is slow by the peers’ measure', () => {
    const fast = (now: number) => [...times(20, ms(50)), ...times(4, ms(now))];
    expect(isFound(among(fast(110), 60, 60, 60))).toBe(false);
    expect(isFound(among(fast(120), 60, 60, 60))).toBe(true);
  });
});

describe('deviations', () => {
  // peers of 50, 50, 100, 100 and 150 ms lie 0.5 around their median: two deviations are 1.5², 1.2 are 1.5 × 1.1
  const policy = { madMultiple: permille(3000), latencyRatioFloor: permille(1500) };
  const peers = [50, 50, 100, 100, 150];
  it.each([
    [3, 338, true],
    [3, 337, false],
    [4, 225, true],
    [4, 224, false],
    [8, 166, true],
    [8, 164, false],
    [7, 166, false],
  ])('multiply, and fewer do in more windows: %i of %i ms: %s', (count, latencyMs, expected) => {
    expect(isFound(among(times(count, ms(latencyMs)), ...peers), policy)).toBe(expected);
  });
});

describe('the finding', () => {
  const [sick, ...well] = judge(among([ms(243), ms(300), ms(360)], 60, 60, 60));

  it('says how many windows agree and how slow the least of them was', () => {
    expect(sick).toEqual({
      windows: 3,
      isConfirmed: true,
      detail: 'at least 4 times the peers’ median latency in 3 windows',
    });
  });

  it('is none for backends in line with their peers', () => {
    expect(well).toEqual([undefined, undefined, undefined]);
  });

  it('of too few windows is not confirmed', () => {
    expect(judge(among([ms(60), ms(300)], 60, 60, 60))[0]).toMatchObject({
      windows: 1,
      isConfirmed: false,
    });
  });
});

describe('a pause', () => {
  const stories = (windowMs: number) =>
    [300, 60, 60, 60].map((latencyMs) => ({
      windows: windowsOf(times(2, ms(latencyMs))).map((window, age) => ({
        ...window,
        startedAt: instant(1_000_000 - (age + 1) * windowMs),
        endedAt: instant(1_000_000 - age * windowMs),
      })),
      usualLatencyUs: null,
    }));
  it.each([
    [3000, true],
    [2999, false],
  ])('is shorter than two slow windows of %i ms: %s', (windowMs, expected) => {
    expect(latencyOutliers(stories(windowMs), DEFAULT_OUTLIER)[0]!.isConfirmed).toBe(expected);
  });

  it.each([
    ['six of 20 where 4 % is usual', 1, true],
    ['not where 8 % is usual', 2, false],
  ])('has no failures beside it that are rare among peers: %s', (_case, failures, expected) => {
    const peers = Array.from({ length: 2 }, () => times(2, { probes: 25, failures }));
    expect(isFound([times(2, { failures: 3, latencyMs: 300 }), ...peers])).toBe(expected);
  });

  it('is told from a fault by enough probes only', () => {
    const few = (probesMin: number) => isFound(among(times(3, ms(300)), 60, 60, 60), { probesMin });
    expect([few(30), few(31)]).toEqual([true, false]);
  });
});

describe('failures agree with slowness', () => {
  interface Seen {
    readonly failures: number;
    readonly probes: number;
    readonly peerShare: number;
    readonly confirmations?: number;
  }
  it.each<[string, Seen, boolean]>([
    ['when they are rare among peers', { failures: 3, probes: 20, peerShare: 0.01 }, true],
    ['not when they are not', { failures: 2, probes: 20, peerShare: 0.01 }, false],
    ['not when peers fail more', { failures: 3, probes: 20, peerShare: 0.05 }, false],
    ['not for the good luck of peers alone', { failures: 2, probes: 20, peerShare: 0 }, false],
    [
      'when they are as many as must be confirmed',
      { failures: 3, probes: 20, peerShare: 0, confirmations: 3 },
      true,
    ],
    ['not when they are fewer', { failures: 3, probes: 20, peerShare: 0, confirmations: 4 }, false],
    ['from the floor on', { failures: 100, probes: 5000, peerShare: 0 }, true],
    ['not below it, however rare', { failures: 99, probes: 5000, peerShare: 0 }, false],
    [
      'not more surely by more than 5,000 probes',
      { failures: 2200, probes: 100_000, peerShare: 0.02 },
      false,
    ],
    ['but by a larger share of them', { failures: 3000, probes: 100_000, peerShare: 0.02 }, true],
  ])('%s', (_rule, { failures, probes, peerShare, confirmations = 2 }, expected) => {
    const policy = { ...DEFAULT_OUTLIER, confirmations };
    expect(failuresAgree({ probes, failures }, peerShare, policy)).toBe(expected);
  });
});
