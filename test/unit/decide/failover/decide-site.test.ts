import { describe, expect, it } from '@jest/globals';
import { type NamePolicy } from '../../../../shared/domain/failover/name-policy';
import { type NameMemory, type SiteMemory } from '../../../../shared/domain/failover/name-memory';
import { type DnsRecord } from '../../../../shared/domain/failover/dns-record';
import { NOW, ok, secondsAgo } from '../../../support/builders';
import { aNamePolicy, aRecord, someVotes } from '../../../support/name-builders';
import {
  aNameMemory,
  deedsOf,
  LONG_DOWN,
  NOTE,
  pausedByUs,
  playName,
  type Sight,
  weighted,
  withheldIn,
} from '../../../support/name-story';
import { aNameWorld, nameTurn, type NameTurn } from '../../../support/pure-names';

interface Turn extends Sight {
  readonly policy?: NamePolicy;
  readonly at?: Partial<SiteMemory> | null;
  readonly also?: Partial<NameMemory>;
  readonly from?: readonly DnsRecord[];
}

/** One turn in which all is well; `at: null` for a site of which nothing is remembered. */
function turn({
  policy = aNamePolicy(),
  at = {},
  also = {},
  from,
  answers,
  ...seen
}: Turn = {}): NameTurn {
  const known = at === null ? { b: {} } : { a: { upSince: secondsAgo(3000), ...at }, b: {} };
  const memory = aNameMemory(known, also);
  const records = from ?? [aRecord('a'), aRecord('b')];
  return nameTurn({ ...aNameWorld(records), memory }, policy, {
    votes: someVotes(policy, NOW, answers),
    weighting: policy.weighting ? weighted() : ok([]),
    ...seen,
  });
}

const memoryOf = ({ world }: NameTurn) => world.memory.sites['a'];
const verdictOf = ({ proposal }: NameTurn) => proposal.verdicts[0];
const off = { isEnabled: false };

describe('a site whose records are not ours to enable', () => {
  it.each<[string, readonly DnsRecord[], string]>([
    ['has no record', [aRecord('b')], 'site-without-record'],
    [
      'has a record of another type only',
      [aRecord('a', { type: 'TXT' }), aRecord('b')],
      'site-without-record',
    ],
    ['was paused by a person', [aRecord('a', off), aRecord('b')], 'site-paused-by-person'],
    [
      'was paused for another name',
      [aRecord('a', { ...off, remark: 'evenkeel:paused:shop' }), aRecord('b')],
      'site-paused-by-person',
    ],
    [
      'was paused by a person who says so',
      [aRecord('a', { ...off, remark: 'evenkeel: paused by ann' }), aRecord('b')],
      'site-paused-by-person',
    ],
  ])('%s: it is left alone and reported', (_, from, reason) => {
    const taken = turn({ from, at: { state: 'paused', waitingSince: NOW, baseWeights: { x: 1 } } });
    expect(taken.proposal.steps).toEqual([]);
    expect(verdictOf(taken)).toMatchObject({ reason, nextState: 'absent', share: 0 });
    expect(memoryOf(taken)).toMatchObject({
      state: 'absent',
      move: null,
      baseWeights: {},
      waitingSince: null,
    });
    expect(taken.proposal.alerts).toContainEqual(
      expect.objectContaining({ key: `a/${reason}`, severity: 'warning', reason, siteName: 'a' }),
    );
  });

  it('on a line that the policy does not name is not looked at', () => {
    const from = [aRecord('a', { line: 'telecom' }), aRecord('b')];
    expect(verdictOf(turn({ from, policy: aNamePolicy({ lines: ['default'] }) }))?.reason).toBe(
      'site-without-record',
    );
    expect(verdictOf(turn({ from, policy: aNamePolicy({ lines: ['telecom'] }) }))?.reason).toBe(
      'site-up',
    );
  });

  it('serves again once a person has enabled them', () => {
    const taken = turn({ at: { state: 'absent' } });
    expect(verdictOf(taken)).toMatchObject({
      state: 'absent',
      nextState: 'serving',
      reason: 'site-up',
    });
  });

  it('one line that a person paused does not keep the others from being looked after', () => {
    const from = [
      aRecord('a', off),
      aRecord('b'),
      aRecord('a', { line: 'telecom' }),
      aRecord('b', { line: 'telecom' }),
    ];
    const taken = turn({ from, at: LONG_DOWN, answers: { a: 'down' } });
    expect(deedsOf([taken])).toEqual(['note r-a-telecom', 'pause r-a-telecom']);
  });

  it('stay off when the site comes back on its other lines', () => {
    const from = [
      aRecord('a', off),
      aRecord('b'),
      pausedByUs(aRecord('a', { line: 'telecom' })),
      aRecord('b', { line: 'telecom' }),
    ];
    const move = { moveId: 'failover-1', kind: 'failover' as const, at: secondsAgo(7200) };
    const taken = turn({ from, at: { state: 'recovering', move } });
    expect(deedsOf([taken])).toEqual(['enable r-a-telecom', 'clear r-a-telecom']);
  });
});

describe('a site that serves', () => {
  it('is left as it is while it is up', () => {
    const taken = turn({
      at: { state: 'suspect', waitingSince: NOW, stage: 2, baseWeights: { x: 1 } },
    });
    expect(taken.proposal.steps).toEqual([]);
    expect(verdictOf(taken)).toMatchObject({
      verdict: 'up',
      reason: 'site-up',
      nextState: 'serving',
      share: 500,
    });
    expect(memoryOf(taken)).toMatchObject({
      state: 'serving',
      since: NOW,
      cause: 'site-up',
      waitingSince: null,
      stage: 0,
      stageSince: null,
      baseWeights: {},
      move: null,
    });
  });

  it('loses a note of ours that stayed behind, once it is up', () => {
    const from = [aRecord('a', { remark: NOTE }), aRecord('b', { remark: 'ask ann' })];
    expect(deedsOf([turn({ from })])).toEqual(['clear r-a-default']);
    expect(deedsOf([turn({ from, answers: { a: 'unknown' } })])).toEqual([]);
  });

  it('is suspect while it is down, and forgets what it was before', () => {
    const move = { moveId: 'failover-1', kind: 'failover' as const, at: secondsAgo(7200) };
    const taken = turn({ at: { move, baseWeights: { x: 1 } }, answers: { a: 'down' } });
    expect(memoryOf(taken)).toMatchObject({
      state: 'suspect',
      downSince: NOW,
      upSince: null,
      move: null,
      baseWeights: {},
      cause: 'site-held-down',
    });
  });

  it('says what is known while it was down and is unknown now', () => {
    const taken = turn({
      at: { downSince: secondsAgo(30), upSince: null },
      answers: { a: 'unknown' },
    });
    expect(verdictOf(taken)).toMatchObject({ reason: 'site-unknown', nextState: 'suspect' });
    expect(verdictOf(taken)?.detail).toMatch(/; down for 30 s of 180 s$/u);
  });
});

describe('a write of ours that comes late', () => {
  const from = [pausedByUs(aRecord('a')), aRecord('b')];

  it('is set right at once while the site is up', () => {
    const taken = turn({ from });
    expect(deedsOf([taken])).toEqual(['enable r-a-default', 'clear r-a-default']);
    expect(verdictOf(taken)).toMatchObject({
      reason: 'late-record-repaired',
      nextState: 'serving',
      detail: 'it was paused by us after it had come back',
    });
    expect(taken.world.memory.moves).toEqual([]);
    expect(taken.proposal.alerts).toContainEqual(
      expect.objectContaining({ key: 'a/late-record-repaired', severity: 'warning' }),
    );
  });

  it('with a low weight gets its weight back too', () => {
    const heavy = [pausedByUs(aRecord('a'), 100), aRecord('b', { weight: 100 })];
    const policy = aNamePolicy({ weighting: true });
    const taken = turn({ from: heavy, policy });
    expect(deedsOf([taken])).toEqual(['enable r-a-default', 'r-a-default = 100']);
    const { turns, world } = playName(taken.world, policy, 60);
    expect(deedsOf(turns)).toEqual(['clear r-a-default']);
    expect(world.records[0]).toEqual(aRecord('a', { weight: 100 }));
    expect(world.memory.sites['a']?.state).toBe('serving');
  });

  it('that cannot be set right is tried again', () => {
    const locked = [{ ...from[0]!, isLocked: true }, aRecord('b')];
    const taken = turn({ from: locked });
    expect(withheldIn(taken)[0]).toBe('enable r-a-default: guard-record-locked');
    expect(memoryOf(taken)).toMatchObject({ state: 'serving', cause: 'late-record-repaired' });
  });

  const move = { moveId: 'failover-1', kind: 'failover' as const, at: secondsAgo(7200) };
  it.each<[string, Turn]>([
    ['nothing is remembered of the site', { at: null }],
    ['it was suspected', { at: { state: 'suspect', upSince: secondsAgo(60) } }],
    ['it had been moved', { at: { move, upSince: secondsAgo(60) } }],
    ['it is down', { answers: { a: 'down' } }],
    ['nobody knows how it is', { answers: { a: 'unknown' } }],
  ])('may be meant when %s: the site waits for its hold', (_, parts) => {
    expect(deedsOf([turn({ from, ...parts })])).toEqual([]);
  });
});

describe('a site that is out', () => {
  const out = [pausedByUs(aRecord('a')), aRecord('b')];
  const move = { moveId: 'failover-1', kind: 'failover' as const, at: secondsAgo(600) };
  const at: Partial<SiteMemory> = { ...LONG_DOWN, state: 'paused', move };

  it('stays out while it is down', () => {
    const taken = turn({ from: out, at, answers: { a: 'down' } });
    expect(deedsOf([taken])).toEqual([]);
    expect(verdictOf(taken)).toMatchObject({ reason: 'failover-site-down', nextState: 'paused' });
    expect(memoryOf(taken)?.move).toEqual(move);
  });

  it('what began as a rehearsal and is needed now does not end like one', () => {
    const practice = { ...move, kind: 'practice' as const };
    const taken = turn({ from: out, at: { ...at, move: practice }, answers: { a: 'down' } });
    expect(memoryOf(taken)?.move).toEqual(move);
    const lost = turn({ from: out, at: { ...at, move: null }, answers: { a: 'down' } });
    expect(memoryOf(lost)?.move).toBeNull();
  });

  it('in part, and down for less than the hold again, stays as it is', () => {
    const policy = aNamePolicy({ weighting: true });
    const part = [
      aRecord('a', { weight: 40, remark: `${NOTE}:100` }),
      aRecord('b', { weight: 100 }),
    ];
    const down = {
      downSince: secondsAgo(30),
      upSince: null,
      move,
      baseWeights: { 'r-a-default': 100 },
    };
    const seen = { policy, from: part, answers: { a: 'down' as const } };
    const partial = turn({ ...seen, at: { ...down, state: 'partial' } });
    expect(memoryOf(partial)?.state).toBe('partial');
    expect(verdictOf(partial)?.reason).toBe('site-down');
    expect(memoryOf(turn({ ...seen, at: { ...down, state: 'recovering' } }))?.state).toBe(
      'suspect',
    );
  });
});
