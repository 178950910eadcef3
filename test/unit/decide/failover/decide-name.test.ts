import { describe, expect, it } from '@jest/globals';
import { decideName } from '../../../../shared/decide/failover/decide-name';
import { type NamePolicy } from '../../../../shared/domain/failover/name-policy';
import { type DnsRecord } from '../../../../shared/domain/failover/dns-record';
import { missing } from '../../../../shared/domain/reading';
import { millis } from '../../../../shared/domain/units';
import { inSeconds, NOW, ok, secondsAgo, stale } from '../../../support/builders';
import {
  aNamePolicy,
  aNameSnapshot,
  aRecord,
  aSite,
  aSiteCapacity,
  someVotes,
} from '../../../support/name-builders';
import {
  aNameMemory,
  anOrder,
  LONG_DOWN,
  LONG_UP,
  NOTE,
  pausedByUs,
  type Sight,
  weighted,
  wordsOf,
} from '../../../support/name-story';

const three = aNamePolicy({ sites: [aSite('a'), aSite('b'), aSite('c')] });
const all = ['a', 'b', 'c'].map((site) => aRecord(site));

function proposed(
  { answers, ...seen }: Sight = {},
  policy: NamePolicy = three,
  records: readonly DnsRecord[] = all,
) {
  const votes = someVotes(policy, NOW, answers);
  return decideName(aNameSnapshot(policy, { records: ok(records), votes, ...seen }), policy);
}

describe('a name of which all is well', () => {
  it('has nothing to do, and is not looked at more often', () => {
    const proposal = proposed();
    expect(proposal).toMatchObject({
      steps: [],
      alerts: [],
      forecasts: [],
      isUnsteady: false,
      lookAgainAt: null,
    });
    expect(proposal.verdicts).toMatchObject(
      ['a', 'b', 'c'].map((siteName) => ({
        siteName,
        verdict: 'up',
        state: 'serving',
        nextState: 'serving',
        reason: 'site-up',
        detail: '3 of 3 voters reach it',
        share: 333,
      })),
    );
    expect(proposal.verdicts[0]?.evidence).toHaveLength(3);
  });

  it('tells where a site stood, and where it will', () => {
    const memory = aNameMemory({ a: { state: 'absent' } });
    expect(proposed({ memory }).verdicts[0]).toMatchObject({
      state: 'absent',
      nextState: 'serving',
    });
  });
});

describe('when it is unsteady', () => {
  const off = { isEnabled: false };
  it.each<[string, Sight, readonly DnsRecord[], boolean]>([
    ['a site is down', { answers: { a: 'down' } }, all, true],
    ['a site is unknown', { answers: { a: 'unknown' } }, all, true],
    [
      'a site is out',
      { memory: aNameMemory({ a: { ...LONG_UP, upSince: secondsAgo(60) } }) },
      [pausedByUs(all[0]!), ...all.slice(1)],
      true,
    ],
    ['there is something to write', {}, [aRecord('a', { remark: NOTE }), ...all.slice(1)], true],
    ['a person paused a site', {}, [aRecord('a', off), ...all.slice(1)], false],
  ])('%s: %#', (_, seen, records, expected) => {
    expect(proposed(seen, three, records).isUnsteady).toBe(expected);
  });

  it('is looked at again when the first of several times is due', () => {
    const memory = aNameMemory({
      a: { state: 'suspect', downSince: secondsAgo(100) },
      b: { state: 'suspect', downSince: secondsAgo(150) },
    });
    expect(proposed({ memory, answers: { a: 'down', b: 'down' } }).lookAgainAt).toBe(inSeconds(30));
  });

  it('not at a time that has passed', () => {
    const memory = aNameMemory({
      a: { state: 'suspect', downSince: secondsAgo(180), judgedAt: NOW },
    });
    expect(proposed({ memory, answers: { a: 'unknown' } }).lookAgainAt).toBeNull();
  });
});

describe('the order of steps', () => {
  it('what gives comes before what takes, and a rescue before all', () => {
    const memory = aNameMemory({ a: LONG_DOWN, b: LONG_UP });
    const records = [aRecord('a'), pausedByUs(aRecord('b')), aRecord('c')];
    expect(wordsOf(proposed({ memory, answers: { a: 'down' } }, three, records).steps)).toEqual([
      'enable r-b-default',
      'note r-a-default',
      'pause r-a-default',
      'clear r-b-default',
    ]);
  });

  it('each step once: what comes back for its line does not come back twice', () => {
    const memory = aNameMemory({ a: LONG_DOWN, b: LONG_UP });
    const records = [aRecord('a'), pausedByUs(aRecord('b'))];
    const { steps } = proposed({ memory, answers: { a: 'down' } }, aNamePolicy(), records);
    expect(steps.filter(({ kind }) => kind === 'enable-record')).toMatchObject([
      {
        stepId: 'enable/r-b-default',
        siteName: 'b',
        recordId: 'r-b-default',
        line: 'default',
        reason: 'last-record-replaced',
      },
    ]);
  });

  it.each([
    [200, 250, ['b', 'a']],
    [250, 200, ['a', 'b']],
    [200, 200, ['a', 'b']],
  ])('down for %i and %i s: who was down first leaves first', (a, b, order) => {
    const memory = aNameMemory({
      a: { ...LONG_DOWN, downSince: secondsAgo(a) },
      b: { ...LONG_DOWN, downSince: secondsAgo(b) },
    });
    const { steps } = proposed({ memory, answers: { a: 'down', b: 'down' } });
    expect(
      steps.filter(({ kind }) => kind === 'pause-record').map(({ siteName }) => siteName),
    ).toEqual(order);
  });

  it('one that is ordered out comes after one that is dead', () => {
    const memory = aNameMemory({ b: LONG_DOWN });
    const { steps } = proposed({
      memory,
      answers: { b: 'down' },
      orders: [anOrder('failover', 'a')],
    });
    expect(
      steps.filter(({ kind }) => kind === 'pause-record').map(({ siteName }) => siteName),
    ).toEqual(['b', 'a']);
  });

  it('every step says for whom, why, and on what evidence', () => {
    const { steps } = proposed({ memory: aNameMemory({ a: LONG_DOWN }), answers: { a: 'down' } });
    expect(steps).toMatchObject([
      {
        kind: 'remark-record',
        stepId: 'remark/r-a-default',
        siteName: 'a',
        reason: 'failover-site-down',
        line: 'default',
        remark: NOTE,
      },
      {
        kind: 'pause-record',
        stepId: 'pause/r-a-default',
        siteName: 'a',
        reason: 'failover-site-down',
        line: 'default',
      },
    ]);
    expect(steps[1]?.evidence).toEqual(
      Array.from({ length: 3 }, () => expect.stringMatching(/: down, 3 of 3/u)),
    );
  });
});

describe('records that cannot be read', () => {
  it.each([
    ['old', stale(all)],
    ['missing', missing('read-failed')],
  ])('%s: nothing is concluded, and people hear of it', (_, records) => {
    const memory = aNameMemory({ a: LONG_DOWN });
    const proposal = proposed({ memory, records, answers: { a: 'down' } });
    expect(proposal.steps).toEqual([]);
    expect(proposal.verdicts[0]).toMatchObject({
      verdict: 'down',
      reason: 'name-unreadable',
      nextState: 'suspect',
      share: 0,
    });
    expect(proposal.alerts).toContainEqual({
      key: 'name-unreadable',
      severity: 'critical',
      reason: 'name-unreadable',
      siteName: null,
      message: 'the records could not be read: nothing is changed',
    });
  });

  it('what is seen of the sites is counted on', () => {
    const memory = aNameMemory({ a: { ...LONG_DOWN, downSince: secondsAgo(60) } });
    const proposal = proposed({ memory, records: missing('read-failed'), answers: { a: 'down' } });
    expect(proposal.memoryIfNot.sites['a']).toMatchObject({
      state: 'suspect',
      downSince: secondsAgo(60),
      judgedAt: NOW,
    });
    expect(proposal.memoryIfDone.sites['a']).toEqual(proposal.memoryIfNot.sites['a']);
  });
});

describe('weights that the policy wants', () => {
  const policy = { ...three, weighting: true };
  const off = (...lines: readonly string[]) => ok(lines.map((line) => ({ line, isOn: false })));

  it('are switched on in quiet times, on lines with several records', () => {
    const records = [...all, aRecord('a', { line: 'telecom' })];
    const { steps } = proposed({ weighting: off('default', 'telecom') }, policy, records);
    expect(steps).toEqual([
      {
        kind: 'open-weighting',
        stepId: 'weighting/default',
        siteName: 'a',
        reason: 'weighting-opened',
        evidence: [],
        line: 'default',
      },
    ]);
  });

  it.each<[string, Sight, NamePolicy, readonly DnsRecord[]]>([
    ['they are on', { weighting: weighted() }, policy, all],
    ['the policy wants none', { weighting: off('default') }, three, all],
    ['nobody can tell', { weighting: missing('read-failed') }, policy, all],
    [
      'a site is not known to be up',
      { weighting: off('default'), answers: { c: 'unknown' } },
      policy,
      all,
    ],
    [
      'a site is out',
      { weighting: off('default') },
      policy,
      [...all.slice(0, 2), aRecord('c', { isEnabled: false })],
    ],
    [
      'nobody of the policy answers on the line',
      { weighting: off('default', 'telecom') },
      policy,
      [
        ...['a', 'b', 'c'].map((site) => aRecord(site, { line: 'unicom' })),
        aRecord('y', { line: 'telecom' }),
        aRecord('z', { line: 'telecom' }),
      ],
    ],
  ])('are left alone while %s', (_, seen, own, records) => {
    expect(proposed(seen, own, records).steps).toEqual([]);
  });
});

describe('what people hear', () => {
  const keys = (seen: Sight, policy = three, records = all) =>
    proposed(seen, policy, records).alerts.map(
      ({ key, severity, reason }) => `${key} ${severity} ${reason}`,
    );
  const down = { memory: aNameMemory({ a: LONG_DOWN }), answers: { a: 'down' as const } };

  it('that a site leaves, with its name and why', () => {
    expect(keys(down)).toContain('a/failover-site-down critical failover-site-down');
    const { alerts } = proposed(down);
    expect(alerts.find(({ key }) => key === 'a/failover-site-down')).toMatchObject({
      siteName: 'a',
      message: expect.stringMatching(
        /^a: 3 of 3 voters outside its region cannot reach it, for 200 s; /u,
      ),
    });
  });

  it.each<[string, Sight, string]>([
    [
      'a person’s order',
      { orders: [anOrder('failover', 'a')] },
      'a/failover-ordered warning failover-ordered',
    ],
    [
      'doubt',
      {
        memory: aNameMemory({ a: { usual: { load: null, traffic: 1000, at: NOW } } }),
        answers: { a: 'down' },
        capacities: { a: ok(aSiteCapacity({ traffic: ok(1000) })) },
      },
      'a/site-serving-though-unreached warning site-serving-though-unreached',
    ],
  ])('of %s', (_, seen, expected) => {
    expect(keys(seen)).toContain(expected);
  });

  it('of a return and of its relapse', () => {
    const out = [pausedByUs(aRecord('a')), ...all.slice(1)];
    expect(keys({ memory: aNameMemory({ a: LONG_UP }) }, three, out)).toEqual([
      'a/failback-held-up info failback-held-up',
    ]);
    const back = { memory: aNameMemory({ a: LONG_UP }), orders: [anOrder('failback', 'a')] };
    expect(keys(back, three, out)).toEqual(['a/failback-ordered info failback-ordered']);
    const relapse = {
      memory: aNameMemory({ a: { state: 'returning' } }),
      answers: { a: 'down' as const },
    };
    expect(keys(relapse)).toEqual(['a/failback-relapse critical failback-relapse']);
  });

  it('of a rehearsal’s begin and end', () => {
    const practice = {
      site: 'a',
      timeZone: 'UTC',
      days: ['fri'] as const,
      fromMinute: 480,
      durationMs: millis(600_000),
      abortErrorShare: aNamePolicy().verdict.servingShare,
    };
    const policy = { ...three, practice };
    const capacities = { a: ok(aSiteCapacity()), b: ok(aSiteCapacity()), c: ok(aSiteCapacity()) };
    expect(keys({ capacities }, policy)).toEqual(['a/practice-started info practice-started']);
    const move = { moveId: 'practice-1', kind: 'practice' as const, at: secondsAgo(600) };
    const last = { siteName: 'a', startedAt: secondsAgo(0), until: NOW, abortedBecause: null };
    const memory = { ...aNameMemory({ a: { ...LONG_UP, move } }), practice: last };
    expect(
      keys({ capacities, memory }, policy, [pausedByUs(aRecord('a')), ...all.slice(1)]),
    ).toEqual(['a/practice-ended info practice-ended']);
  });

  it('of a partial move', () => {
    const policy = aNamePolicy({ weighting: true });
    const usual = { load: 4000, traffic: 1_000_000, at: NOW };
    const capacities = {
      a: ok(aSiteCapacity({ traffic: ok(100_000) })),
      b: ok(aSiteCapacity({ load: ok(11_000), canLaunch: false })),
    };
    const records = [aRecord('a', { weight: 100 }), aRecord('b', { weight: 100 })];
    const memory = aNameMemory({ a: { ...LONG_DOWN, usual } });
    const seen = { ...down, memory, capacities, weighting: weighted() };
    expect(keys(seen, policy, records)).toContain('a/failover-partial critical failover-partial');
  });

  it('that too few voters see anything', () => {
    expect(keys({ votes: [] })).toEqual(['voters-missing critical voters-missing']);
    const votes = someVotes(three, NOW);
    const of = (...voters: readonly string[]) => ({
      votes: votes.filter(({ voter }) => voters.includes(voter)),
    });
    expect(keys(of('cn-beijing'))).toContain('voters-missing critical voters-missing');
    expect(keys(of('cn-beijing', 'cn-chengdu'))).toEqual([]);
    const blind = votes.map((vote) =>
      vote.voter === 'cn-beijing' ? vote : { ...vote, answer: 'unknown' as const },
    );
    expect(keys({ votes: blind })).toContain('voters-missing critical voters-missing');
    const lost = votes.map((vote) =>
      vote.voter === 'cn-beijing' ? vote : { ...vote, answer: 'down' as const },
    );
    const { alerts } = proposed({ votes: lost });
    expect(alerts.find(({ key }) => key === 'voters-missing')).toMatchObject({
      siteName: null,
      message: '1 voters see anything at all, 2 must agree: nothing is concluded',
    });
  });

  it('of a single site too a voter that cannot tell sees nothing', () => {
    const alone = aNamePolicy({ sites: [aSite('a')] });
    expect(keys({ votes: someVotes(alone, NOW, { a: 'unknown' }) }, alone)).toEqual([
      'voters-missing critical voters-missing',
    ]);
  });

  it('an outside voter with the name of a vantage is counted as another', () => {
    const policy = { ...three, outsideVoters: ['cn-beijing'] };
    const own = someVotes(policy, NOW).filter(({ voter }) => voter === 'cn-beijing');
    const votes = [...own, ...own.map((vote) => ({ ...vote, kind: 'outside' as const }))];
    expect(keys({ votes }, policy)).toEqual([]);
  });

  it('that a region does not say what its pool can carry', () => {
    const asked = {
      capacities: { a: missing('read-failed'), b: stale(aSiteCapacity()), c: ok(aSiteCapacity()) },
    };
    expect(keys(asked)).toEqual([
      'a/region-unreachable warning region-unreachable',
      'b/region-unreachable warning region-unreachable',
    ]);
    expect(proposed(asked).alerts[0]).toMatchObject({
      siteName: 'a',
      message: 'a: region-a does not say what its pool can carry',
    });
    const poolless = { ...three, sites: [aSite('a', { poolName: null }), aSite('b'), aSite('c')] };
    expect(keys({ capacities: { a: missing('not-configured') } }, poolless)).toEqual([]);
  });
});

describe('what is remembered', () => {
  const carries = { capacities: { a: ok(aSiteCapacity({ load: ok(5), traffic: ok(7) })) } };
  const usualAfter = (seen: Sight, records = all, before = {}) =>
    proposed({ memory: aNameMemory({ a: before }), ...seen }, three, records).memoryIfDone.sites[
      'a'
    ]?.usual;

  it('what a site usually carries, as long as it is up and has all of its share', () => {
    expect(usualAfter(carries)).toEqual({ load: 5, traffic: 7, at: NOW });
    const usual = { load: 1, traffic: 2, at: secondsAgo(60) };
    expect(usualAfter({ ...carries, answers: { a: 'down' } }, all, { usual })).toEqual(usual);
    expect(usualAfter({ ...carries, answers: { a: 'unknown' } }, all, { usual })).toEqual(usual);
    const telecom = pausedByUs(aRecord('a', { line: 'telecom' }));
    expect(usualAfter(carries, [...all, telecom], { usual, state: 'recovering' })).toEqual(usual);
    expect(usualAfter(carries, all, { usual, state: 'returning', stageSince: NOW })).toEqual(usual);
  });

  it('each figure stays until a fresh one comes', () => {
    const usual = { load: 1, traffic: 2, at: secondsAgo(60) };
    const of = (parts: object) => ({ capacities: { a: ok(aSiteCapacity(parts)) } });
    expect(
      usualAfter(of({ load: missing('no-datapoint'), traffic: ok(7) }), all, { usual }),
    ).toEqual({ load: 1, traffic: 7, at: NOW });
    expect(usualAfter(of({ load: ok(5), traffic: stale(7) }), all, { usual })).toEqual({
      load: 5,
      traffic: 2,
      at: NOW,
    });
    expect(usualAfter(of({ load: ok(5), traffic: stale(7) }))).toEqual({
      load: 5,
      traffic: null,
      at: NOW,
    });
    expect(usualAfter(of({ load: stale(5), traffic: ok(7) }))).toEqual({
      load: null,
      traffic: 7,
      at: NOW,
    });
    expect(usualAfter(of({ load: stale(5), traffic: stale(7) }), all, { usual })).toEqual(usual);
  });

  const entry = (recordId: string, isEnabled: boolean, seconds: number) => ({
    recordId,
    isEnabled,
    weight: null,
    at: secondsAgo(seconds),
  });
  const writtenAfter = (seen: Sight, ...written: readonly ReturnType<typeof entry>[]) =>
    proposed({ memory: aNameMemory({}, { written }), ...seen }).memoryIfNot.written.map(
      ({ recordId }) => recordId,
    );

  it('what we wrote, until somebody changes it', () => {
    expect(
      writtenAfter({}, entry('r-a-default', true, 600), entry('r-b-default', false, 600)),
    ).toEqual(['r-a-default']);
    expect(writtenAfter({}, entry('r-b-default', false, 60))).toEqual(['r-b-default']);
    expect(writtenAfter({}, entry('r-b-default', false, 61))).toEqual([]);
    expect(writtenAfter({}, entry('gone', true, 10))).toEqual([]);
  });

  it('all of it while the records cannot be read', () => {
    const records = missing('read-failed');
    expect(writtenAfter({ records }, entry('gone', true, 600))).toEqual(['gone']);
  });

  it('the last failover, however many rehearsals came after it: the next one is not the first', () => {
    const moves = Array.from({ length: 50 }, (_, index) => ({
      moveId: `old-${index}`,
      kind: index === 0 ? ('failover' as const) : ('practice' as const),
      siteName: 'b',
      at: secondsAgo(90_000),
    }));
    const seen = {
      memory: aNameMemory({ a: LONG_DOWN }, { moves }),
      answers: { a: 'down' as const },
      orders: [],
    };
    const practised = proposed({
      ...seen,
      memory: aNameMemory({ a: LONG_UP }, { moves }),
      records: ok([pausedByUs(aRecord('a')), aRecord('b'), aRecord('c')]),
      answers: {},
    });
    const kept = practised.memoryIfDone.moves.map(({ moveId, kind }) => `${kind} ${moveId}`);
    expect(kept).toHaveLength(50);
    expect(kept[0]).toBe('failover old-0');
    expect(kept.at(-1)).toMatch(/^failback /);
  });

  it('the last fifty moves and the last hundred approvals', () => {
    const moves = Array.from({ length: 50 }, (_, index) => ({
      moveId: `old-${index}`,
      kind: 'failover' as const,
      siteName: 'b',
      at: secondsAgo(90_000),
    }));
    const usedApprovals = Array.from({ length: 100 }, (_, index) => `word-${index}`);
    const policy = { ...three, sites: [aSite('a', { isStateful: true }), aSite('b'), aSite('c')] };
    const seen = {
      memory: aNameMemory({ a: LONG_DOWN }, { moves, usedApprovals }),
      answers: { a: 'down' as const },
    };
    const [asked] = proposed(seen, policy).memoryIfNot.pending;
    const approval = {
      approvalId: 'new',
      moveId: asked!.moveId,
      by: 'ann',
      isGranted: true,
      at: NOW,
      until: inSeconds(60),
    };
    const { memoryIfDone, memoryIfNot } = proposed({ ...seen, approvals: [approval] }, policy);
    expect(memoryIfDone.moves).toHaveLength(50);
    expect(memoryIfDone.moves.at(-1)).toMatchObject({ moveId: asked!.moveId, siteName: 'a' });
    expect(memoryIfDone.moves[0]?.moveId).toBe('old-1');
    expect(memoryIfDone.usedApprovals).toHaveLength(100);
    expect(memoryIfDone.usedApprovals.at(-1)).toBe('new');
    expect(memoryIfNot).toMatchObject({ moves, usedApprovals, updatedAt: NOW });
  });

  it('a move that goes on is no new one', () => {
    const policy = { ...three, sites: three.sites };
    const records = [
      pausedByUs(aRecord('a')),
      aRecord('a', { line: 'telecom' }),
      ...all.slice(1),
      aRecord('b', { line: 'telecom' }),
    ];
    const move = { moveId: 'failover-1', kind: 'failover' as const, at: secondsAgo(60) };
    const moves = [{ ...move, siteName: 'a' }];
    const memory = aNameMemory({ a: { ...LONG_DOWN, state: 'paused', move } }, { moves });
    expect(
      proposed({ memory, answers: { a: 'down' } }, policy, records).memoryIfDone.moves,
    ).toEqual(moves);
  });

  it('the last rehearsal also when a site fails over for real', () => {
    const practice = {
      siteName: 'b',
      startedAt: secondsAgo(9000),
      until: secondsAgo(8400),
      abortedBecause: null,
    };
    const memory = aNameMemory({ a: LONG_DOWN }, { practice });
    expect(proposed({ memory, answers: { a: 'down' } }).memoryIfDone.practice).toEqual(practice);
  });

  it('a rehearsal only once it has begun', () => {
    const practice = {
      site: 'a',
      timeZone: 'UTC',
      days: ['fri'] as const,
      fromMinute: 480,
      durationMs: millis(600_000),
      abortErrorShare: aNamePolicy().verdict.servingShare,
    };
    const capacities = { a: ok(aSiteCapacity()), b: ok(aSiteCapacity()), c: ok(aSiteCapacity()) };
    const { memoryIfDone, memoryIfNot } = proposed({ capacities }, { ...three, practice });
    expect(memoryIfNot.practice).toBeNull();
    expect(memoryIfDone.practice).toMatchObject({ siteName: 'a', startedAt: NOW });
    expect(memoryIfNot.sites['a']).toMatchObject({ state: 'waiting', waitingSince: NOW });
  });
});
