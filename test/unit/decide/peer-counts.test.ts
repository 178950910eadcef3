import { describe, expect, it } from '@jest/globals';
import { type Histories, peerCounts } from '../../../shared/decide/peer-counts';
import { instant } from '../../../shared/domain/units';

/** One window from 0 to 10 s for each backend. */
const once = (...told: readonly (readonly [failures: number, probes: number])[]): Histories =>
  told.map(([failures, probes]) => [window(failures, probes)]);
const window = (failures: number, probes: number, startedAt = 0) => ({
  startedAt: instant(startedAt),
  endedAt: instant(startedAt + 10_000),
  probes,
  failures,
  latencyMedianUs: null,
});
const counts = (histories: Histories, since = -Infinity) =>
  histories.map((_, owner) => peerCounts(histories)(since).counted(owner));

describe('what the peers did', () => {
  it('is everybody’s but one’s own', () => {
    expect(counts(once([1, 100], [2, 100], [3, 200]))).toEqual([
      { failures: 5, probes: 300 },
      { failures: 4, probes: 300 },
      { failures: 3, probes: 200 },
    ]);
  });

  it('is nothing for who is alone', () => {
    const since = peerCounts(once([50, 100]))(-Infinity);
    expect(since.counted(0)).toEqual({ failures: 0, probes: 0 });
    expect(since.spread(0, 6)).toBe(0);
  });

  it('is everybody’s for who is not among them', () => {
    expect(peerCounts(once([1, 100], [2, 100]))(-Infinity).counted(7)).toEqual({
      failures: 3,
      probes: 200,
    });
  });

  it('counts from a time on: windows whose middle is not before it', () => {
    const histories = [[], [window(4, 100, 20_000), window(2, 100, 10_000), window(1, 100)]];
    const peers = peerCounts(histories);
    const failures = [0, 5000, 5001, 15_000, 15_001].map((at) => peers(at).counted(0).failures);
    expect(failures).toEqual([7, 7, 6, 6, 4]);
    expect(peers(5000).counted(0).failures).toBe(7);
  });

  it('counts a dead peer for 5 % only, or for three times the peers’ median', () => {
    expect(counts(once([0, 100], [1, 100], [100, 100], [0, 100], [0, 100]))[0]).toEqual({
      failures: 6,
      probes: 400,
    });
    expect(counts(once([0, 64], [8, 64], [64, 64], [8, 64], [8, 64]))[0]).toEqual({
      failures: 3 * 8 + 24,
      probes: 256,
    });
  });

  it('does not let a backend’s own failures raise the bar for itself', () => {
    expect(counts(once([100, 100], [0, 100], [0, 100]))[0]).toEqual({ failures: 0, probes: 200 });
  });
});

describe('how far the peers’ shares reach', () => {
  // shares 8, 0, 2 and 4 of 64: the middle of all is 3, the peers of the first lie 3, 1 and 1 from it
  const histories = once([8, 64], [0, 64], [2, 64], [4, 64]);

  it('is their median and so many median deviations', () => {
    const { spread } = peerCounts(histories)(-Infinity);
    expect([spread(0, 0), spread(0, 6), spread(0, 1)]).toEqual([2 / 64, 8 / 64, 3 / 64]);
    expect(spread(1, 1)).toBe((4 + 1) / 64);
  });

  it('does not depend on backends that nobody has seen', () => {
    const unseen = [...histories, [], [], ...once([0, 0])];
    expect(peerCounts(unseen)(-Infinity).spread(0, 6)).toBe(8 / 64);
  });
});
