import { describe, expect, it } from '@jest/globals';
import { collectAccusations } from '../../../shared/decide/accusations';
import { type HealthVerdict } from '../../../shared/domain/pool';
import { type ProbeWindow, type RequestStatistics } from '../../../shared/domain/probe-window';
import { type SignalName } from '../../../shared/domain/proposal';
import { missing } from '../../../shared/domain/reading';
import {
  aBackend,
  anAttachment,
  aPolicy,
  type BackendParts,
  KEY,
  NOW,
  ok,
  pastWindow,
  secondsAgo,
  stale,
} from '../../support/builders';
import { aScene, aSubject, type SubjectParts } from '../../support/scenes';

/** What speaks against `i-0`: the cause, whether it is confirmed, and each fact as one line. */
const accuse = (subjectParts: SubjectParts, policy = aPolicy()) => {
  const subject = aSubject(subjectParts);
  return collectAccusations(subject, aScene(subject, { policy })).map(
    ({ cause, isConfirmed, evidence }) => [
      cause,
      isConfirmed,
      evidence.map((fact) => `${fact.signal} ${fact.strength} ${(NOW - fact.sampledAt) / 1000} s`),
    ],
  );
};
const seen = (parts: BackendParts): SubjectParts => ({
  backend: aBackend('i-0', parts),
  windows: [],
});
const facts = (status: 'Running' | 'Stopped', locks: readonly string[] = []) => {
  const { instance } = aBackend('i-0', { status, locks });
  if (instance.kind === 'missing') throw new Error('the builder knows its instance');
  return instance.value;
};

describe('the instance', () => {
  it.each<[string, BackendParts, object]>([
    ['that runs is no offence', {}, []],
    [
      'that is stopped is decisive',
      { status: 'Stopped' },
      [['instance-not-running', true, ['instance-status decisive 1 s']]],
    ],
    [
      'that is still starting does not run either',
      { status: 'Starting' },
      [['instance-not-running', true, ['instance-status decisive 1 s']]],
    ],
    [
      'that ECS does not know is gone',
      { status: 'Missing' },
      [['instance-gone', true, ['instance-status decisive 1 s']]],
    ],
    ['that stopped long ago says nothing', { instance: stale(facts('Stopped')) }, []],
    ['that was not read says nothing', { instance: missing('read-failed') }, []],
    [
      'that is locked for recycling is about to be reclaimed',
      { locks: ['Recycling'] },
      [['spot-reclaim', true, ['system-event decisive 1 s']]],
    ],
    ['that is locked for another reason is no offence', { locks: ['Financial'] }, []],
    [
      'whose lock was read long ago says nothing',
      { instance: stale(facts('Running', ['Recycling'])) },
      [],
    ],
  ])('%s', (_name, parts, accusations) => {
    expect(accuse(seen(parts))).toEqual(accusations);
  });
});

describe('the load balancer', () => {
  const says = (...verdicts: HealthVerdict[]) =>
    ok(verdicts.map((verdict, index) => ({ listenerPort: 80 + index, verdict })));
  const abnormal = [['abnormal-in-load-balancer', true, ['load-balancer-health decisive 1 s']]];
  const fails = (failures: number, probes = 10): readonly ProbeWindow[] => [
    pastWindow(0, { probes, failures }),
  ];
  it.each<[string, number, readonly HealthVerdict[], readonly ProbeWindow[], object]>([
    ['calls it normal', 100, ['normal'], [], []],
    ['gives no verdict', 100, ['unavailable'], [], []],
    ['calls it abnormal', 100, ['abnormal'], [], abnormal],
    ['calls it abnormal though probes are well', 100, ['abnormal'], fails(0), abnormal],
    ['calls it abnormal behind one listener of two', 100, ['normal', 'abnormal'], [], abnormal],
    ['calls it abnormal at weight 0, unprobed', 0, ['abnormal'], [], abnormal],
    [
      'calls it abnormal at weight 0, with a window of no probes',
      0,
      ['abnormal'],
      fails(0, 0),
      abnormal,
    ],
    ['calls it abnormal at weight 0, where probes succeed', 0, ['abnormal'], fails(0), []],
    ['calls it abnormal at weight 0, where half of the probes fail', 0, ['abnormal'], fails(5), []],
    [
      'calls it abnormal at weight 0, where more than half fail',
      0,
      ['abnormal'],
      fails(6),
      abnormal,
    ],
  ])('%s', (_name, weight, verdicts, ...[windows, accusations]) => {
    const attachments = [anAttachment({ weight, health: says(...verdicts) })];
    expect(accuse({ ...seen({ attachments }), windows })).toEqual(accusations);
  });

  it('says nothing when it was read long ago', () => {
    const health = stale([{ listenerPort: 80, verdict: 'abnormal' as const }]);
    expect(accuse(seen({ attachments: [anAttachment({ health })] }))).toEqual([]);
  });

  it('is quoted with the listeners that call it abnormal, for each target', () => {
    const subject = aSubject(
      seen({
        attachments: [
          anAttachment({ health: says('abnormal', 'normal', 'abnormal') }),
          anAttachment({ targetKey: 'lb-2/rsp-2', health: says('abnormal') }),
        ],
      }),
    );
    const accusations = collectAccusations(subject, aScene(subject));
    expect(accusations.flatMap(({ evidence }) => evidence.map((fact) => fact.detail))).toEqual([
      `CLB says abnormal on listener 80, 82 of ${KEY}, 1 s ago`,
      'CLB says abnormal on listener 80 of lb-2/rsp-2, 1 s ago',
    ]);
  });
});

const failed = (...failures: number[]): readonly ProbeWindow[] =>
  failures.map((count, index) => pastWindow(index, { failures: count }));
const requests = (index: number, failures: number): RequestStatistics => ({
  startedAt: secondsAgo(62 + index * 60),
  endedAt: secondsAgo(2 + index * 60),
  requests: 100,
  failures,
  latencyMedianUs: 9000,
});
const outlier = (
  confirmedWindows: number,
  ...signals: SignalName[]
): NonNullable<SubjectParts['outlier']> => ({
  isOutlier: signals.length > 0,
  confirmedWindows,
  signals,
  byErrors: signals.some((signal) => signal.endsWith('errors')),
  byLatency: signals.some((signal) => signal.endsWith('latency')),
  detail: 'worse than its peers',
});
const probeErrors = (...ages: number[]) =>
  ages.map((age) => `active-probe-errors suspicion ${age} s`);

describe('failing probes', () => {
  const suspected = (...ages: number[]) => [['probes-failing', false, probeErrors(...ages)]];
  const confirmed = (...ages: number[]) => [['probes-failing', true, probeErrors(...ages)]];
  it.each<[string, readonly ProbeWindow[], object]>([
    ['accuse nobody when none failed', failed(0), []],
    ['accuse nobody when one was answered', failed(9, 10, 10), []],
    ['are a suspicion in the first window', failed(10), suspected(1)],
    ['are a suspicion in two windows', failed(10, 10), suspected(1, 6)],
    [
      'are confirmed in as many windows as the policy says',
      failed(10, 10, 10),
      confirmed(1, 6, 11),
    ],
    ['count only in a row', failed(10, 10, 9, 10), suspected(1, 6)],
    [
      'do not count through a window without probes',
      [pastWindow(0, { failures: 10 }), pastWindow(1, { probes: 0, failures: 0 }), ...failed(10)],
      suspected(1),
    ],
    [
      'do not begin with a window without probes',
      [pastWindow(0, { probes: 0, failures: 0 }), pastWindow(1, { failures: 10 })],
      [],
    ],
  ])('%s', (_name, windows, accusations) => {
    expect(accuse({ windows })).toEqual(accusations);
  });

  it('are confirmed by request statistics that fail, too, and rest on both', () => {
    const accusations = accuse({
      windows: failed(10),
      statistics: [requests(0, 30), requests(1, 30), requests(2, 30)],
      outlier: outlier(2, 'request-errors'),
    });
    expect(accusations[0]).toEqual([
      'probes-failing',
      true,
      [...probeErrors(1), 'request-errors suspicion 2 s', 'request-errors suspicion 62 s'],
    ]);
  });

  it('are not confirmed by request statistics that are accused of being slow, or in which nothing failed', () => {
    const [slow] = accuse({
      windows: failed(10),
      statistics: [requests(0, 30)],
      outlier: outlier(2, 'request-latency'),
    });
    expect(slow).toEqual(['probes-failing', false, probeErrors(1)]);
    const [clean] = accuse({
      windows: failed(10),
      statistics: [requests(0, 0)],
      outlier: outlier(2, 'request-errors'),
    });
    expect(clean).toEqual(['probes-failing', false, probeErrors(1)]);
  });

  it.each<[string, readonly ProbeWindow[], SignalName[], boolean]>([
    ['twice, of an outlier', failed(10, 10), ['active-probe-errors'], true],
    ['once, of an outlier', failed(10, 4), ['active-probe-errors'], false],
    ['twice, of one that is in line with its peers', failed(10, 10), [], false],
  ])('%s: confirmed before the fall is reached: %s', (_name, windows, signals, isConfirmed) => {
    expect(accuse({ windows, outlier: outlier(2, ...signals) })[0]?.[1]).toBe(isConfirmed);
  });
});

describe('an outlier', () => {
  const slow = (...latencies: (number | null)[]): readonly ProbeWindow[] =>
    latencies.map((latencyMedianUs, index) => pastWindow(index, { latencyMedianUs }));
  const latency = (...ages: number[]) =>
    ages.map((age) => `active-probe-latency suspicion ${age} s`);
  it.each<[string, SubjectParts, object]>([
    ['of nothing is not accused', { windows: failed(4, 4), outlier: outlier(0) }, []],
    [
      'by errors rests on each window that confirmed it',
      { windows: failed(4, 4, 4), outlier: outlier(2, 'active-probe-errors') },
      [['outlier-errors', true, probeErrors(1, 6)]],
    ],
    [
      'by errors does not rest on windows in which nothing failed',
      { windows: failed(4, 0, 4), outlier: outlier(2, 'active-probe-errors') },
      [['outlier-errors', true, probeErrors(1, 11)]],
    ],
    [
      'by errors in one window is a suspicion',
      { windows: failed(4), outlier: outlier(1, 'active-probe-errors') },
      [['outlier-errors', false, probeErrors(1)]],
    ],
    [
      'whose newest window is clean is a suspicion: it has just recovered',
      { windows: failed(0, 4, 4), outlier: outlier(2, 'active-probe-errors') },
      [['outlier-errors', false, probeErrors(6, 11)]],
    ],
    [
      'of which no window is at hand is not accused',
      { windows: [], outlier: outlier(2, 'active-probe-errors') },
      [],
    ],
    [
      'by latency rests on windows above the floor of 20 ms',
      { windows: slow(90_000, 20_000, null, 20_001), outlier: outlier(3, 'active-probe-latency') },
      [['outlier-latency', true, latency(1, 16)]],
    ],
    [
      'by latency that is not confirmed is a suspicion',
      { windows: slow(90_000, 90_000, 90_000), outlier: outlier(2) },
      [['outlier-latency', false, latency(1, 6)]],
    ],
    [
      'by latency of requests that is not confirmed is a suspicion',
      { windows: [], statistics: [requests(0, 0), requests(1, 0)], outlier: outlier(1) },
      [['outlier-latency', false, ['request-latency suspicion 2 s']]],
    ],
    [
      'by failed requests rests on the periods in which some failed',
      {
        windows: [],
        statistics: [requests(0, 30), requests(1, 0), requests(2, 30)],
        outlier: outlier(2, 'request-errors'),
      },
      [
        [
          'outlier-errors',
          true,
          ['request-errors suspicion 2 s', 'request-errors suspicion 122 s'],
        ],
      ],
    ],
    [
      'by slow requests rests on periods in which none failed, too',
      {
        windows: [],
        statistics: [requests(0, 0), requests(1, 0), requests(2, 0)],
        outlier: outlier(2, 'request-latency'),
      },
      [
        [
          'outlier-latency',
          true,
          ['request-latency suspicion 2 s', 'request-latency suspicion 62 s'],
        ],
      ],
    ],
    [
      'by two signals is confirmed by one look at each, by errors first',
      {
        windows: [pastWindow(0, { failures: 4, latencyMedianUs: 90_000 })],
        outlier: outlier(1, 'active-probe-errors', 'active-probe-latency'),
      },
      [['outlier-errors', true, [...probeErrors(1), ...latency(1)]]],
    ],
  ])('%s', (_name, parts, accusations) => {
    expect(accuse(parts)).toEqual(accusations);
  });

  it('is described by the comparison and by each look', () => {
    const subject = aSubject({
      windows: failed(4),
      statistics: [requests(0, 30)],
      outlier: outlier(1, 'active-probe-errors', 'request-errors'),
    });
    const [accusation] = collectAccusations(subject, aScene(subject));
    expect(accusation?.evidence.map((fact) => fact.detail)).toEqual([
      'worse than its peers; 4 of 10 probes failed, median 12 ms, 1 s ago',
      'worse than its peers; 30 of 100 requests failed, 2 s ago',
    ]);
  });
});

describe('a person’s order', () => {
  it('is decisive from the moment it was given, and comes before all else', () => {
    const subject = aSubject(seen({ status: 'Stopped' }));
    const order = {
      instanceId: 'i-0',
      by: 'ann',
      reason: 'kernel',
      at: secondsAgo(5),
      until: null,
    };
    const accusations = collectAccusations(subject, aScene(subject, { orders: { 'i-0': order } }));
    expect(accusations.map(({ cause }) => cause)).toEqual([
      'operator-drain',
      'instance-not-running',
    ]);
    expect(accusations[0]).toEqual({
      cause: 'operator-drain',
      isConfirmed: true,
      evidence: [
        {
          signal: 'operator-order',
          sampledAt: secondsAgo(5),
          strength: 'decisive',
          detail: 'ann ordered a drain 5 s ago: kernel',
        },
      ],
    });
  });

  it('for another backend is none for this one', () => {
    const subject = aSubject();
    const order = { instanceId: 'i-1', by: 'ann', reason: 'kernel', at: NOW, until: null };
    expect(collectAccusations(subject, aScene(subject, { orders: { 'i-1': order } }))).toEqual([]);
  });
});
