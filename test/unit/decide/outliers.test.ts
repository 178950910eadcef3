import { describe, expect, it } from '@jest/globals';
import { decideOutliers, type OutlierCandidate } from '../../../shared/decide/outliers';
import { rememberWindow } from '../../../shared/decide/window-history';
import { DEFAULT_OUTLIER } from '../../../shared/domain/heal-defaults';
import { type OutlierPolicy } from '../../../shared/domain/policy';
import { type ProbeWindow } from '../../../shared/domain/probe-window';
import { instant, millis, permille } from '../../../shared/domain/units';
import { candidateOf, poolOf, times, type Told, windowsOf } from '../../support/probe-windows';

const fine: Told = {};
const slow = (latencyMs: number): Told => ({ latencyMs });
const verdicts = (backends: readonly OutlierCandidate[], policy: Partial<OutlierPolicy> = {}) =>
  decideOutliers({ backends, policy: { ...DEFAULT_OUTLIER, ...policy } });
const named = (
  backends: readonly OutlierCandidate[],
  policy: Partial<OutlierPolicy> = {},
): readonly string[] =>
  Object.entries(verdicts(backends, policy))
    .filter(([, verdict]) => verdict.isOutlier)
    .map(([id]) => id);
/** Five well backends behind the sick one. */
const amongFive = (story: readonly Told[]): readonly OutlierCandidate[] =>
  poolOf([story, ...Array.from({ length: 5 }, () => times(story.length, fine))]);

describe('a gray failure', () => {
  it('with 20 % errors and five times the latency is found in two windows', () => {
    const verdict = verdicts(amongFive(times(2, { failures: 2, latencyMs: 300 })))['i-0']!;
    expect(verdict).toMatchObject({
      isOutlier: true,
      byLatency: true,
      byErrors: false,
      confirmedWindows: 2,
      signals: ['active-probe-latency'],
    });
    expect(verdict.detail).toContain('5 times the peers’ median latency');
  });

  it('in one window alone is a suspicion, not an outlier', () => {
    const verdict = verdicts(amongFive([fine, fine, { failures: 5, latencyMs: 300 }]))['i-0']!;
    expect(verdict).toMatchObject({ isOutlier: false, confirmedWindows: 1 });
  });

  it('by latency alone must outlast a pause: three windows of 2.5 s', () => {
    expect(named(amongFive([fine, ...times(2, slow(300))]))).toEqual([]);
    expect(named(amongFive([fine, ...times(3, slow(300))]))).toEqual(['i-0']);
  });

  it('is not made of a pause beside the odd failure: failures must be rare among peers to agree', () => {
    const paused = (failures: number) => [fine, ...times(2, { failures, latencyMs: 300 })];
    expect(named(amongFive(paused(1)))).toEqual([]);
    expect(named(amongFive(paused(2)))).toEqual(['i-0']);
    const failing = times(20, { failures: 2 });
    const story = [...failing.slice(0, 18), ...times(2, { failures: 2, latencyMs: 300 })];
    expect(named(poolOf([story, ...Array.from({ length: 5 }, () => failing)]))).toEqual([]);
  });

  it('is found by request statistics of any volume', () => {
    const told = { probes: 100_000, failures: 20_000, latencyMs: 300 };
    const peers = Array.from({ length: 5 }, () => times(2, { probes: 100_000 }));
    expect(named(poolOf([times(2, told), ...peers]))).toEqual(['i-0']);
  });

  it('by 20 % errors alone is found within a minute and named with its numbers', () => {
    const verdict = verdicts(amongFive([...times(40, fine), ...times(8, { failures: 2 })]))['i-0']!;
    expect(verdict).toMatchObject({
      isOutlier: true,
      byErrors: true,
      byLatency: false,
      signals: ['active-probe-errors'],
    });
    expect(verdict.detail).toMatch(/\d+ of \d+ probes failed in \d+ windows \(\d+ ‰\), peers 0 ‰/);
  });

  it('by complete failure is found once its peers have been seen for a while', () => {
    expect(
      named(amongFive([...times(20, fine), ...times(2, { failures: 10, latencyMs: null })])),
    ).toEqual(['i-0']);
  });

  it('by 5 % errors is found by accumulating windows', () => {
    const quiet = (count: number): readonly Told[] =>
      Array.from({ length: count }, (_, index) => ({ failures: index % 2 }));
    expect(named(amongFive([...times(20, fine), ...quiet(8)]))).toEqual([]);
    expect(named(amongFive([...times(20, fine), ...quiet(60)]))).toEqual(['i-0']);
  });

  it('is found in the smallest pool, whose healthy spread is zero', () => {
    expect(named(poolOf([times(3, slow(300)), times(3, fine), times(3, fine)]))).toEqual(['i-0']);
  });

  it('is found beside a dead peer', () => {
    const sick = [...times(40, fine), ...times(12, { failures: 2 })];
    const dead = [...times(40, fine), ...times(12, { failures: 10, latencyMs: null })];
    const well = Array.from({ length: 4 }, () => times(52, fine));
    expect(named(poolOf([sick, dead, ...well]))).toEqual(['i-0', 'i-1']);
  });

  it('carried by one window only is not confirmed', () => {
    expect(named(amongFive([...times(20, fine), { failures: 10, latencyMs: null }, fine]))).toEqual(
      [],
    );
  });
});

describe('an outlier that improves', () => {
  it('by latency is none with its first good window', () => {
    expect(named(amongFive([...times(6, slow(300)), fine]))).toEqual([]);
  });

  it('by errors is none after some good windows', () => {
    const sick = [...times(40, fine), ...times(20, { failures: 2 })];
    expect(named(amongFive(sick))).toEqual(['i-0']);
    expect(named(amongFive([...sick, ...times(16, fine)]))).toEqual([]);
  });
});

describe('trouble that all share', () => {
  it('by latency makes nobody an outlier', () => {
    expect(named(poolOf(Array.from({ length: 6 }, () => times(8, slow(900)))))).toEqual([]);
  });

  it('by errors makes nobody an outlier, however well the past was', () => {
    const story = [...times(40, fine), ...times(10, { failures: 3 })];
    expect(named(poolOf(Array.from({ length: 6 }, () => story)))).toEqual([]);
  });

  it('in half of the pool makes nobody an outlier', () => {
    const slowHalf = Array.from({ length: 6 }, (_, position) =>
      times(8, slow(position < 3 ? 600 : 60)),
    );
    expect(named(poolOf(slowHalf))).toEqual([]);
  });

  it('of unlike kinds in half of the pool makes nobody an outlier and says so', () => {
    const failing = [...times(30, fine), ...times(30, { failures: 5 })];
    const dawdling = [...times(52, fine), ...times(8, slow(600))];
    const found = verdicts(poolOf([failing, dawdling, times(60, fine), times(60, fine)]));
    expect(Object.values(found).some((verdict) => verdict.isOutlier)).toBe(false);
    expect(found['i-0']!.detail).toContain('half of the pool stands out');
    expect(
      named(poolOf([failing, dawdling, ...Array.from({ length: 3 }, () => times(60, fine))])),
    ).toEqual(['i-0', 'i-1']);
  });

  it('in a whole zone is an event of the zone, within which only the odd one is ejected', () => {
    const zone = (zoneId: string, latencies: readonly number[]) =>
      latencies.map((latencyMs, index) =>
        candidateOf(`${zoneId}-${index.toString()}`, times(8, slow(latencyMs)), zoneId),
      );
    const pool = (last: number) => [
      ...zone('h', [60, 60, 60, 60]),
      ...zone('g', [60, 60, 60, 60]),
      ...zone('k', [300, 300, 300, last]),
    ];
    expect(named(pool(300))).toEqual([]);
    expect(verdicts(pool(300))['k-0']!.detail).toContain('whole zone stands out');
    expect(named(pool(2000))).toEqual(['k-3']);
  });
});

describe('a zone', () => {
  const members = (zoneId: string | null, ...latencies: readonly (number | null)[]) =>
    latencies.map((latencyMs, index) => {
      const story = latencyMs === null ? [] : times(8, slow(latencyMs));
      return candidateOf(`${zoneId ?? 'x'}-${index.toString()}`, story, zoneId);
    });
  const wellZone = members('h', 60, 60, 60, 60, 60, 60);
  const known = (backends: readonly OutlierCandidate[]) => ({
    outliers: named(backends),
    isEvent: Object.values(verdicts(backends)).some(({ detail }) => detail.includes('whole zone')),
  });
  it.each<[string, readonly OutlierCandidate[], readonly string[], boolean]>([
    ['is an event when all of three stand out', members('k', 300, 300, 300), [], true],
    ['of two is too small for one', members('k', 300, 300), ['k-0', 'k-1'], false],
    ['is one when two of three stand out', members('k', 300, 300, 60), [], true],
    ['is none when one of four does', members('k', 300, 60, 60, 60), ['k-0'], false],
    ['is judged by the members that were seen', members('k', 300, 300, 300, null, null), [], true],
    ['that nobody knows is none', members(null, 300, 300, 300), ['x-0', 'x-1', 'x-2'], false],
  ])('%s', (_rule, others, outliers, isEvent) => {
    expect(known([...wellZone, ...others])).toEqual({ outliers, isEvent });
  });

  it('is compared with other zones only', () => {
    const elsewhere = members(null, 60, 60, 60, 60, 60);
    expect(known([...elsewhere, ...members('k', 300, 300, 300)])).toEqual({
      outliers: ['k-0', 'k-1', 'k-2'],
      isEvent: false,
    });
  });
});

describe('the verdict', () => {
  const past = times(30, fine);
  const bad = { failures: 5, latencyMs: 600 };
  const statisticsOf = (story: readonly Told[]) =>
    windowsOf(story).map(({ probes, ...rest }) => ({ ...rest, requests: probes }));
  /** Known by request statistics only. */
  const askedFor = (backends: readonly OutlierCandidate[]): readonly OutlierCandidate[] =>
    backends.map((backend) => ({
      ...backend,
      windows: [],
      statistics: backend.windows.map(({ probes, ...rest }) => ({ ...rest, requests: probes })),
    }));

  it('names errors and latency that agree, and how both were told', () => {
    const pool = amongFive([...past, ...times(8, bad)]);
    const verdict = verdicts(pool)['i-0']!;
    expect(verdict).toMatchObject({
      isOutlier: true,
      byErrors: true,
      byLatency: true,
      signals: ['active-probe-errors', 'active-probe-latency'],
      confirmedWindows: 8,
    });
    expect(verdict.detail.split('; ')).toHaveLength(2);
    expect(verdicts(askedFor(pool))['i-0']!.signals).toEqual(['request-errors', 'request-latency']);
  });

  it('of a backend beside it is that it is in line with its peers', () => {
    expect(verdicts(amongFive([...past, ...times(8, bad)]))['i-1']).toEqual({
      isOutlier: false,
      byErrors: false,
      byLatency: false,
      signals: [],
      confirmedWindows: 0,
      detail: 'in line with its peers',
    });
  });

  it('of probes and of requests stand side by side', () => {
    const [sick, ...others] = amongFive([...past, ...times(8, bad)]);
    const stories = [sick!, ...others].map((backend, position) => ({
      ...backend,
      statistics: statisticsOf(position === 0 ? times(8, slow(600)) : times(8, fine)),
    }));
    expect(verdicts(stories)['i-0']).toMatchObject({
      byErrors: true,
      byLatency: true,
      signals: ['active-probe-errors', 'active-probe-latency', 'request-latency'],
    });
  });

  it('keeps common trouble to those who have it', () => {
    const failing = [...times(22, fine), ...times(30, { failures: 5 })];
    const dawdling = [...times(44, fine), ...times(8, slow(600))];
    const found = verdicts(poolOf([failing, dawdling, times(52, fine), times(52, fine)]));
    expect(found['i-1']!.detail).toContain('the trouble is common');
    expect(found['i-3']!.detail).toBe('in line with its peers');
  });

  it.each<[string, (backends: readonly OutlierCandidate[]) => readonly OutlierCandidate[]]>([
    ['probed', (backends) => backends],
    ['asked for', askedFor],
  ])('of half of those that were %s is common, whoever else is in the pool', (_how, told) => {
    const failing = [...times(22, fine), ...times(30, { failures: 5 })];
    const dawdling = [...times(44, fine), ...times(8, slow(600))];
    const seen = (count: number) =>
      told(poolOf([failing, dawdling, ...Array.from({ length: count }, () => times(52, fine))]));
    const unseen = ['u-0', 'u-1', 'u-2'].map((id) => candidateOf(id, []));
    expect(named([...seen(2), ...unseen])).toEqual([]);
    expect(named(seen(3))).toEqual(['i-0', 'i-1']);
  });

  it('needs as many hosts that were seen as the policy says', () => {
    const sick = [...past, ...times(20, { failures: 8 })];
    const unseen = ['u-0', 'u-1', 'u-2'].map((id) => candidateOf(id, []));
    const pool = [...poolOf([sick, times(50, fine), times(50, fine)]), ...unseen];
    expect(named(pool, { hostsMin: 3 })).toEqual(['i-0']);
    expect(named(pool, { hostsMin: 4 })).toEqual([]);
  });
});

describe('floors and minimums', () => {
  const sick = [...times(20, fine), ...times(20, { failures: 3, latencyMs: 300 })];

  it('turned off, the rule names nobody', () => {
    expect(named(amongFive(sick), { enabled: false })).toEqual([]);
  });

  it('needs hosts, probes and confirmations', () => {
    expect(named(amongFive(sick), { hostsMin: 7 })).toEqual([]);
    expect(named(amongFive(sick), { probesMin: 10_000 })).toEqual([]);
    expect(named(poolOf([sick, sick.map(() => fine)]))).toEqual([]);
    expect(named(amongFive(times(3, slow(300))), { confirmations: 4 })).toEqual([]);
    expect(named(amongFive(times(4, slow(300))), { confirmations: 4 })).toEqual(['i-0']);
  });

  it('needs more than the latency floors', () => {
    const story = times(8, slow(110));
    expect(named(amongFive(story))).toEqual([]);
    expect(named(amongFive(story), { latencyRatioFloor: permille(1500) })).toEqual(['i-0']);
    expect(named(amongFive(times(8, slow(300))), { latencyFloorMs: millis(301) })).toEqual([]);
  });

  it('needs more errors than the floor above the peers', () => {
    const story = [...times(20, fine), ...times(20, { failures: 3 })];
    expect(named(amongFive(story), { errorFloor: permille(400) })).toEqual([]);
    expect(named(amongFive(story), { errorFloor: permille(100) })).toEqual(['i-0']);
  });

  it('asks for more deviations where the peers are unequal', () => {
    const unequal = [60, 40, 90, 50, 110].map((latencyMs) => times(4, slow(latencyMs)));
    expect(named(poolOf([times(4, slow(150)), ...unequal]))).toEqual([]);
    expect(
      named(poolOf([times(4, slow(150)), ...unequal]), { madMultiple: permille(1000) }),
    ).toEqual(['i-0']);
  });

  it('forgives a machine that has always been a little slower', () => {
    const always = times(40, slow(80));
    const peers = Array.from({ length: 5 }, () => times(44, fine));
    expect(named(poolOf([[...always, ...times(4, slow(140))], ...peers]))).toEqual([]);
    expect(named(poolOf([[...times(40, fine), ...times(4, slow(140))], ...peers]))).toEqual([
      'i-0',
    ]);
  });

  it('still finds a machine that has always been far too slow', () => {
    expect(named(amongFive(times(60, slow(400))))).toEqual(['i-0']);
  });

  it('takes what is usual for unequal services from whoever knows', () => {
    const usual = (latencyMs: number, now: number, id: string): OutlierCandidate => ({
      ...candidateOf(id, times(4, slow(now))),
      usualLatencyUs: latencyMs * 1000,
    });
    const pool = [
      usual(1000, 1000, 'a'),
      usual(100, 500, 'b'),
      usual(60, 60, 'c'),
      usual(200, 200, 'd'),
      usual(300, 310, 'e'),
    ];
    expect(named(pool)).toEqual(['b']);
  });
});

describe('request statistics', () => {
  it('are judged like probes, apart from them', () => {
    const statistics = (failures: number) =>
      windowsOf(times(8, { probes: 400, failures })).map(({ probes, ...rest }) => ({
        ...rest,
        requests: probes,
      }));
    const pool = poolOf(Array.from({ length: 6 }, () => times(8, fine))).map(
      (backend, position) => ({
        ...backend,
        statistics: statistics(position === 0 ? 40 : 2),
      }),
    );
    expect(verdicts(pool)['i-0']).toMatchObject({ isOutlier: true, signals: ['request-errors'] });
    expect(named(pool)).toEqual(['i-0']);
  });
});

describe('windows of large pools', () => {
  it('are compared with peers of the same time, so that turns do not make outliers of a pool that slows down', () => {
    const turn = (position: number): ProbeWindow[] =>
      [0, 1, 2].map((round) => {
        const startedAt = (round * 4 + (position % 4)) * 2500;
        return {
          startedAt: instant(startedAt),
          endedAt: instant(startedAt + 2500),
          probes: 10,
          failures: 1,
          latencyMedianUs: startedAt >= 10_000 ? 600_000 : 60_000,
        };
      });
    const pool = Array.from({ length: 16 }, (_, position) => ({
      instanceId: `i-${position.toString()}`,
      windows: turn(position)
        .reduce<readonly ProbeWindow[]>(rememberWindow, [])
        .slice(position % 4 === 0 ? 0 : 1),
      statistics: [],
      zoneId: null,
    }));
    expect(named(pool)).toEqual([]);
  });
});
