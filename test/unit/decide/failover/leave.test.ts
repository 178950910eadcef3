import { describe, expect, it } from '@jest/globals';
import { type NamePolicy } from '../../../../shared/domain/failover/name-policy';
import { type SiteMemory } from '../../../../shared/domain/failover/name-memory';
import { type Approval, type SiteCapacity } from '../../../../shared/domain/failover/name-snapshot';
import { missing } from '../../../../shared/domain/reading';
import { inSeconds, NOW, ok, secondsAgo } from '../../../support/builders';
import { aNamePolicy, aRecord, aSite, aSiteCapacity } from '../../../support/name-builders';
import {
  aNameMemory,
  anOrder,
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
import { someVotes } from '../../../support/name-builders';

const two = [aRecord('a'), aRecord('b')];
const heavy = [aRecord('a', { weight: 100 }), aRecord('b', { weight: 100 })];
const usual = { load: 4000, traffic: 1_000_000, at: secondsAgo(600) };
const withWeights = aNamePolicy({ weighting: true });

interface Turn extends Sight {
  readonly policy?: NamePolicy;
  readonly at?: Partial<SiteMemory>;
  readonly from?: typeof two;
}

/** One turn in which site a is down and has been for longer than the hold, unless the case says otherwise. */
function turn({
  policy = aNamePolicy(),
  at = {},
  from = two,
  answers,
  ...seen
}: Turn = {}): NameTurn {
  return nameTurn(
    { ...aNameWorld(from), memory: aNameMemory({ a: { ...LONG_DOWN, usual, ...at }, b: {} }) },
    policy,
    {
      votes: someVotes(policy, NOW, answers ?? { a: 'down' }),
      weighting: policy.weighting ? weighted() : ok([]),
      ...seen,
    },
  );
}

/** Site a still carries a tenth of its traffic, too little to be believed up and too much to be given up; b has its own load. */
const serving = (b: Partial<SiteCapacity> = {}) => ({
  capacities: {
    a: ok(aSiteCapacity({ traffic: ok(100_000) })),
    b: ok(aSiteCapacity(b)),
  },
});
const full = { load: ok(11_000), canLaunch: false };
const memoryOf = ({ world }: NameTurn) => world.memory.sites['a'];
const reasonOf = ({ proposal }: NameTurn) => proposal.verdicts[0]?.reason;
const alertsOf = ({ proposal }: NameTurn) =>
  proposal.alerts.map(({ key, severity, reason }) => `${key} ${severity} ${reason}`);

describe('a site that is down', () => {
  it.each([
    [179, []],
    [180, ['note r-a-default', 'pause r-a-default']],
  ])('for %i s', (seconds, expected) => {
    const taken = turn({ at: { downSince: secondsAgo(seconds) } });
    expect(deedsOf([taken])).toEqual(expected);
  });

  it('stays while the verdict is unknown, however long it was down before', () => {
    const taken = turn({ answers: { a: 'unknown' } });
    expect(taken.proposal.steps).toEqual([]);
    expect(memoryOf(taken)).toMatchObject({ state: 'suspect', downSince: secondsAgo(200) });
    expect(reasonOf(taken)).toBe('site-unknown');
  });

  it('is held for as long as the policy wants, and says for how long and until when', () => {
    const taken = turn({ at: { state: 'serving', downSince: secondsAgo(60) } });
    expect(reasonOf(taken)).toBe('site-held-down');
    expect(taken.proposal.verdicts[0]?.detail).toMatch(/; down for 60 s of 180 s$/u);
    expect(taken.proposal.lookAgainAt).toBe(inSeconds(120));
    expect(memoryOf(taken)).toMatchObject({ state: 'suspect', since: NOW });
  });

  it('leaves every line that holds its address, and remembers under which move', () => {
    const from = ['default', 'telecom'].flatMap((line) => [
      aRecord('a', { line }),
      aRecord('b', { line }),
    ]);
    const taken = turn({ from });
    expect(deedsOf([taken])).toEqual([
      'note r-a-default',
      'pause r-a-default',
      'note r-a-telecom',
      'pause r-a-telecom',
    ]);
    const [move] = taken.world.memory.moves;
    expect(move).toMatchObject({ kind: 'failover', siteName: 'a', at: NOW });
    expect(memoryOf(taken)).toMatchObject({
      state: 'paused',
      since: NOW,
      cause: 'failover-site-down',
      waitingSince: null,
      move: { moveId: move?.moveId, kind: 'failover', at: NOW },
    });
  });

  it('says why, for how long, what its clients wait for, and who bears it', () => {
    const from = [
      aRecord('a', { ttlSeconds: 600 }),
      aRecord('a', { line: 'telecom' }),
      aRecord('b'),
    ];
    const { verdicts } = turn({ from }).proposal;
    expect(verdicts[0]).toMatchObject({ reason: 'failover-site-down', nextState: 'paused' });
    expect(verdicts[0]?.detail).toMatch(
      /^3 of 3 voters outside its region cannot reach it, for 200 s; clients follow within 600 s \(TTL\); b has/u,
    );
  });

  it('on lines of different records leaves those that somebody else answers, first of all', () => {
    const from = [
      aRecord('a'),
      aRecord('a', { line: 'telecom' }),
      aRecord('b', { line: 'telecom' }),
    ];
    const taken = turn({ from });
    expect(deedsOf([taken])).toEqual(['note r-a-telecom', 'pause r-a-telecom']);
    expect(taken.proposal.steps.map((step) => ('line' in step ? step.line : ''))).toEqual([
      'telecom',
      'telecom',
      'default',
      'default',
    ]);
    expect(withheldIn(taken)).toEqual([
      'note r-a-default: guard-last-record',
      'pause r-a-default: guard-last-record',
    ]);
    expect(alertsOf(taken)).toContain('line/default/last critical guard-last-record');
    expect(memoryOf(taken)?.state).toBe('paused');
  });

  it('goes on with the same move when a line could not be left at first', () => {
    const from = [
      pausedByUs(aRecord('a')),
      aRecord('b'),
      aRecord('a', { line: 'telecom' }),
      aRecord('b', { line: 'telecom' }),
    ];
    const move = { moveId: 'failover-1', kind: 'failover' as const, at: secondsAgo(15) };
    const taken = turn({ from, at: { state: 'paused', move } });
    expect(taken.plan.steps.map((step) => ('moveId' in step ? step.moveId : null))).toEqual([
      null,
      'failover-1',
    ]);
    expect(memoryOf(taken)?.move).toEqual(move);
  });

  it('weighs 1 before it is paused where answers are drawn by weight, and its weight is noted', () => {
    const taken = turn({ policy: withWeights, from: heavy });
    expect(deedsOf([taken])).toEqual(['note r-a-default', 'r-a-default = 1', 'pause r-a-default']);
    expect(taken.world.records[0]?.remark).toBe(`${NOTE}:100`);
    expect(memoryOf(taken)?.baseWeights).toEqual({ 'r-a-default': 100 });
  });

  it('what it weighs is noted also where an older note of ours stayed behind', () => {
    const from = [aRecord('a', { weight: 100, remark: NOTE }), heavy[1]!];
    const taken = turn({ policy: withWeights, from });
    expect(taken.world.records[0]?.remark).toBe(`${NOTE}:100`);
  });

  it('keeps a person’s note', () => {
    const taken = turn({ from: [aRecord('a', { remark: 'ask ann' }), aRecord('b')] });
    expect(deedsOf([taken])).toEqual(['pause r-a-default']);
    expect(taken.world.records[0]?.remark).toBe('ask ann');
  });
});

describe('capacity before a pause', () => {
  it('leaves at once when the others can carry all of it', () => {
    const taken = turn(serving());
    expect(deedsOf([taken])).toContain('pause r-a-default');
    expect(alertsOf(taken).filter((each) => each.includes('capacity'))).toEqual([]);
  });

  it('waits for those who can grow, for as long as the policy says', () => {
    const growing = serving({ load: ok(11_000) });
    const first = turn(growing);
    expect(deedsOf([first]).filter((each) => each.startsWith('pause'))).toEqual([]);
    expect(reasonOf(first)).toBe('waiting-for-capacity');
    expect(memoryOf(first)).toMatchObject({ state: 'waiting', waitingSince: NOW });
    expect(first.proposal.lookAgainAt).toBe(inSeconds(60));
    expect(first.proposal.forecasts).toMatchObject([{ siteName: 'a', moving: 4000 }]);
    const waited = (seconds: number) =>
      turn({ ...growing, at: { state: 'waiting', waitingSince: secondsAgo(seconds) } });
    expect(memoryOf(waited(59))).toMatchObject({ waitingSince: secondsAgo(59) });
    expect(waited(59).proposal.lookAgainAt).toBe(inSeconds(1));
    expect(deedsOf([waited(60)])).toContain('pause r-a-default');
    expect(memoryOf(waited(60))?.waitingSince).toBeNull();
  });

  it('does not wait where nobody can grow, and says what is shed', () => {
    const taken = turn(serving(full));
    expect(deedsOf([taken])).toEqual(['note r-a-default', 'pause r-a-default']);
    expect(alertsOf(taken)).toContain('a/capacity critical capacity-short');
    const said = taken.proposal.alerts.find(({ key }) => key === 'a/capacity')?.message;
    expect(said).toMatch(/^a: 750 ‰ of it cannot be carried by the others: b has/u);
  });

  it.each<[string, Sight]>([
    [
      'carries less than the least',
      {
        capacities: {
          a: ok(aSiteCapacity({ traffic: ok(49_999) })),
          b: ok(aSiteCapacity({ load: ok(11_000) })),
        },
      },
    ],
    [
      'tells nothing of its traffic',
      {
        capacities: {
          a: ok(aSiteCapacity({ traffic: missing('read-failed') })),
          b: ok(aSiteCapacity({ load: ok(11_000) })),
        },
      },
    ],
    ['tells nothing at all', { capacities: { b: ok(aSiteCapacity({ load: ok(11_000) })) } }],
  ])('does not wait for the sake of a site that %s', (_, seen) => {
    expect(deedsOf([turn(seen)])).toContain('pause r-a-default');
  });

  it('waits while it carries just the least', () => {
    const a = ok(aSiteCapacity({ traffic: ok(50_000) }));
    const b = ok(aSiteCapacity({ load: ok(11_000) }));
    expect(reasonOf(turn({ capacities: { a, b } }))).toBe('waiting-for-capacity');
  });

  it('does not know what others carry: it waits for who may grow, then leaves and says so', () => {
    const blind = serving({ load: missing('read-failed') });
    expect(reasonOf(turn(blind))).toBe('waiting-for-capacity');
    const taken = turn({ ...blind, at: { waitingSince: secondsAgo(60) } });
    expect(deedsOf([taken])).toContain('pause r-a-default');
    expect(alertsOf(taken)).toContain('a/capacity warning capacity-unknown');
    const said = taken.proposal.alerts.find(({ key }) => key === 'a/capacity')?.message;
    expect(said).toMatch(/nobody knows how much of it/u);
  });
});

describe('as much as fits', () => {
  const partly = { policy: withWeights, from: heavy, ...serving(full) };

  it('leaves by weight where answers are drawn by weight, while the site still serves', () => {
    const taken = turn(partly);
    expect(deedsOf([taken])).toEqual(['note r-a-default', 'r-a-default = 60']);
    expect(reasonOf(taken)).toBe('failover-partial');
    expect(memoryOf(taken)).toMatchObject({
      state: 'partial',
      stageSince: NOW,
      waitingSince: NOW,
      baseWeights: { 'r-a-default': 100 },
      move: { kind: 'failover' },
    });
    expect(taken.proposal.lookAgainAt).toBe(inSeconds(120));
    expect(alertsOf(taken)).toContain('a/capacity critical capacity-short');
    expect(taken.world.memory.moves).toHaveLength(1);
  });

  const light = [
    aRecord('a', { weight: 60, remark: `${NOTE}:100` }),
    aRecord('b', { weight: 100 }),
  ];
  const move = { moveId: 'failover-1', kind: 'failover' as const, at: secondsAgo(60) };
  const part = (seconds: number): Partial<SiteMemory> => ({
    state: 'partial',
    stageSince: secondsAgo(seconds),
    waitingSince: secondsAgo(300),
    baseWeights: { 'r-a-default': 100 },
    move,
  });
  const room = serving({ load: ok(11_400), canLaunch: false });

  it('a part that left is given time to show in the load of the others', () => {
    const held = turn({ ...partly, ...room, from: light, at: part(119) });
    expect(held.proposal.steps.filter(({ kind }) => kind !== 'request-floor')).toEqual([]);
    expect(reasonOf(held)).toBe('failover-partial');
    expect(memoryOf(held)).toMatchObject({ state: 'partial', stageSince: secondsAgo(119) });
    expect(held.proposal.lookAgainAt).toBe(inSeconds(1));
    const roomy = turn({ ...partly, ...serving(), from: light, at: part(119) });
    expect(deedsOf([roomy])).toEqual([]);
  });

  it('all leaves where nobody knows what the others can carry', () => {
    const blind = serving({ load: missing('read-failed'), canLaunch: false });
    expect(deedsOf([turn({ ...partly, ...blind })])).toContain('pause r-a-default');
  });

  it('more follows under the same move, and all once it fits', () => {
    const more = turn({ ...partly, ...room, from: light, at: part(120) });
    expect(deedsOf([more])).toEqual(['r-a-default = 43']);
    expect(memoryOf(more)).toMatchObject({ state: 'partial', stageSince: NOW, move });
    const all = turn({ ...partly, ...serving(), from: light, at: part(120) });
    expect(deedsOf([all])).toEqual(['r-a-default = 1', 'pause r-a-default']);
    expect(memoryOf(all)).toMatchObject({
      state: 'paused',
      move,
      baseWeights: { 'r-a-default': 100 },
    });
  });

  it('what more can be borne follows soon when it serves no more', () => {
    const dead = (seconds: number) =>
      turn({
        ...partly,
        ...{ capacities: { b: ok(aSiteCapacity(full)) }, from: light, at: part(seconds) },
      });
    expect(deedsOf([dead(29)])).toEqual([]);
    expect(deedsOf([dead(30)])).toEqual(['r-a-default = 24']);
  });

  it('nothing leaves where nothing fits: it waits and people hear of it', () => {
    const taken = turn({ ...partly, ...serving({ load: ok(12_000), canLaunch: false }) });
    expect(deedsOf([taken])).toEqual([]);
    expect(reasonOf(taken)).toBe('capacity-short');
    expect(memoryOf(taken)).toMatchObject({ state: 'waiting', waitingSince: NOW });
    expect(taken.world.memory.moves).toEqual([]);
    expect(alertsOf(taken)).toContain('a/capacity critical capacity-short');
  });

  it('a part that waits for a person is not taken for done', () => {
    const policy = { ...withWeights, sites: [aSite('a', { isStateful: true }), aSite('b')] };
    const taken = turn({ ...partly, policy });
    expect(withheldIn(taken)).toContain('r-a-default = 60: guard-approval');
    expect(memoryOf(taken)).toMatchObject({
      state: 'waiting',
      move: null,
      cause: 'failover-partial',
    });
  });

  it('a person’s order moves what fits of a site that is up', () => {
    const policy = { ...withWeights, sites: [aSite('a', { isStateful: true }), aSite('b')] };
    const at = { state: 'serving' as const, downSince: null, upSince: secondsAgo(900) };
    const seen = { ...serving(full), orders: [anOrder('failover', 'a')], answers: {} };
    const taken = turn({ ...partly, ...seen, policy, at });
    expect(taken.plan.withheld).toEqual([]);
    expect(deedsOf([taken])).toEqual(['note r-a-default', 'r-a-default = 60']);
  });
});

describe('a dead site whose clients the others cannot all bear', () => {
  const dead = (b: Partial<SiteCapacity> = {}, more: Turn = {}): NameTurn =>
    turn({
      ...{ policy: withWeights, from: heavy, capacities: { b: ok(aSiteCapacity(b)) } },
      ...more,
    });
  const busy = { load: ok(11_000) };
  const lighter = [
    aRecord('a', { weight: 46, remark: `${NOTE}:100` }),
    aRecord('b', { weight: 100 }),
  ];
  const parted = (seconds: number): Turn => ({
    from: lighter,
    at: {
      state: 'partial',
      stageSince: secondsAgo(seconds),
      waitingSince: secondsAgo(seconds),
      baseWeights: { 'r-a-default': 100 },
      expectedLoads: { b: 12_500 },
      move: { moveId: 'failover-1', kind: 'failover', at: secondsAgo(seconds) },
    },
  });

  it('leaves at once by as much as they bear before they break down', () => {
    const taken = dead(busy);
    expect(deedsOf([taken])).toEqual(['note r-a-default', 'r-a-default = 46']);
    expect(taken.plan.withheld).toEqual([]);
    expect(memoryOf(taken)).toMatchObject({
      ...{ state: 'partial', stageSince: NOW, move: { kind: 'failover', at: NOW } },
      ...{ baseWeights: { 'r-a-default': 100 }, expectedLoads: { b: 12_500 } },
    });
    expect(taken.world.memory.moves).toHaveLength(1);
    expect(taken.proposal.lookAgainAt).toBe(inSeconds(30));
    expect(alertsOf(taken)).toEqual([
      'a/capacity critical capacity-short',
      'a/failover-partial critical failover-partial',
    ]);
    expect(taken.proposal.verdicts[0]?.detail).toMatch(
      /^it serves no more, and of what it still gets the others can carry 375 ‰: b has .*; clients follow within 60 s \(TTL\)$/u,
    );
  });

  it('asks them to grow for all of it in the same breath', () => {
    const asked = dead(busy).plan.steps.find(({ kind }) => kind === 'request-floor');
    expect(asked).toMatchObject({ poolName: 'pool-b', count: 15 });
  });

  it.each([
    [29, { bearing: 12_500 }, []],
    [30, {}, []],
    [30, { bearing: 11_000 }, ['r-a-default = 19']],
    [30, { bearing: 12_500 }, ['r-a-default = 1', 'pause r-a-default']],
  ])(
    'after %i s, of others with %j, who left counts though no metric tells',
    (seconds, b, deeds) => {
      expect(deedsOf([dead({ ...busy, ...b }, parted(seconds))])).toEqual(deeds);
    },
  );

  it('says so and stays, for as long as they do not grow', () => {
    const taken = dead({ load: ok(12_500) }, parted(3600));
    expect(deedsOf([taken])).toEqual([]);
    expect(memoryOf(taken)).toMatchObject({ state: 'partial', stageSince: secondsAgo(3600) });
    expect(reasonOf(taken)).toBe('failover-partial');
    expect(alertsOf(taken)).toContain('a/capacity critical capacity-short');
  });

  it('believes the metrics again once they must have seen who left', () => {
    const now = { load: ok(11_000, NOW) };
    expect(deedsOf([dead(now, parted(179))])).toEqual([]);
    expect(deedsOf([dead(now, parted(180))])).toEqual(['r-a-default = 15']);
    expect(deedsOf([dead({ load: ok(11_000, secondsAgo(1)) }, parted(180))])).toEqual([]);
  });

  it('believes more than it expects at once', () => {
    const bearing = { bearing: 11_000, load: ok(13_600) };
    expect(deedsOf([dead(bearing, parted(30))])).toEqual(['r-a-default = 43']);
  });

  it('counts newcomers in slow start for what they bear, not by their heads', () => {
    const ramping = { ...busy, serving: 14, members: 14 };
    expect(deedsOf([dead(ramping)])).toContain('pause r-a-default');
    expect(deedsOf([dead({ ...ramping, bearing: 10_400 })])).toEqual([
      'note r-a-default',
      'r-a-default = 34',
    ]);
  });

  it('does not leave for those who bear no more: it waits, and people hear of it', () => {
    const taken = dead({ load: ok(12_500) });
    expect(deedsOf([taken])).toEqual([]);
    expect(memoryOf(taken)).toMatchObject({ state: 'waiting', move: null });
    expect(reasonOf(taken)).toBe('capacity-short');
    expect(alertsOf(taken)).toContain('a/capacity critical capacity-short');
  });

  it('waits a while for those who do not tell at the moment, and keeps its part for as long', () => {
    const silent = { b: missing('read-failed') };
    const first = dead({}, { capacities: silent });
    expect(reasonOf(first)).toBe('waiting-for-capacity');
    expect(first.proposal.verdicts[0]?.detail).toMatch(
      /^it serves no more; b has an unknown load/u,
    );
    const after = (seconds: number) =>
      deedsOf([dead({}, { capacities: silent, at: { waitingSince: secondsAgo(seconds) } })]);
    expect(after(59)).toEqual([]);
    expect(after(60)).toContain('pause r-a-default');
    expect(deedsOf([dead({}, { ...parted(3600), capacities: silent })])).toEqual([]);
    expect(alertsOf(dead({}, { ...parted(3600), capacities: silent }))).toContain(
      'a/capacity warning capacity-unknown',
    );
  });

  it.each<[string, Turn, Partial<SiteCapacity>]>([
    ['no pool is known of', { capacities: { b: missing('not-configured') } }, {}],
    ['the pool follows no metric', {}, { load: missing('not-configured') }],
    ['what moves is not known, and never will be', { at: { usual: null } }, {}],
  ])('does not wait for an answer where %s', (_, seen, b) => {
    expect(deedsOf([dead(b, seen)])).toContain('pause r-a-default');
  });

  it('leaves as a whole where no part of it can be said, and says what is shed', () => {
    const taken = turn({ capacities: { b: ok(aSiteCapacity(busy)) } });
    expect(deedsOf([taken])).toEqual(['note r-a-default', 'pause r-a-default']);
    const said = taken.proposal.alerts.find(({ key }) => key === 'a/capacity');
    expect(said).toMatchObject({ severity: 'critical', reason: 'capacity-short' });
    expect(said?.message).toMatch(/^a: 625 ‰ of it cannot be carried/u);
  });

  it.each(['down', 'unknown'] as const)('is not held up by a third that is %s', (c) => {
    const policy = { ...withWeights, sites: [aSite('a'), aSite('b'), aSite('c')] };
    const from = ['a', 'b', 'c'].map((site) => aRecord(site, { weight: 100 }));
    const more = { policy, from, answers: { a: 'down', c } } as const;
    expect(deedsOf([dead(busy, more)])).toEqual(['note r-a-default', 'r-a-default = 19']);
    expect(deedsOf([dead({}, more)])).toContain('pause r-a-default');
  });

  it('a person’s order moves no more of a site that is up than the others carry well', () => {
    const up = { state: 'serving' as const, downSince: null, upSince: secondsAgo(900) };
    const b = ok(aSiteCapacity(full));
    const taken = turn({
      ...{ policy: withWeights, from: heavy, at: up, answers: {}, capacities: { b } },
      orders: [anOrder('failover', 'a')],
    });
    expect(deedsOf([taken])).toEqual(['note r-a-default', 'r-a-default = 60']);
  });
});

describe('a person’s order', () => {
  const up: Partial<SiteMemory> = { state: 'serving', downSince: null, upSince: secondsAgo(900) };
  const ordered = (parts: Turn = {}) =>
    turn({ at: up, answers: {}, orders: [anOrder('failover', 'a')], ...parts });

  it('moves a site that is up, at once, without another word', () => {
    const policy = aNamePolicy({
      sites: [aSite('a', { isStateful: true }), aSite('b')],
      approval: { ...aNamePolicy().approval, firstFailover: true },
    });
    const taken = ordered({ policy });
    expect(deedsOf([taken])).toContain('pause r-a-default');
    expect(taken.proposal.verdicts[0]).toMatchObject({ reason: 'failover-ordered', verdict: 'up' });
    expect(taken.proposal.verdicts[0]?.detail).toMatch(/^ann: maintenance; clients follow/u);
  });

  it('is explained as such also of a site that is down', () => {
    expect(reasonOf(turn({ orders: [anOrder('failover', 'a')] }))).toBe('failover-ordered');
  });

  it.each([
    ['has expired', [anOrder('failover', 'a', { until: NOW })]],
    ['is about another site', [anOrder('failover', 'c')]],
    [
      'was taken back',
      [anOrder('failover', 'a'), anOrder('failback', 'a', { at: secondsAgo(30) })],
    ],
  ])('moves nothing when it %s', (_, orders) => {
    expect(ordered({ orders }).proposal.steps).toEqual([]);
  });

  it('keeps a site out for as long as it stands, however well it is', () => {
    const { turns } = playName(aNameWorld(two), aNamePolicy(), 2400, () => ({
      orders: [anOrder('failover', 'a')],
    }));
    expect(deedsOf(turns)).toEqual(['note r-a-default', 'pause r-a-default']);
    expect(turns.at(-1)?.proposal.verdicts[0]?.reason).toBe('failover-ordered');
  });
});

describe('a person’s approval', () => {
  const policy = aNamePolicy({ sites: [aSite('a', { isStateful: true }), aSite('b')] });
  const moveId = turn().world.memory.moves[0]!.moveId;
  const word = (parts: Partial<Approval> = {}): Approval => ({
    approvalId: 'word-1',
    moveId,
    by: 'ann',
    isGranted: true,
    at: secondsAgo(10),
    until: inSeconds(600),
    ...parts,
  });

  it('is asked for once, and again when the question has expired', () => {
    const first = turn({ policy });
    expect(first.proposal.verdicts[0]).toMatchObject({
      reason: 'waiting-for-approval',
      nextState: 'waiting',
    });
    const pending = {
      moveId,
      siteName: 'a',
      reason: 'failover-site-down',
      askedAt: NOW,
      until: inSeconds(1800),
    };
    expect(first.world.memory.pending).toEqual([pending]);
    expect(alertsOf(first)).toContain(`approval/${moveId} critical waiting-for-approval`);
    expect(memoryOf(first)).toMatchObject({ state: 'waiting', cause: 'failover-site-down' });
    const asked = (until: number, about = moveId) => {
      const memory = {
        ...aNameMemory({ a: LONG_DOWN, b: {} }),
        pending: [
          {
            ...pending,
            moveId: about,
            reason: 'failover-site-down' as const,
            askedAt: secondsAgo(60),
            until: inSeconds(until),
          },
        ],
      };
      return turn({ policy, memory }).world.memory.pending;
    };
    expect(asked(1)).toMatchObject([{ askedAt: secondsAgo(60), until: inSeconds(1) }]);
    expect(asked(0)).toMatchObject([{ askedAt: NOW, until: inSeconds(1800) }]);
    expect(asked(1, 'another-move')).toMatchObject([{ moveId, askedAt: NOW }]);
  });

  it('lets the move go, and is used up', () => {
    const taken = turn({ policy, approvals: [word()] });
    expect(deedsOf([taken])).toContain('pause r-a-default');
    expect(reasonOf(taken)).toBe('failover-site-down');
    expect(taken.world.memory).toMatchObject({ usedApprovals: ['word-1'], pending: [] });
  });

  it('that is refused is not asked for again, and nothing moves', () => {
    const taken = turn({ policy, approvals: [word({ isGranted: false })] });
    expect(withheldIn(taken)).toContain('pause r-a-default: guard-approval-refused');
    expect(taken.world.memory.pending).toEqual([]);
    expect(alertsOf(taken).filter((each) => each.startsWith('approval/'))).toEqual([]);
    expect(taken.proposal.verdicts[0]?.detail).toMatch(/; ann refused$/u);
    expect(reasonOf(taken)).toBe('waiting-for-approval');
  });

  it('is needed for the first failover of a name where the policy says so', () => {
    const first = aNamePolicy({ approval: { ...aNamePolicy().approval, firstFailover: true } });
    expect(withheldIn(turn({ policy: first }))).toContain('pause r-a-default: guard-approval');
  });

  it('is not needed for what has begun', () => {
    const from = [
      pausedByUs(aRecord('a')),
      aRecord('b'),
      aRecord('a', { line: 'telecom' }),
      aRecord('b', { line: 'telecom' }),
    ];
    const move = { moveId: 'failover-1', kind: 'failover' as const, at: secondsAgo(15) };
    const memory = {
      ...aNameMemory({ a: { ...LONG_DOWN, state: 'paused', move }, b: {} }),
      moves: [{ ...move, siteName: 'a' }],
    };
    const taken = turn({ policy, from, memory });
    expect(deedsOf([taken])).toEqual(['note r-a-telecom', 'pause r-a-telecom']);
  });
});

describe('a site that leaves again', () => {
  it('on its way back begins another move', () => {
    const move = { moveId: 'failover-1', kind: 'failover' as const, at: secondsAgo(4000) };
    const taken = turn({ at: { state: 'returning', move } });
    const [begun] = taken.world.memory.moves;
    expect(begun?.moveId).not.toBe('failover-1');
    expect(memoryOf(taken)?.move?.moveId).toBe(begun?.moveId);
  });

  it('one that is whole begins another move, whatever is remembered', () => {
    const move = { moveId: 'failover-1', kind: 'failover' as const, at: secondsAgo(4000) };
    expect(memoryOf(turn({ at: { state: 'serving', move } }))?.move?.moveId).not.toBe('failover-1');
  });

  it('the same outage is the same move in every look', () => {
    const ids = [turn(), turn({ at: { state: 'waiting' } })].map(
      ({ world }) => world.memory.moves[0]?.moveId,
    );
    expect(ids[0]).toBe(ids[1]);
    const later = turn({ at: { downSince: secondsAgo(190) } }).world.memory.moves[0]?.moveId;
    expect(later).not.toBe(ids[0]);
  });
});

describe('shares that are left', () => {
  it('rounds so that never more leaves than fits', () => {
    const b = aSiteCapacity({ load: ok(10_000), canLaunch: false });
    const taken = turn({
      policy: withWeights,
      from: heavy,
      capacities: { a: ok(aSiteCapacity({ traffic: ok(100_000) })), b: ok(b) },
    });
    expect(deedsOf([taken])).toEqual(['note r-a-default', 'r-a-default = 34']);
  });

  it('lines without weights keep all of it, and so does one that nobody else answers', () => {
    const lines = ['default', 'telecom', 'unicom'];
    const from = [
      ...lines.map((line) => aRecord('a', { line, weight: 100 })),
      ...lines.slice(0, 2).map((line) => aRecord('b', { line, weight: 100 })),
    ];
    const taken = turn({
      policy: withWeights,
      from,
      weighting: weighted('default', 'unicom'),
      ...serving({ load: ok(10_000), canLaunch: false }),
    });
    expect(deedsOf([taken])).toEqual(['note r-a-default', 'r-a-default = 34']);
    expect(taken.plan.withheld).toEqual([]);
    expect(taken.plan.steps.map(({ reason }) => reason)).toContain('failover-partial');
  });
});
