import { describe, expect, it } from '@jest/globals';
import { type NamePolicy } from '../../../../shared/domain/failover/name-policy';
import { type DnsRecord } from '../../../../shared/domain/failover/dns-record';
import { type SiteCapacity } from '../../../../shared/domain/failover/name-snapshot';
import { ok, NOW, secondsAgo, stale } from '../../../support/builders';
import {
  aNamePolicy,
  aRecord,
  aSite,
  aSiteCapacity,
  someVotes,
} from '../../../support/name-builders';
import {
  type Answers,
  aNameMemory,
  anOrder,
  deedsOf,
  LONG_DOWN,
  LONG_UP,
  pausedByUs,
  playName,
  type Sight,
  weighted,
  withheldIn,
} from '../../../support/name-story';
import { aNameWorld, nameTurn, type NameTurn } from '../../../support/pure-names';

const three = aNamePolicy({ sites: [aSite('a'), aSite('b'), aSite('c')] });
const off = { isEnabled: false };

function turn(
  records: readonly DnsRecord[],
  answers: Answers = {},
  seen: Sight = {},
  policy: NamePolicy = three,
): NameTurn {
  const world = aNameWorld(records);
  return nameTurn(world, policy, { votes: someVotes(policy, NOW, answers), ...seen });
}

const roomFor = (loads: Readonly<Record<string, Partial<SiteCapacity>>>) => ({
  capacities: Object.fromEntries(
    Object.entries(loads).map(([name, parts]) => [name, ok(aSiteCapacity(parts))]),
  ),
});

describe('a line without any enabled record', () => {
  const dark = ['a', 'b', 'c'].map((site) => aRecord(site, off));

  it.each<[string, Answers, Sight, string]>([
    ['one that is up comes before one that nobody knows', { a: 'unknown', c: 'down' }, {}, 'b'],
    ['all down: the first of the policy', { a: 'down', b: 'down', c: 'down' }, {}, 'a'],
    ['all up: the first of the policy', {}, {}, 'a'],
    [
      'the one with the most room',
      {},
      roomFor({ a: { load: ok(9000) }, b: { load: ok(8000) }, c: { load: ok(8500) } }),
      'b',
    ],
    ['room grows with instances', {}, roomFor({ a: {}, b: { serving: 11 }, c: {} }), 'b'],
    ['unknown room is none', {}, roomFor({ a: { load: stale(0) }, b: { load: ok(11_999) } }), 'b'],
    [
      'who is over full has no room either',
      {},
      roomFor({ a: { load: ok(12_000) }, b: { load: ok(15_000) }, c: { load: ok(13_000) } }),
      'a',
    ],
    [
      'a verdict weighs more than room',
      { b: 'unknown', c: 'unknown' },
      roomFor({ b: { load: ok(0) } }),
      'a',
    ],
  ])('%s', (_, answers, seen, best) => {
    const taken = turn(dark, answers, seen);
    expect(deedsOf([taken])).toEqual([`enable r-${best}-default`]);
    expect(taken.plan.withheld).toEqual([]);
  });

  it('one that nobody knows comes before one that is down', () => {
    const votes = someVotes(three, NOW, { a: 'down', b: 'unknown', c: 'unknown' }).map((vote) => {
      const sees = vote.voter === 'cn-beijing' ? 'b' : 'c';
      return vote.siteName === sees ? { ...vote, answer: 'up' as const } : vote;
    });
    const twoSee = votes.filter(({ voter }) => voter !== 'cn-hongkong');
    expect(deedsOf([turn(dark, {}, { votes: twoSee })])).toEqual(['enable r-b-default']);
  });

  it('raises an alarm that names it', () => {
    expect(turn(dark).proposal.alerts).toContainEqual({
      key: 'line/default/empty',
      severity: 'critical',
      reason: 'record-empty',
      siteName: 'a',
      message: 'line default had no enabled record: a comes back',
    });
  });

  it('passes over locked records, and says so where there are no others', () => {
    const locked = { ...off, isLocked: true };
    expect(deedsOf([turn([aRecord('a', locked), aRecord('b', off)])])).toEqual([
      'enable r-b-default',
    ]);
    const stuck = turn([aRecord('a', locked), aRecord('b', locked)]);
    expect(withheldIn(stuck)).toEqual(['enable r-a-default: guard-record-locked']);
    expect(stuck.proposal.alerts.find(({ reason }) => reason === 'record-empty')?.message).toBe(
      'line default had no enabled record: a should come back but is locked',
    );
  });

  it('takes either of two records that hold the same address', () => {
    const twins = [aRecord('a', off), aRecord('a', { ...off, recordId: 'twin' })];
    expect(deedsOf([turn(twins)])).toEqual(['enable r-a-default']);
  });

  it('is each its own', () => {
    const telecom = { line: 'telecom' };
    const records = [
      aRecord('a', off),
      aRecord('b', off),
      aRecord('b', { ...off, ...telecom }),
      aRecord('c', { ...telecom }),
    ];
    expect(deedsOf([turn(records)])).toEqual(['enable r-a-default']);
  });

  it.each<[string, DnsRecord]>([
    ['a record of nobody in the policy answers there', aRecord('z', {})],
    ['only records of nobody in the policy are there', aRecord('z', off)],
  ])('nothing to do where %s', (_, record) => {
    const records = record.isEnabled
      ? [aRecord('a', off), record]
      : [record, aRecord('b', { line: 'telecom' })];
    expect(deedsOf([turn(records)])).toEqual([]);
  });

  it('a record of another type does not answer for it', () => {
    const text = aRecord('a', { recordId: 'text', type: 'TXT' });
    expect(deedsOf([turn([aRecord('a', off), text])])).toEqual(['enable r-a-default']);
  });

  it('gets all of the weight of one that is up', () => {
    const policy = { ...three, weighting: true };
    const records = [pausedByUs(aRecord('a'), 80), pausedByUs(aRecord('b'), 100)];
    const seen = { weighting: weighted() };
    expect(deedsOf([turn(records, {}, seen, policy)])).toEqual([
      'enable r-a-default',
      'r-a-default = 80',
    ]);
    const down = { a: 'down', b: 'down', c: 'down' } as const;
    expect(deedsOf([turn(records, down, seen, policy)])).toEqual(['enable r-a-default']);
  });

  it('is not touched while the records cannot be read', () => {
    expect(deedsOf([turn(dark, {}, { records: stale(dark) })])).toEqual([]);
  });
});

describe('the last of a line that has to leave', () => {
  const two = aNamePolicy();
  const last = [aRecord('a'), pausedByUs(aRecord('b'))];
  const memory = aNameMemory({ a: LONG_DOWN, b: { ...LONG_UP, upSince: secondsAgo(100) } });
  const down: Answers = { a: 'down' };

  it('gives way to another that is up and that we paused', () => {
    const taken = turn(last, down, { memory }, two);
    expect(deedsOf([taken])[0]).toBe('enable r-b-default');
    expect(taken.proposal.alerts).toContainEqual({
      key: 'line/default/last',
      severity: 'warning',
      reason: 'last-record-replaced',
      siteName: 'a',
      message: 'a alone answers on line default: b comes back for it',
    });
  });

  it('with all of the weight of the other, as the dead one may stay beside it for a while', () => {
    const policy = { ...two, weighting: true };
    const records = [aRecord('a', { weight: 100 }), pausedByUs(aRecord('b'), 80)];
    const taken = turn(records, down, { memory, weighting: weighted() }, policy);
    expect(deedsOf([taken]).slice(0, 2)).toEqual(['enable r-b-default', 'r-b-default = 80']);
  });

  it.each<[string, readonly DnsRecord[], Answers]>([
    ['is down', last, { a: 'down', b: 'down' }],
    ['is not known to be up', last, { a: 'down', b: 'unknown' }],
    ['was paused by a person', [aRecord('a'), aRecord('b', off)], down],
    ['is locked', [aRecord('a'), { ...last[1]!, isLocked: true }], down],
    [
      'has no record there',
      [
        aRecord('a'),
        pausedByUs(aRecord('b', { line: 'telecom' })),
        aRecord('a', { line: 'telecom' }),
      ],
      down,
    ],
  ])('stays where the other %s', (_, records, answers) => {
    const votes = someVotes(three, NOW, answers);
    const taken = nameTurn(aNameWorld(records), three, { votes, memory });
    expect(deedsOf([taken]).filter((each) => each.endsWith('default'))).toEqual([]);
    expect(taken.proposal.alerts).toContainEqual({
      key: 'line/default/last',
      severity: 'critical',
      reason: 'guard-last-record',
      siteName: 'a',
      message:
        'a alone answers on line default and should leave it, and nobody else that is up can take its place: it stays',
    });
  });

  it('chooses by room between two that could come back', () => {
    const records = [aRecord('a'), pausedByUs(aRecord('b')), pausedByUs(aRecord('c'))];
    const seen = { memory, ...roomFor({ b: { load: ok(9000) }, c: { load: ok(8000) } }) };
    expect(deedsOf([turn(records, down, seen)])[0]).toBe('enable r-c-default');
  });

  it('is no matter where somebody else answers', () => {
    const records = [aRecord('a'), pausedByUs(aRecord('b')), aRecord('c')];
    expect(deedsOf([turn(records, down, { memory })])).not.toContain('enable r-b-default');
  });

  it('two that a person ordered out are not enabled and paused in turn', () => {
    const orders = [anOrder('failover', 'a'), anOrder('failover', 'b')];
    const { turns } = playName(aNameWorld([aRecord('a'), aRecord('b')]), two, 900, () => ({
      orders,
    }));
    expect(deedsOf(turns)).toEqual(['note r-a-default', 'pause r-a-default']);
    expect(turns.at(-1)?.proposal.alerts.map(({ key }) => key)).toContain('line/default/last');
  });

  it('is replaced also when it is up and a person ordered it out', () => {
    const orders = [anOrder('failover', 'a')];
    expect(deedsOf([turn(last, {}, { memory, orders }, two)])[0]).toBe('enable r-b-default');
  });

  it('is no matter for a site that does not leave', () => {
    const noted = [aRecord('a', { remark: 'evenkeel:paused:www' }), last[1]!];
    const held = aNameMemory({ b: { ...LONG_UP, upSince: secondsAgo(100) } });
    expect(deedsOf([turn(noted, {}, { memory: held }, two)])).toEqual(['clear r-a-default']);
  });

  it('is replaced by one that a person ordered out, when it is dead', () => {
    const orders = [anOrder('failover', 'b')];
    const taken = turn(last, down, { memory, orders }, two);
    expect(deedsOf([taken])[0]).toBe('enable r-b-default');
  });
});
