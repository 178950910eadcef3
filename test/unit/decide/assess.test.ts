import { describe, expect, it } from '@jest/globals';
import { assessBackend } from '../../../shared/decide/assess';
import { type Attachment, type HealthVerdict } from '../../../shared/domain/pool';
import { missing } from '../../../shared/domain/reading';
import {
  aBackend,
  anAttachment,
  aPolicy,
  aWindow,
  type BackendParts,
  ok,
  pastWindow,
  secondsAgo,
  stale,
} from '../../support/builders';
import { aScene, aSubject, type SubjectParts } from '../../support/scenes';

const noCheck = { health: missing('not-configured') };
const rows = (...verdicts: HealthVerdict[]) =>
  ok(verdicts.map((verdict, index) => ({ listenerPort: 80 + index, verdict })));

/** Nothing is set up that could say anything: no health check, no probes, instances not read. */
const silence: BackendParts = {
  attachments: [anAttachment(noCheck)],
  probe: missing('not-configured'),
  instance: missing('not-configured'),
};

const assess = (parts: BackendParts, subject: SubjectParts = {}, policy = aPolicy()) => {
  const seen = aSubject({ backend: aBackend('i-0', parts), ...subject });
  return assessBackend(seen, aScene(seen, { policy }));
};

describe('a backend that nothing accuses', () => {
  const behind = (...attachments: Partial<Attachment>[]): BackendParts => ({
    ...silence,
    attachments: attachments.map((parts) => anAttachment(parts)),
  });
  it.each<[string, BackendParts, 'good' | 'unknown']>([
    ['is good when every signal is in order', {}, 'good'],
    ['is unknown when nothing is set up', silence, 'unknown'],
    ['is good by its instance alone', { ...silence, instance: aBackend('i-0').instance }, 'good'],
    ['is good by its probes alone', { ...silence, probe: ok(aWindow()) }, 'good'],
    ['is good by the load balancer alone', behind({}), 'good'],
    ['is good by one attachment where the other has no health check', behind(noCheck, {}), 'good'],
    [
      'is unknown while a listener gives no verdict',
      behind({ health: rows('unavailable') }),
      'unknown',
    ],
    [
      'is good as soon as one listener gives one',
      behind({ health: rows('unavailable', 'normal') }),
      'good',
    ],
    ['is unknown behind no listener at all', behind({ health: rows() }), 'unknown'],
    [
      'is unknown when its health could not be read, whatever the others say',
      { attachments: [anAttachment({ health: missing('read-failed') })] },
      'unknown',
    ],
    [
      'is unknown when its health is stale, whatever the others say',
      { attachments: [anAttachment({ health: stale([{ listenerPort: 80, verdict: 'normal' }]) })] },
      'unknown',
    ],
    [
      'is unknown when one attachment of two could not be read',
      { attachments: [anAttachment(), anAttachment({ health: missing('read-failed') })] },
      'unknown',
    ],
    ['is unknown while probes are set up and it was not probed', { window: null }, 'unknown'],
    ['is unknown when its window has no probes', { window: { probes: 0 } }, 'unknown'],
    ['is good without an instance reading', { instance: missing('read-failed') }, 'good'],
    [
      'is unknown when nothing but a stale instance reading says that it runs',
      { ...silence, instance: stale({} as never) },
      'unknown',
    ],
  ])('%s', (_name, parts, condition) => {
    expect(assess(parts)).toMatchObject({ condition, cause: null, evidence: [] });
  });

  it('needs no probes where the policy has none, or where its port cannot be probed', () => {
    const without = aPolicy({ heal: { probe: null } });
    expect(assess({ window: null }, {}, without).condition).toBe('good');
    expect(assess({ probe: missing('not-configured') }).condition).toBe('good');
    expect(assess({ probe: stale(aWindow()) }, { windows: [] }).condition).toBe('unknown');
  });
});

describe('a backend that is accused', () => {
  const failing = (index: number, failures: number) => pastWindow(index, { failures });
  it('is bad by what is confirmed, not by a suspicion that comes first', () => {
    const assessment = assess(
      {},
      {
        windows: [failing(0, 10), failing(1, 4), failing(2, 4)],
        outlier: {
          isOutlier: true,
          byErrors: true,
          confirmedWindows: 3,
          signals: ['active-probe-errors'],
        },
      },
    );
    expect(assessment).toMatchObject({ condition: 'bad', cause: 'outlier-errors' });
    expect(assessment.evidence).toHaveLength(4);
  });

  it('is suspicious while nothing is confirmed', () => {
    const { condition, cause, detail } = assess({}, { windows: [failing(0, 10)] });
    expect([condition, cause]).toEqual(['suspicious', 'probes-failing']);
    expect(detail).toMatch(
      /^10 of 10 probes failed, median 12 ms, 1 s ago\. Seen: CLB says normal/u,
    );
  });

  it('is bad by the most decisive of several, and all of them are evidence', () => {
    const assessment = assess(
      { verdict: 'abnormal', status: 'Stopped' },
      { windows: [failing(0, 10)] },
    );
    expect(assessment).toMatchObject({ condition: 'bad', cause: 'instance-not-running' });
    expect(assessment.evidence.map((fact) => [fact.signal, fact.sampledAt])).toEqual([
      ['instance-status', secondsAgo(1)],
      ['load-balancer-health', secondsAgo(2)],
      ['active-probe-errors', secondsAgo(1)],
    ]);
  });
});

describe('a backend whose probes count for nothing, because most fail', () => {
  const unseen = { windows: [] };
  it.each<[string, number, 'good' | 'unknown']>([
    ['is good when it answers its own', 0, 'good'],
    ['is good when half of them are answered', 5, 'good'],
    ['is unknown when most of its own fail', 6, 'unknown'],
  ])('%s', (_name, failures, condition) => {
    const probe = ok(aWindow({ probes: 10, failures }));
    expect(assess({ probe }, unseen).condition).toBe(condition);
  });

  it('is unknown when it was asked nothing, or long ago', () => {
    expect(assess({ probe: ok(aWindow({ probes: 0, failures: 0 })) }, unseen).condition).toBe(
      'unknown',
    );
    expect(assess({ probe: stale(aWindow(), secondsAgo(99)) }, unseen).condition).toBe('unknown');
  });
});
