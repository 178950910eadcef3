import { describe, expect, it } from '@jest/globals';
import { type NamePolicy } from '../../../../shared/domain/failover/name-policy';
import { type NameMemory, type SiteMemory } from '../../../../shared/domain/failover/name-memory';
import { type DnsRecord } from '../../../../shared/domain/failover/dns-record';
import { missing } from '../../../../shared/domain/reading';
import { permille } from '../../../../shared/domain/units';
import { inSeconds, NOW, ok, secondsAgo } from '../../../support/builders';
import { aNamePolicy, aRecord, someVotes } from '../../../support/name-builders';
import {
  type Answers,
  aNameMemory,
  anOrder,
  deedsOf,
  LONG_UP,
  NOTE,
  pausedByUs,
  playName,
  type Sight,
  weighted,
} from '../../../support/name-story';
import { aNameWorld, nameTurn, type NameTurn } from '../../../support/pure-names';

const withWeights = aNamePolicy({ weighting: true });
const out = [pausedByUs(aRecord('a')), aRecord('b')];
const outHeavy = [pausedByUs(aRecord('a'), 100), aRecord('b', { weight: 100 })];
const base = { baseWeights: { 'r-a-default': 100 } };

interface Turn extends Sight {
  readonly policy?: NamePolicy;
  readonly at?: Partial<SiteMemory>;
  readonly also?: Partial<NameMemory>;
  readonly from?: readonly DnsRecord[];
  readonly answers?: Answers;
}

/** One turn in which site a was moved away and has been up for longer than the hold, unless the case says otherwise. */
function turn({
  policy = aNamePolicy(),
  at = {},
  also = {},
  from,
  answers = {},
  ...seen
}: Turn = {}): NameTurn {
  const records = from ?? (policy.weighting ? outHeavy : out);
  const memory = aNameMemory({ a: { ...LONG_UP, ...at }, b: {} }, also);
  return nameTurn({ ...aNameWorld(records), memory }, policy, {
    votes: someVotes(policy, NOW, answers),
    weighting: policy.weighting ? weighted() : ok([]),
    ...seen,
  });
}

const memoryOf = ({ world }: NameTurn) => world.memory.sites['a'];
const verdictOf = ({ proposal }: NameTurn) => proposal.verdicts[0];
const failback = (seconds: number) => ({
  moveId: `failback-${seconds}`,
  kind: 'failback' as const,
  siteName: 'a',
  at: secondsAgo(seconds),
});

describe('a site that is out', () => {
  it.each([
    [899, []],
    [900, ['enable r-a-default', 'clear r-a-default']],
  ])('and up for %i s', (seconds, expected) => {
    const taken = turn({ at: { upSince: secondsAgo(seconds) } });
    expect(deedsOf([taken])).toEqual(expected);
  });

  it('waits for the hold, and says until when', () => {
    const taken = turn({ at: { state: 'paused', upSince: secondsAgo(100) } });
    expect(verdictOf(taken)).toMatchObject({ reason: 'site-recovering', nextState: 'recovering' });
    expect(taken.proposal.lookAgainAt).toBe(inSeconds(800));
    expect(memoryOf(taken)).toMatchObject({ state: 'recovering', since: NOW });
  });

  it.each<[string, Turn]>([
    ['is down', { answers: { a: 'down' } }],
    ['is not known to be up', { answers: { a: 'unknown' } }],
    [
      'may only come back when a person says so',
      {
        policy: aNamePolicy({ failback: { ...aNamePolicy().failback, isAutomatic: false } }),
      },
    ],
    ['came back within the hour already', { also: { moves: [failback(3599)] } }],
  ])('stays out when it %s', (_, parts) => {
    expect(turn(parts).proposal.steps.filter(({ kind }) => kind !== 'request-floor')).toEqual([]);
  });

  it('is paused while it is down, recovering while it is not', () => {
    expect(memoryOf(turn({ answers: { a: 'down' } }))?.state).toBe('paused');
    expect(memoryOf(turn({ answers: { a: 'unknown' } }))?.state).toBe('recovering');
    const silent = turn({ at: { upSince: null }, answers: { a: 'unknown' } });
    expect(memoryOf(silent)?.state).toBe('paused');
    expect(verdictOf(silent)?.reason).toBe('site-unknown');
  });

  it('says when it has come back as often as it may', () => {
    const limited = turn({ also: { moves: [failback(3599)] } });
    expect(verdictOf(limited)?.reason).toBe('failback-limited');
    expect(deedsOf([turn({ also: { moves: [failback(3600)] } })])).toContain('enable r-a-default');
  });

  it('is not limited by how often it left, nor below the limit', () => {
    const moves = [{ ...failback(60), kind: 'failover' as const }];
    expect(deedsOf([turn({ also: { moves } })])).toContain('enable r-a-default');
    const policy = aNamePolicy({ velocity: { ...aNamePolicy().velocity, moves: 2 } });
    expect(deedsOf([turn({ policy, also: { moves: [failback(60)] } })])).toContain(
      'enable r-a-default',
    );
  });

  it('and dead for real does not come back like from a rehearsal, whatever became of the last one', () => {
    const last = { siteName: 'a', startedAt: secondsAgo(9000), until: secondsAgo(8400) };
    for (const abortedBecause of ['errors', null]) {
      const also = { practice: { ...last, abortedBecause } };
      expect(deedsOf([turn({ at: { upSince: secondsAgo(60) }, also })])).toEqual([]);
    }
  });

  it('after a rehearsal of which nothing is remembered waits for the hold', () => {
    const move = { moveId: 'practice-1', kind: 'practice' as const, at: secondsAgo(600) };
    expect(deedsOf([turn({ at: { upSince: secondsAgo(60), move } })])).toEqual([]);
    expect(verdictOf(turn({ at: { move } }))?.reason).toBe('failback-held-up');
  });

  it('has come back once, however many looks that takes', () => {
    const telecom = pausedByUs(aRecord('a', { line: 'telecom' }), 100);
    const from = [...outHeavy, telecom, aRecord('b', { line: 'telecom', weight: 100 })];
    const locked = from.map((record) => ({ ...record, isLocked: record === telecom }));
    const memory = aNameMemory({ a: { ...LONG_UP, ...base }, b: {} });
    const { world, turns } = playName({ ...aNameWorld(locked), memory }, withWeights, 60);
    expect(deedsOf(turns)).toEqual(['enable r-a-default']);
    expect(turns[1]?.proposal.verdicts[0]?.reason).toBe('failback-held-up');
    expect(world.memory.moves.map(({ kind }) => kind)).toEqual(['failback']);
  });

  it('comes back whole without weights, and is remembered as having come back', () => {
    const taken = turn();
    expect(verdictOf(taken)).toMatchObject({
      reason: 'failback-held-up',
      nextState: 'serving',
      detail: 'it comes back at once: no weights, no stages',
    });
    expect(memoryOf(taken)).toMatchObject({
      state: 'serving',
      since: NOW,
      move: null,
      baseWeights: {},
    });
    expect(taken.world.memory.moves).toMatchObject([{ kind: 'failback', siteName: 'a', at: NOW }]);
    expect(taken.world.records[0]).toMatchObject({ isEnabled: true, remark: '' });
  });

  it('whose records refuse stays recovering, and tries again', () => {
    const locked = [{ ...out[0]!, isLocked: true }, out[1]!];
    const taken = turn({ from: locked });
    expect(memoryOf(taken)).toMatchObject({ state: 'recovering', cause: 'failback-held-up' });
    expect(taken.world.memory.moves).toEqual([]);
  });
});

describe('a person’s word', () => {
  const early: Turn = { at: { upSince: secondsAgo(15) } };
  const back = (parts = {}) => ({ orders: [anOrder('failback', 'a', parts)] });

  it('brings a site back before the hold is over', () => {
    const taken = turn({ ...early, ...back() });
    expect(deedsOf([taken])).toContain('enable r-a-default');
    expect(verdictOf(taken)?.reason).toBe('failback-ordered');
  });

  it('brings it back in stages where answers are drawn by weight', () => {
    const taken = turn({ ...early, ...back(), policy: withWeights, at: { ...base, ...early.at } });
    expect(deedsOf([taken])).toEqual(['enable r-a-default']);
    expect(memoryOf(taken)?.stage).toBe(0);
  });

  it('also where nobody can tell how it is, and however often it came back', () => {
    const unsure = { ...early, ...back(), answers: { a: 'unknown' as const } };
    expect(deedsOf([turn(unsure)])).toContain('enable r-a-default');
    const often = { ...early, ...back(), also: { moves: [failback(60)] } };
    expect(deedsOf([turn(often)])).toContain('enable r-a-default');
  });

  it.each<[string, Turn]>([
    ['the site is down', { ...back(), answers: { a: 'down' } }],
    ['it was given in an outage before this one', { ...early, ...back({ at: secondsAgo(7201) }) }],
    ['it is about another site', { ...early, orders: [anOrder('failback', 'b')] }],
    ['it was to practise', { ...early, orders: [anOrder('practice', 'a')] }],
  ])('does not while %s', (_, parts) => {
    expect(deedsOf([turn(parts)])).toEqual([]);
  });

  it('counts from when the site left, or from when it was first seen out', () => {
    const since = (at: number) => ({ ...early.at, move: null, since: secondsAgo(at) });
    const given = back({ at: secondsAgo(60) });
    expect(deedsOf([turn({ at: since(60), ...given })])).toContain('enable r-a-default');
    expect(deedsOf([turn({ at: since(59), ...given })])).toEqual([]);
    const just = back({ at: secondsAgo(7200) });
    expect(deedsOf([turn({ ...early, ...just })])).toContain('enable r-a-default');
  });
});

describe('a staged return', () => {
  const returning = (parts: Partial<SiteMemory> = {}): Partial<SiteMemory> => ({
    ...base,
    state: 'returning',
    stage: 0,
    stageSince: secondsAgo(120),
    ...parts,
  });
  const at = (weight: number): readonly DnsRecord[] => [
    aRecord('a', { weight, remark: `${NOTE}:100` }),
    aRecord('b', { weight: 100 }),
  ];

  it('begins at the low weight at which the site left', () => {
    const taken = turn({ policy: withWeights, at: base });
    expect(deedsOf([taken])).toEqual(['enable r-a-default']);
    expect(verdictOf(taken)).toMatchObject({
      nextState: 'returning',
      detail: 'it comes back in stages',
    });
    expect(memoryOf(taken)).toMatchObject({
      ...base,
      state: 'returning',
      stage: 0,
      stageSince: null,
      waitingSince: null,
      move: { moveId: 'failover-1' },
    });
  });

  it('remembers the return as the move where the departure is forgotten', () => {
    const taken = turn({ policy: withWeights, at: { ...base, move: null } });
    expect(memoryOf(taken)?.move).toMatchObject({ kind: 'failback', at: NOW });
    expect(memoryOf(taken)?.move?.moveId).toBe(taken.world.memory.moves[0]?.moveId);
  });

  it.each<[string, Partial<SiteMemory> & { readonly weight: number }, readonly string[], object]>([
    [
      'the first stage at once',
      { weight: 1, stageSince: null },
      ['r-a-default = 10'],
      { stage: 0, stageSince: NOW },
    ],
    [
      'a stage is held',
      { weight: 10, stageSince: secondsAgo(119) },
      [],
      { stage: 0, stageSince: secondsAgo(119) },
    ],
    ['the next stage', { weight: 10 }, ['r-a-default = 50'], { stage: 1, stageSince: NOW }],
    ['a person gave it more already', { weight: 70 }, [], { stage: 1, stageSince: NOW }],
    ['a person gave it just as much', { weight: 50 }, [], { stage: 1, stageSince: NOW }],
    [
      'the last stage ends it',
      { weight: 50, stage: 1 },
      ['r-a-default = 100', 'clear r-a-default'],
      { state: 'serving', stage: 0, stageSince: null, move: null, baseWeights: {} },
    ],
  ])('%s', (_, { weight, ...parts }, expected, memory) => {
    const taken = turn({ policy: withWeights, at: returning(parts), from: at(weight) });
    expect(deedsOf([taken])).toEqual(expected);
    expect(memoryOf(taken)).toMatchObject(memory);
  });

  it('says at which stage it is and until when', () => {
    const held = turn({
      policy: withWeights,
      at: returning({ stageSince: secondsAgo(20) }),
      from: at(10),
    });
    expect(verdictOf(held)).toMatchObject({
      reason: 'site-returning',
      detail: 'stage 1 of 3, held for 120 s',
    });
    expect(held.proposal.lookAgainAt).toBe(inSeconds(100));
    const next = turn({ policy: withWeights, at: returning(), from: at(10) });
    expect(verdictOf(next)).toMatchObject({
      reason: 'failback-stage',
      detail: 'stage 2 of 3: 500 ‰ of its share',
      nextState: 'returning',
    });
    expect(next.proposal.lookAgainAt).toBe(inSeconds(120));
  });

  it('a share of next to nothing is still one', () => {
    const light = { baseWeights: { 'r-a-default': 3 }, stageSince: null };
    const taken = turn({ policy: withWeights, at: returning(light), from: at(1) });
    expect(deedsOf([taken])).toEqual([]);
    expect(taken.world.records[0]?.weight).toBe(1);
  });

  it('one stage only is the last', () => {
    const policy = {
      ...withWeights,
      failback: { ...withWeights.failback, stages: [permille(1000)] },
    };
    const taken = turn({ policy, at: returning({ stageSince: null }), from: at(1) });
    expect(deedsOf([taken])).toEqual(['r-a-default = 100', 'clear r-a-default']);
  });

  it('stays where it is while nobody knows how the site is', () => {
    const taken = turn({
      policy: withWeights,
      at: returning(),
      from: at(10),
      answers: { a: 'unknown' },
    });
    expect(deedsOf([taken])).toEqual([]);
    expect(verdictOf(taken)?.detail).toMatch(/^it stays at this stage: /u);
    expect(memoryOf(taken)).toMatchObject({ state: 'returning', stage: 0 });
  });

  it('brings no further record back while nobody knows how the site is', () => {
    const from = [
      ...at(10),
      pausedByUs(aRecord('a', { line: 'telecom' }), 100),
      aRecord('b', { line: 'telecom', weight: 100 }),
    ];
    const lines = weighted('default', 'telecom');
    const seen = { policy: withWeights, at: returning(), from, weighting: lines };
    const unsure = turn({ ...seen, answers: { a: 'unknown' } });
    expect(deedsOf([unsure])).toEqual([]);
    expect(memoryOf(unsure)?.state).toBe('returning');
    expect(deedsOf([turn(seen)])).toEqual(['enable r-a-telecom']);
  });

  it('does not end while a weight is refused', () => {
    const locked = at(50).map((record) => ({ ...record, isLocked: true }));
    const taken = turn({ policy: withWeights, at: returning({ stage: 1 }), from: locked });
    expect(memoryOf(taken)).toMatchObject({
      state: 'returning',
      stage: 1,
      cause: 'failback-stage',
    });
  });

  it('is at the same stage while its weight is refused', () => {
    const locked = at(10).map((record) => ({ ...record, isLocked: true }));
    const taken = turn({ policy: withWeights, at: returning(), from: locked });
    expect(memoryOf(taken)).toMatchObject({
      state: 'returning',
      stage: 0,
      cause: 'failback-stage',
    });
    expect(taken.plan.withheld).toMatchObject([
      { step: { reason: 'failback-stage', moveId: null } },
    ]);
  });

  it('writes no weights on a line that has none', () => {
    const from = [
      ...at(10),
      aRecord('a', { line: 'telecom', weight: 100 }),
      aRecord('b', { line: 'telecom', weight: 100 }),
    ];
    const weights = { baseWeights: { 'r-a-default': 100, 'r-a-telecom': 300 } };
    const seen = { policy: withWeights, at: returning(weights), from, weighting: weighted() };
    expect(deedsOf([turn(seen)])).toEqual(['r-a-default = 50']);
    const moves = [{ ...LONG_UP.move!, siteName: 'a' }];
    const relapsed = turn({ ...seen, answers: { a: 'down' }, also: { moves } });
    expect(deedsOf([relapsed])).toEqual(['r-a-default = 1']);
    expect(relapsed.plan.steps[0]?.reason).toBe('failback-relapse');
  });

  it('takes nothing from a record beside it that a person enabled', () => {
    const from = [
      aRecord('a', { weight: 1, remark: `${NOTE}:100` }),
      aRecord('b', { weight: 100 }),
      aRecord('a', { line: 'telecom', weight: 100 }),
      aRecord('b', { line: 'telecom', weight: 100 }),
    ];
    const weights = { baseWeights: { 'r-a-default': 100, 'r-a-telecom': 100 } };
    const written = [
      { recordId: 'r-a-default', isEnabled: true, weight: 1, at: secondsAgo(10) },
      { recordId: 'r-a-telecom', isEnabled: true, weight: 100, at: secondsAgo(9000) },
    ];
    const at = { ...returning({ ...weights, stageSince: null }), since: secondsAgo(15) };
    const weighting = weighted('default', 'telecom');
    const both = { policy: withWeights, at, from, also: { written }, weighting };
    expect(deedsOf([turn(both)])).toEqual(['r-a-default = 10']);
    const raised = from.map((record, index) => (index === 0 ? { ...record, weight: 10 } : record));
    const relapsed = turn({ ...both, from: raised, answers: { a: 'down' } });
    expect(deedsOf([relapsed])).toEqual(['r-a-default = 1']);
  });

  it('leaves a person’s higher weight alone, and ends all the same', () => {
    const light = { stage: 1, baseWeights: { 'r-a-default': 40 } };
    const taken = turn({ policy: withWeights, at: returning(light), from: at(60) });
    expect(deedsOf([taken])).toEqual(['clear r-a-default']);
    expect(taken.plan.withheld).toEqual([]);
    expect(memoryOf(taken)?.state).toBe('serving');
  });

  describe('that cannot read whether answers are drawn by weight', () => {
    const blind = { policy: withWeights, weighting: missing('read-failed') };

    it('comes back in stages all the same', () => {
      const taken = turn({ ...blind, at: base });
      expect(deedsOf([taken])).toEqual(['enable r-a-default']);
      expect(memoryOf(taken)?.state).toBe('returning');
    });

    it('goes on by stages', () => {
      expect(deedsOf([turn({ ...blind, at: returning(), from: at(10) })])).toEqual([
        'r-a-default = 50',
      ]);
    });

    it('gives all of its weight back at the end', () => {
      expect(deedsOf([turn({ ...blind, at: returning({ stage: 1 }), from: at(50) })])).toEqual([
        'r-a-default = 100',
        'clear r-a-default',
      ]);
    });
  });

  it('gives the weight back also where the policy wants no weights any more', () => {
    const { turns, world } = playName(
      { ...aNameWorld(outHeavy), memory: aNameMemory({ a: { ...LONG_UP, ...base }, b: {} }) },
      aNamePolicy(),
      600,
      () => ({ weighting: missing('not-configured') }),
    );
    expect(turns.at(-1)?.proposal.isUnsteady).toBe(false);
    expect(world.records[0]).toMatchObject({ isEnabled: true, weight: 100, remark: '' });
  });
});

describe('a relapse', () => {
  const returning: Partial<SiteMemory> = {
    ...base,
    state: 'returning',
    stage: 1,
    stageSince: secondsAgo(15),
  };
  const from = [aRecord('a', { weight: 50, remark: `${NOTE}:100` }), aRecord('b', { weight: 100 })];
  const seen: Turn = { policy: withWeights, at: returning, from, answers: { a: 'down' } };
  const begun = {
    moves: [
      { moveId: 'failover-1', kind: 'failover' as const, siteName: 'a', at: secondsAgo(7200) },
    ],
  };

  it('takes the return back at once, within the move under which the site left', () => {
    const taken = turn({ ...seen, also: begun });
    expect(deedsOf([taken])).toEqual(['r-a-default = 1']);
    expect(verdictOf(taken)).toMatchObject({ reason: 'failback-relapse', nextState: 'suspect' });
    expect(memoryOf(taken)).toMatchObject({
      ...base,
      state: 'suspect',
      move: null,
      stage: 0,
      stageSince: null,
    });
    expect(taken.world.memory.moves).toEqual(begun.moves);
  });

  it('is decided again while a guard withholds it', () => {
    const claim = { regionId: 'region-c', nameName: 'shop', at: NOW, until: inSeconds(60) };
    const taken = turn({ ...seen, also: begun, claim });
    expect(memoryOf(taken)).toMatchObject({ state: 'returning', cause: 'failback-relapse' });
  });

  it('before all of its records were back leaves it out', () => {
    const telecom = [
      pausedByUs(aRecord('a', { line: 'telecom' }), 100),
      aRecord('b', { line: 'telecom', weight: 100 }),
    ];
    const taken = turn({ ...seen, also: begun, from: [...from, ...telecom] });
    expect(deedsOf([taken])).toEqual(['r-a-default = 1']);
    expect(memoryOf(taken)?.state).toBe('paused');
  });

  it('leaves for good after the usual hold, as a new move', () => {
    const down = {
      ...returning,
      state: 'suspect' as const,
      move: null,
      downSince: secondsAgo(180),
    };
    const light = [
      aRecord('a', { weight: 1, remark: `${NOTE}:100` }),
      aRecord('b', { weight: 100 }),
    ];
    const taken = turn({ ...seen, at: down, from: light, also: begun });
    expect(deedsOf([taken])).toEqual(['pause r-a-default']);
    expect(taken.world.memory.moves).toHaveLength(2);
    expect(memoryOf(taken)?.baseWeights).toEqual({ 'r-a-default': 100 });
  });

  it('that passes lets it return again after the hold, from the start', () => {
    const light = [
      aRecord('a', { weight: 1, remark: `${NOTE}:100` }),
      aRecord('b', { weight: 100 }),
    ];
    const suspect = { ...base, state: 'suspect' as const, move: null };
    const taken = turn({ policy: withWeights, at: suspect, from: light });
    expect(deedsOf([taken])).toEqual([]);
    expect(memoryOf(taken)).toMatchObject({ state: 'returning', stage: 0 });
    const early = turn({
      policy: withWeights,
      at: { ...suspect, upSince: secondsAgo(100) },
      from: light,
    });
    expect(memoryOf(early)?.state).toBe('recovering');
  });
});

describe('with its memory lost', () => {
  it('a site that we paused is out by our note, held, and back at its old weight', () => {
    const { turns, world } = playName(aNameWorld(outHeavy), withWeights, 1500);
    expect(turns[0]?.proposal.verdicts[0]).toMatchObject({ nextState: 'recovering' });
    expect(deedsOf(turns)).toEqual([
      'enable r-a-default',
      'r-a-default = 10',
      'r-a-default = 50',
      'r-a-default = 100',
      'clear r-a-default',
    ]);
    expect(deedsOf(turns.slice(0, 60))).toEqual([]);
    expect(world.records[0]).toMatchObject({ isEnabled: true, weight: 100, remark: '' });
  });

  it('a site half way back goes on from there after the hold', () => {
    const half = [
      aRecord('a', { weight: 50, remark: `${NOTE}:100` }),
      aRecord('b', { weight: 100 }),
    ];
    const { turns, world } = playName(aNameWorld(half), withWeights, 1500);
    expect(deedsOf(turns)).toEqual(['r-a-default = 100', 'clear r-a-default']);
    expect(world.records[0]?.weight).toBe(100);
  });

  it('a site that left at full weight, while nobody could tell of weights, begins low and ends with its own', () => {
    const from = [{ ...pausedByUs(aRecord('a')), weight: 7 }, aRecord('b', { weight: 100 })];
    const { turns, world } = playName(
      { ...aNameWorld(from), memory: aNameMemory({ a: LONG_UP, b: {} }) },
      withWeights,
      600,
    );
    expect(deedsOf(turns)).toEqual([
      'enable r-a-default',
      'note r-a-default',
      'r-a-default = 1',
      'r-a-default = 4',
      'r-a-default = 7',
      'clear r-a-default',
    ]);
    expect(world.records[0]).toMatchObject({ isEnabled: true, weight: 7 });
  });

  it('a site whose note is gone too gets as much as the heaviest of its line', () => {
    const record = { ...aRecord('a', { weight: 1 }), isEnabled: false };
    const written = [{ recordId: 'r-a-default', isEnabled: false, weight: 1, at: secondsAgo(600) }];
    const from = [
      record,
      aRecord('b', { weight: 80 }),
      aRecord('c', { line: 'telecom', weight: 100 }),
    ];
    const memory = aNameMemory({ a: LONG_UP, b: {} }, { written });
    const { world } = playName({ ...aNameWorld(from), memory }, withWeights, 600);
    expect(world.records[0]).toMatchObject({ isEnabled: true, weight: 80 });
  });
});
