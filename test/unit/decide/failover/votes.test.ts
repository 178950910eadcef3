import { describe, expect, it } from '@jest/globals';
import { countVotes, describeVote } from '../../../../shared/decide/failover/votes';
import { type Vote } from '../../../../shared/domain/failover/name-snapshot';
import { inSeconds, NOW, secondsAgo } from '../../../support/builders';
import { aNamePolicy, aSite, someVotes } from '../../../support/name-builders';

const policy = aNamePolicy({ outsideVoters: ['uptime'] });
const aVote = (parts: Partial<Vote> = {}): Vote => ({
  voter: 'cn-beijing',
  kind: 'vantage',
  siteName: 'a',
  answer: 'down',
  at: secondsAgo(4),
  attempts: 3,
  failed: 3,
  latencyMs: null,
  detail: '',
  ...parts,
});
const seesB = (parts: Partial<Vote> = {}) => aVote({ siteName: 'b', answer: 'up', ...parts });
const counted = (votes: readonly Vote[], own = policy) =>
  countVotes({ votes, takenAt: NOW }, own).map(
    ({ vote, answer, hasLostView }) =>
      `${vote.voter} ${vote.siteName} ${answer}${hasLostView ? ' lost' : ''}`,
  );

describe('countVotes', () => {
  it('counts what voters of the policy say', () => {
    expect(counted([aVote(), seesB()])).toEqual(['cn-beijing a down', 'cn-beijing b up']);
  });

  it.each<[string, Partial<Vote>]>([
    ['a region that is no vantage', { voter: 'cn-qingdao' }],
    ['an outside voter that nobody named', { voter: 'somebody', kind: 'outside' }],
    ['a vantage that calls itself an outside voter', { kind: 'outside' }],
    ['an outside voter that calls itself a vantage', { voter: 'uptime' }],
  ])('leaves out %s', (_, voter) => {
    expect(counted([aVote(voter), seesB(voter)])).toEqual([]);
  });

  it('counts an outside voter that the policy names', () => {
    const uptime = { voter: 'uptime', kind: 'outside' } as const;
    expect(counted([aVote(uptime), seesB(uptime)])).toEqual(['uptime a down', 'uptime b up']);
  });

  it.each([
    ['as old as allowed', secondsAgo(60), ['cn-beijing a down']],
    ['older than allowed', secondsAgo(61), []],
    ['as far ahead as clocks differ', inSeconds(5), ['cn-beijing a down']],
    ['from the future', inSeconds(6), []],
  ])('a vote that is %s', (_, at, expected) => {
    const said = counted([aVote({ at }), seesB()]);
    expect(said.filter((each) => each.includes(' a '))).toEqual(expected);
  });

  it('takes the last word of a voter on a site, whatever the order', () => {
    const before = aVote({ answer: 'up', at: secondsAgo(30) });
    expect(counted([aVote(), before, seesB()])).toContain('cn-beijing a down');
    expect(counted([before, aVote(), seesB()])).toEqual(['cn-beijing a down', 'cn-beijing b up']);
  });

  it('a voter has one voice, also when it says the same twice at one instant', () => {
    expect(counted([aVote(), aVote(), seesB()])).toEqual(['cn-beijing a down', 'cn-beijing b up']);
  });

  it('who contradicts itself at one instant says nothing', () => {
    const both = [aVote(), aVote({ answer: 'up' }), seesB()];
    expect(counted(both)).toEqual(['cn-beijing a unknown', 'cn-beijing b up']);
    expect(counted([both[1]!, both[0]!, both[2]!])).toEqual([
      'cn-beijing a unknown',
      'cn-beijing b up',
    ]);
  });

  it('an older word of one voter does not hide the word of another', () => {
    const chengdu = { voter: 'cn-chengdu', at: secondsAgo(30) };
    expect(counted([aVote(), seesB(), aVote(chengdu), seesB(chengdu)])).toHaveLength(4);
  });

  it('who reaches no site at all has lost its view, and says nothing about any', () => {
    const votes = someVotes(policy, NOW, { a: 'down', b: 'down' });
    expect(new Set(counted(votes).map((each) => each.split(' ').slice(2).join(' ')))).toEqual(
      new Set(['unknown lost']),
    );
  });

  it('who votes on one site only and does not reach it has no view to show', () => {
    expect(counted([aVote()])).toEqual(['cn-beijing a unknown lost']);
    expect(counted([aVote({ answer: 'up' })])).toEqual(['cn-beijing a up']);
  });

  it('what another voter reaches does not give a voter its view back', () => {
    const said = counted([aVote(), seesB({ voter: 'cn-chengdu' })]);
    expect(said).toContain('cn-beijing a unknown lost');
  });

  it('an outside voter with the name of a vantage is somebody else', () => {
    const named = aNamePolicy({ outsideVoters: ['cn-beijing'] });
    const said = counted([aVote(), seesB({ kind: 'outside' })], named);
    expect(said).toEqual(['cn-beijing a unknown lost', 'cn-beijing b up']);
  });

  it('a voter’s stale sight of another site is no sight', () => {
    expect(counted([aVote(), seesB({ at: secondsAgo(61) })])).toEqual([
      'cn-beijing a unknown lost',
    ]);
  });

  it('of a name with one site nobody can have lost the view of all others', () => {
    const alone = aNamePolicy({ sites: [aSite('a')] });
    expect(counted([aVote()], alone)).toEqual(['cn-beijing a down']);
  });
});

describe('describeVote', () => {
  const words = (vote: Vote, hasLostView = false) =>
    describeVote({ vote, answer: vote.answer, hasLostView }, { takenAt: NOW });

  it('says who said what, how surely and when', () => {
    expect(words(aVote({ detail: 'connect timeout' }))).toBe(
      'cn-beijing: down, 3 of 3 attempts failed (connect timeout), 4 s ago',
    );
  });

  it('says when it does not count', () => {
    expect(words(aVote(), true)).toBe(
      'cn-beijing: down, 3 of 3 attempts failed, 4 s ago; it reaches no site at all and does not count',
    );
  });
});
