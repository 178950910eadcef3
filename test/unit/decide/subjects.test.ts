import { describe, expect, it } from '@jest/globals';
import { gatherSubjects } from '../../../shared/decide/subjects';
import { judgeVantage } from '../../../shared/decide/vantage';
import { encodeHealTag, healTag } from '../../../shared/domain/heal-tag';
import { type BackendMemory } from '../../../shared/domain/memory';
import { type PoolSnapshot } from '../../../shared/domain/pool';
import { type ProbeWindow, type RequestStatistics } from '../../../shared/domain/probe-window';
import { missing } from '../../../shared/domain/reading';
import { instant } from '../../../shared/domain/units';
import {
  aBackend,
  anAttachment,
  aPolicy,
  aPool,
  aWindow,
  type BackendParts,
  failingWindows,
  inSeconds,
  KEY,
  NOW,
  ok,
  pastWindow,
  secondsAgo,
  someBackends,
} from '../../support/builders';

const gather = (pool: PoolSnapshot, isBroken = false) =>
  gatherSubjects(pool, aPolicy(), { ...judgeVantage(pool, aPolicy()), isBroken });

describe('a backend without memory', () => {
  const isNewcomer = (pool: PoolSnapshot) => gather(pool)['i-0']?.isNewcomer;
  const strangers = (count: number) => Array.from({ length: count }, (_, index) => `i-${index}`);
  const six = someBackends(6);
  const tag = encodeHealTag({
    state: 'probation',
    cause: null,
    since: NOW,
    until: null,
    offences: 0,
    rung: null,
    baseWeights: [100],
    operationId: null,
  });

  it.each<[string, PoolSnapshot, boolean]>([
    ['among known ones is a newcomer', aPool({ backends: six, strangers: strangers(1) }), true],
    ['with half of the pool is one too', aPool({ backends: six, strangers: strangers(3) }), true],
    [
      'with most of the pool is adopted as it is',
      aPool({ backends: six, strangers: strangers(4) }),
      false,
    ],
    [
      'on the first look is adopted as it is',
      aPool({ backends: six, strangers: strangers(6), memorySource: 'none' }),
      false,
    ],
    [
      'when the store was lost is adopted as it is',
      aPool({ backends: six, strangers: strangers(1), memorySource: 'tags' }),
      false,
    ],
    [
      'but with a tag of ours is remembered',
      aPool({
        backends: someBackends(6, { 0: { tags: { [healTag('web')]: tag } } }),
        strangers: strangers(1),
      }),
      false,
    ],
    ['is what one with memory is not', aPool({ backends: six }), false],
  ])('%s', (_name, pool, is) => {
    expect(isNewcomer(pool)).toBe(is);
  });
});

describe('a backend whose memory began while its tags could not be read', () => {
  const tag = encodeHealTag({
    state: 'ejected',
    cause: 'outlier-errors',
    since: secondsAgo(600),
    until: secondsAgo(60),
    offences: 1,
    rung: null,
    baseWeights: [100],
    operationId: null,
  });
  const backends = someBackends(6, { 0: { weight: 0, tags: { [healTag('web')]: tag } } });
  const recalled = (more: Partial<BackendMemory>) => {
    const remembered = { 'i-0': { baseWeights: { [KEY]: 0 }, ...more } };
    const { state, baseWeights } = gather(aPool({ backends, remembered }))['i-0']!.memory;
    return { state, base: baseWeights[KEY] };
  };

  it('is what they say, once they can be read', () => {
    expect(recalled({})).toEqual({ state: 'ejected', base: 100 });
  });

  it('is what memory says, once they were read', () => {
    expect(recalled({ isProtected: false })).toEqual({ state: 'healthy', base: 0 });
  });
});

describe('evidence', () => {
  const statistics = (age: number): RequestStatistics => ({
    startedAt: secondsAgo(age + 60),
    endedAt: instant(NOW - age * 1000),
    requests: 100,
    failures: 0,
    latencyMedianUs: 9000,
  });
  const remembering = (memory: Partial<BackendMemory>, isBroken = false) =>
    gather(
      aPool({
        backends: [aBackend('i-0', { window: null })],
        remembered: { 'i-0': memory },
      }),
      isBroken,
    )['i-0'];
  const window = (age: number): ProbeWindow => pastWindow(0, { endedAt: secondsAgo(age) });

  it('rests on probes of the last 90 s and requests of the last six minutes, the limits included', () => {
    const subject = remembering({
      windows: [window(1), window(90), window(90.001)],
      statistics: [statistics(1), statistics(360), statistics(360.001)],
    });
    expect(subject?.windows).toEqual([window(1), window(90)]);
    expect(subject?.statistics).toEqual([statistics(1), statistics(360)]);
  });

  it('rests on no probes while the vantage is broken, but still on requests', () => {
    const subject = remembering({ windows: [window(1)], statistics: [statistics(1)] }, true);
    expect(subject?.windows).toEqual([]);
    expect(subject?.statistics).toHaveLength(1);
  });
});

describe('the comparison with its peers', () => {
  const past = (failures: number) => failingWindows(8, failures);
  const requests = (index: number, failures: number): RequestStatistics => ({
    startedAt: secondsAgo(60 * index + 61),
    endedAt: secondsAgo(60 * index + 1),
    requests: 1000,
    failures,
    latencyMedianUs: 9000,
  });
  const served = (failures: number) => ({
    statistics: [1, 2, 3, 4].map((index) => requests(index, failures)),
  });
  /** Five backends, the fewest that are compared, of which `i-0` fails; the case is about `i-4`. */
  const judged = (kind: 'probes' | 'requests', last: BackendParts, isBroken = false) => {
    const isProbed = kind === 'probes';
    const seen = (failures: number): BackendParts =>
      isProbed
        ? { window: { failures } }
        : { probe: missing('budget-spent'), requests: ok(requests(0, failures * 50)) };
    const backends = someBackends(5, {
      0: seen(5),
      1: seen(0),
      2: seen(0),
      3: seen(0),
      4: { ...seen(0), ...last },
    });
    const remembered = Object.fromEntries(
      backends.map(({ instanceId }, index) => [
        instanceId,
        isProbed ? { windows: past(index === 0 ? 5 : 0) } : served(index === 0 ? 250 : 0),
      ]),
    );
    return gather(aPool({ backends, remembered }), isBroken)['i-0']?.outlier;
  };
  const abnormal = anAttachment({ verdict: 'abnormal' });

  it.each<[string, BackendParts, boolean]>([
    ['alive', {}, true],
    ['stopped', { status: 'Stopped' }, false],
    ['dead for the load balancer', { verdict: 'abnormal' }, false],
    ['dead at one of two places', { attachments: [abnormal, anAttachment({ port: 81 })] }, true],
    ['dead at both places', { attachments: [abnormal, { ...abnormal, port: 81 }] }, false],
    ['at weight 0, where it may be shown as abnormal', { verdict: 'abnormal', weight: 0 }, true],
  ])('counts or does not count a peer that is %s', (_name, last, isPeer) => {
    expect(judged('probes', last)?.isOutlier).toBe(isPeer);
    expect(judged('requests', last)?.isOutlier).toBe(isPeer);
  });

  it('rests on requests alone while the vantage is broken', () => {
    expect(judged('probes', {}, true)?.isOutlier).toBe(false);
    expect(judged('requests', {}, true)?.signals).toEqual(['request-errors']);
  });

  it('is made within a zone when the whole zone stands out', () => {
    const inZone = (zoneId: string, latencyMedianUs: number): BackendParts => {
      const { instance } = aBackend('i-0');
      if (instance.kind !== 'ok') throw new Error('a backend without facts');
      return { instance: ok({ ...instance.value, zoneId }), window: { latencyMedianUs } };
    };
    const backends = Array.from({ length: 12 }, (_, index) =>
      aBackend(`i-${index}`, index < 4 ? inZone('h', 90_000) : inZone('i', 12_000)),
    );
    const remembered = Object.fromEntries(
      backends.map(({ instanceId }, index) => [
        instanceId,
        {
          windows: Array.from({ length: 8 }, (_, back) =>
            pastWindow(back + 1, { latencyMedianUs: index < 4 ? 90_000 : 12_000 }),
          ),
        },
      ]),
    );
    const outlier = gather(aPool({ backends, remembered }))['i-0']?.outlier;
    expect(outlier?.isOutlier).toBe(false);
    expect(outlier?.detail).toContain('compared within the zone');
  });
});

describe('what was seen while the clock was ahead', () => {
  const ahead = (seconds: number): ProbeWindow =>
    pastWindow(0, {
      startedAt: inSeconds(seconds - 2.5),
      endedAt: inSeconds(seconds),
      failures: 10,
      latencyMedianUs: null,
    });
  const subjectWith = (windows: readonly ProbeWindow[]) =>
    gather(aPool({ backends: someBackends(6), remembered: { 'i-0': { windows } } }))['i-0']!;

  it('is forgotten, and what is seen now takes its place', () => {
    const day = 86_400;
    const { memory, windows } = subjectWith([ahead(day), ahead(day - 5), pastWindow(1)]);
    expect(memory.windows).toEqual([aWindow(), pastWindow(1)]);
    expect(windows).toEqual([aWindow(), pastWindow(1)]);
  });

  it('stays as long as clocks may differ so much', () => {
    expect(subjectWith([ahead(5)]).windows).toEqual([ahead(5)]);
    expect(subjectWith([ahead(5.001)]).windows).toEqual([aWindow()]);
  });

  it('by others is forgotten, too', () => {
    const one = { startedAt: inSeconds(3000), endedAt: inSeconds(3600), requests: 9, failures: 9 };
    const statistics = [{ ...one, latencyMedianUs: 12_000 } as unknown as RequestStatistics];
    const pool = aPool({ backends: someBackends(6), remembered: { 'i-0': { statistics } } });
    expect(gather(pool)['i-0']?.memory.statistics).toEqual([]);
  });
});
