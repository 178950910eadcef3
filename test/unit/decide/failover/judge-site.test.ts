import { describe, expect, it } from '@jest/globals';
import { judgeSite, quorumOf } from '../../../../shared/decide/failover/judge-site';
import { countVotes } from '../../../../shared/decide/failover/votes';
import { type NamePolicy } from '../../../../shared/domain/failover/name-policy';
import { type SiteCapacity, type Vote } from '../../../../shared/domain/failover/name-snapshot';
import { missing } from '../../../../shared/domain/reading';
import { permille } from '../../../../shared/domain/units';
import { NOW, ok, stale } from '../../../support/builders';
import { aNamePolicy, aNameSnapshot, aSite, aSiteCapacity } from '../../../support/name-builders';

const VANTAGES = ['v1', 'v2', 'v3', 'region-a'];
const policyWith = (parts: Partial<NamePolicy> = {}) =>
  aNamePolicy({
    vantages: VANTAGES.map((regionId) => ({ regionId })),
    outsideVoters: ['uptime'],
    ...parts,
  });

/** What each voter says of site a; all who vote reach site b. */
type Said = Readonly<Record<string, Vote['answer']>>;

function votesOf(said: Said): readonly Vote[] {
  return Object.entries(said).flatMap(([voter, answer]) =>
    (['a', 'b'] as const).map((siteName): Vote => ({
      voter,
      kind: voter === 'uptime' ? 'outside' : 'vantage',
      siteName,
      answer: siteName === 'a' ? answer : 'up',
      at: NOW,
      attempts: 3,
      failed: 0,
      latencyMs: null,
      detail: '',
    })),
  );
}

interface Case {
  readonly said: Said;
  readonly capacity?: SiteCapacity;
  readonly expectedTraffic?: number | null;
  readonly policy?: NamePolicy;
}

function judge({ said, capacity, expectedTraffic = null, policy = policyWith() }: Case) {
  const name = aNameSnapshot(policy, { votes: votesOf(said) });
  const facts = { site: aSite('a'), capacity, expectedTraffic };
  return judgeSite(facts, countVotes(name, policy), name, policy);
}

const withQuorum = (quorum: number) =>
  policyWith({ verdict: { ...aNamePolicy().verdict, quorum } });

describe('the verdict of the voters', () => {
  it.each<[string, Said, string]>([
    ['nobody voted', {}, 'unknown'],
    ['one voter cannot reach it', { v1: 'down' }, 'unknown'],
    ['two voters cannot reach it', { v1: 'down', v2: 'down' }, 'down'],
    ['one of the two stands in its own region', { v1: 'down', 'region-a': 'down' }, 'unknown'],
    ['one of the two is an outside voter', { v1: 'down', uptime: 'down' }, 'down'],
    ['two against one', { v1: 'down', v2: 'down', v3: 'up' }, 'down'],
    ['two against two', { v1: 'down', v2: 'down', v3: 'up', uptime: 'up' }, 'unknown'],
    ['its own region alone still reaches it', { v1: 'down', v2: 'down', 'region-a': 'up' }, 'down'],
    ['two reach it', { v1: 'up', v2: 'up' }, 'up'],
    ['one reaches it', { v1: 'up' }, 'unknown'],
    ['one reaches it from outside, one from its own region', { v1: 'up', 'region-a': 'up' }, 'up'],
    ['two reach it, one does not', { v1: 'up', v2: 'up', v3: 'down' }, 'up'],
    [
      'as many reach it as do not, one of these in its region',
      { v1: 'up', v2: 'up', v3: 'down', 'region-a': 'down' },
      'unknown',
    ],
    ['unknowns are no votes', { v1: 'unknown', v2: 'unknown', v3: 'down' }, 'unknown'],
    ['unknowns do not speak against', { v1: 'down', v2: 'down', v3: 'unknown' }, 'down'],
  ])('%s', (_, said, verdict) => {
    expect(judge({ said }).verdict).toBe(verdict);
  });

  it('an outside voter that is named like the site’s region does not stand in it', () => {
    const site = aSite('a', { regionId: 'uptime' });
    const policy = policyWith();
    const name = aNameSnapshot(policy, { votes: votesOf({ v1: 'down', uptime: 'down' }) });
    const facts = { site, capacity: undefined, expectedTraffic: null };
    expect(judgeSite(facts, countVotes(name, policy), name, policy).verdict).toBe('down');
  });

  it('as many as the policy wants must agree', () => {
    const said: Said = { v1: 'down', v2: 'down' };
    expect(judge({ said, policy: withQuorum(3) }).verdict).toBe('unknown');
    expect(judge({ said: { ...said, v3: 'down' }, policy: withQuorum(3) }).verdict).toBe('down');
    expect(judge({ said: { v1: 'up', v2: 'up' }, policy: withQuorum(3) }).verdict).toBe('unknown');
  });

  it('never fewer than two must agree', () => {
    expect(quorumOf(withQuorum(1))).toBe(2);
    expect(quorumOf(withQuorum(2))).toBe(2);
    expect(quorumOf(withQuorum(4))).toBe(4);
    expect(judge({ said: { v1: 'down' }, policy: withQuorum(1) }).verdict).toBe('unknown');
  });

  it('tells each vote, whatever it concludes', () => {
    const said: Said = { v1: 'down', v2: 'down', 'region-a': 'up' };
    expect(judge({ said }).evidence).toHaveLength(3);
    expect(judge({ said: { v1: 'up', v2: 'up' } }).evidence).toHaveLength(2);
    expect(judge({ said: { v1: 'up' } }).evidence).toEqual([
      'v1: up, 0 of 3 attempts failed, 0 s ago',
    ]);
  });

  it.each<[Said, string, string]>([
    [{ v1: 'up', v2: 'up', v3: 'down' }, 'site-up', '2 of 3 voters reach it'],
    [
      { v1: 'down', v2: 'down', v3: 'up', 'region-a': 'up' },
      'site-down',
      '2 of 3 voters outside its region cannot reach it',
    ],
    [{ v1: 'down' }, 'site-unknown', '0 up and 1 down of 1 fresh votes, 2 must agree'],
  ])('%j: %s', (said, reason, detail) => {
    expect(judge({ said })).toMatchObject({ reason, detail });
  });

  it('says when voters have lost their own view', () => {
    const votes = votesOf({ v1: 'down', v2: 'down' }).map((vote) => ({
      ...vote,
      answer: 'down' as const,
    }));
    const policy = policyWith();
    const name = aNameSnapshot(policy, { votes });
    const facts = { site: aSite('a'), capacity: undefined, expectedTraffic: null };
    expect(judgeSite(facts, countVotes(name, policy), name, policy)).toMatchObject({
      verdict: 'unknown',
      reason: 'site-view-lost',
      detail: '0 up and 0 down of 2 fresh votes, 2 must agree; 2 voters reach no site at all',
    });
  });
});

describe('the word of its own load balancer', () => {
  const said: Said = { v1: 'down', v2: 'down', v3: 'down' };
  const healthy = (parts: Partial<SiteCapacity> = {}) =>
    aSiteCapacity({ healthy: permille(500), traffic: ok(500_000), ...parts });

  it('doubts the voters while it is healthy and carries half of its traffic', () => {
    expect(judge({ said, capacity: healthy(), expectedTraffic: 1_000_000 })).toMatchObject({
      verdict: 'unknown',
      reason: 'site-serving-though-unreached',
      detail:
        '3 of 3 voters outside its region cannot reach it, but its load balancer is healthy and carries its traffic',
      evidence: [expect.any(String), expect.any(String), expect.any(String)],
    });
  });

  it.each<[string, SiteCapacity | undefined, number | null]>([
    ['nobody tells of it', undefined, 1_000_000],
    ['most of its backends are ill', healthy({ healthy: permille(499) }), 1_000_000],
    ['it carries less than half', healthy({ traffic: ok(499_999) }), 1_000_000],
    ['its traffic is missing', healthy({ traffic: missing('read-failed') }), 1_000_000],
    ['its traffic is old', healthy({ traffic: stale(900_000) }), 1_000_000],
    ['nobody knows what is usual', healthy(), null],
    ['nothing is usual', healthy(), 0],
  ])('is no doubt when %s', (_, capacity, expectedTraffic) => {
    const given = capacity === undefined ? {} : { capacity };
    expect(judge({ said, ...given, expectedTraffic }).verdict).toBe('down');
  });

  it('makes nothing of a site that nobody can judge', () => {
    const seen = judge({ said: {}, capacity: healthy(), expectedTraffic: 1_000_000 });
    expect(seen.reason).toBe('site-unknown');
  });
});
