import { describe, expect, it } from '@jest/globals';
import { judgePractice } from '../../../../shared/decide/failover/practice';
import {
  type NamePolicy,
  type PracticePolicy,
} from '../../../../shared/domain/failover/name-policy';
import { type PracticeMemory } from '../../../../shared/domain/failover/name-memory';
import { type Instant, instant, millis, permille } from '../../../../shared/domain/units';
import { missing } from '../../../../shared/domain/reading';
import { inSeconds, NOW, ok, secondsAgo, stale } from '../../../support/builders';
import { aNamePolicy, aRecord, aSite, aSiteCapacity } from '../../../support/name-builders';
import {
  aNameMemory,
  anOrder,
  aScene,
  deedsOf,
  pausedByUs,
  playName,
  type Sight,
  withheldIn,
} from '../../../support/name-story';
import { aNameWorld } from '../../../support/pure-names';

/** The scene is set on Friday 2027-01-15 at 08:00 UTC: Fridays from eight, for ten minutes. */
const practice: PracticePolicy = {
  site: 'a',
  timeZone: 'UTC',
  days: ['fri'],
  fromMinute: 480,
  durationMs: millis(600_000),
  abortErrorShare: permille(20),
};
const withPractice = (parts: Partial<PracticePolicy> = {}, more: Partial<NamePolicy> = {}) =>
  aNamePolicy({ practice: { ...practice, ...parts }, ...more });
const roomy = { a: ok(aSiteCapacity()), b: ok(aSiteCapacity()) };
const failing = (share: number) => ok(aSiteCapacity({ errorShare: ok(share) }));

const silent = ok(aSiteCapacity({ errorShare: missing('no-datapoint') }));

const freshly = (capacities: typeof roomy, now: Instant) => ({
  a: { ...capacities.a, sampledAt: now },
  b: { ...capacities.b, sampledAt: now },
});

const judged = (policy: NamePolicy, seen: Sight = {}) =>
  judgePractice(aScene(policy, { capacities: freshly(roomy, seen.takenAt ?? NOW), ...seen }));
const at = (seconds: number): Sight => ({ takenAt: inSeconds(seconds) });
const remembered = (parts: Partial<PracticeMemory> = {}): Sight => ({
  memory: aNameMemory(
    {},
    {
      practice: {
        siteName: 'a',
        startedAt: secondsAgo(60),
        until: inSeconds(540),
        abortedBecause: null,
        ...parts,
      },
    },
  ),
});

describe('when a rehearsal begins', () => {
  it('at the minute of its schedule, until its duration is over', () => {
    expect(judged(withPractice()).running).toEqual({
      siteName: 'a',
      startedAt: NOW,
      until: inSeconds(600),
      abortedBecause: null,
    });
  });

  it.each([
    [-1, null],
    [0, NOW],
    [59, NOW],
    [61, NOW],
    [599, NOW],
    [600, null],
  ])('%i s after eight', (seconds, startedAt) => {
    const seen = at(seconds);
    expect(judged(withPractice(), seen).running?.startedAt ?? null).toBe(startedAt);
  });

  it('in the time zone of its schedule, over midnight', () => {
    const shanghai = { timeZone: 'Asia/Shanghai', fromMinute: 16 * 60 };
    expect(judged(withPractice(shanghai)).running?.startedAt).toBe(NOW);
    const late = { fromMinute: 1435, days: ['thu'] as const };
    const past = instant(NOW - 8 * 3_600_000 + 240_000);
    expect(judged(withPractice(late), { takenAt: past }).running?.startedAt).toBe(
      NOW - 8 * 3_600_000 - 300_000,
    );
  });

  it('lasts as long as it says, also where that is no whole number of minutes', () => {
    const odd = withPractice({ durationMs: millis(90_000) });
    expect(judged(odd, at(89)).running?.until).toBe(inSeconds(90));
    expect(judged(odd, at(90)).running).toBeNull();
  });

  it.each<[string, NamePolicy, Sight]>([
    ['the policy has none', aNamePolicy(), {}],
    ['it is another day', withPractice({ days: ['thu', 'sat'] }), {}],
    ['the time zone is misspelt', withPractice({ timeZone: 'Mars/Base' }), {}],
    ['its site is unknown', withPractice({ site: 'z' }), {}],
    ['a site is down', withPractice(), { answers: { b: 'down' } }],
    ['a site is not known to be up', withPractice(), { answers: { b: 'unknown' } }],
    ['its own site is not known to be up', withPractice(), { answers: { a: 'unknown' } }],
    [
      'another site is out',
      withPractice(),
      { records: ok([aRecord('a'), pausedByUs(aRecord('b'))]) },
    ],
    [
      'a move is not over',
      withPractice(),
      {
        memory: aNameMemory({ b: { move: { moveId: 'm', kind: 'failover', at: NOW } } }),
      },
    ],
    ['a surviving pool fails', withPractice(), { capacities: { ...roomy, b: failing(21) } }],
    ['a surviving pool does not tell', withPractice(), { capacities: { a: roomy.a } }],
    ['nobody knows what fails there', withPractice(), { capacities: { ...roomy, b: silent } }],
    [
      'the name is frozen',
      withPractice(),
      {
        freeze: { by: 'ann', reason: 'sale', at: NOW, until: inSeconds(1) },
      },
    ],
    [
      'it was rehearsed in this window already',
      withPractice(),
      remembered({ startedAt: NOW, until: NOW }),
    ],
    [
      'it was aborted in this window',
      withPractice(),
      remembered({ startedAt: NOW, abortedBecause: 'errors' }),
    ],
  ])('never while %s', (_, policy, seen) => {
    expect(judged(policy, seen).running).toBeNull();
  });

  it('never while one of several surviving pools fails', () => {
    const sites = [aSite('a'), aSite('b'), aSite('c')];
    const capacities = { ...roomy, c: failing(21) };
    expect(judged(withPractice({}, { sites }), { capacities }).running).toBeNull();
  });

  it.each<[string, Sight]>([
    ['a freeze that is over', { freeze: { by: 'ann', reason: 'sale', at: NOW, until: NOW } }],
    ['errors within bounds', { capacities: { ...roomy, b: failing(20) } }],
    ['errors of the site that leaves', { capacities: { ...roomy, a: failing(500) } }],
    ['a rehearsal of an earlier window', remembered({ startedAt: secondsAgo(1), until: NOW })],
  ])('%s does not hinder it', (_, seen) => {
    expect(judged(withPractice(), seen).running?.startedAt).toBe(NOW);
  });

  it('when a person wants it, also of another site and outside its schedule', () => {
    const seen = {
      ...at(3600),
      orders: [anOrder('practice', 'b', { at: inSeconds(3500), until: inSeconds(9000) })],
    };
    expect(judged(withPractice(), seen).running).toEqual({
      siteName: 'b',
      startedAt: inSeconds(3500),
      until: inSeconds(4100),
      abortedBecause: null,
    });
    expect(judged(withPractice(), { ...seen, ...at(4100) }).running).toBeNull();
  });
});

describe('a rehearsal that runs', () => {
  it('goes on while all is well, and is remembered until the next', () => {
    const seen = remembered();
    const { practice: last } = seen.memory!;
    expect(judged(withPractice(), seen)).toEqual({ running: last, remembered: last });
    const over = remembered({ startedAt: NOW, until: NOW });
    expect(judged(withPractice(), over).remembered).toEqual(over.memory?.practice);
    expect(judged(aNamePolicy(), seen)).toEqual({ running: null, remembered: last });
  });

  it.each<[string, Sight, string | null]>([
    [
      'a surviving pool fails',
      { capacities: { ...roomy, b: failing(21) } },
      'more than 20 ‰ of the requests fail in b',
    ],
    ['it fails as much as allowed', { capacities: { ...roomy, b: failing(20) } }, null],
    ['the rehearsed site itself fails', { capacities: { ...roomy, a: failing(900) } }, null],
    [
      'a surviving pool does not tell',
      { capacities: { a: roomy.a, b: missing('read-failed') } },
      'nobody knows how many requests fail in b',
    ],
    [
      'what fails there is not known',
      { capacities: { ...roomy, b: silent } },
      'nobody knows how many requests fail in b',
    ],
    [
      'what failed there is old',
      { capacities: { ...roomy, b: ok(aSiteCapacity({ errorShare: stale(0) })) } },
      'nobody knows how many requests fail in b',
    ],
    ['a surviving site is down', { answers: { b: 'down' } }, 'b is not known to be up'],
    ['a surviving site is unknown', { answers: { b: 'unknown' } }, 'b is not known to be up'],
    ['the rehearsed site is down', { answers: { a: 'down' } }, null],
  ])('%s', (_, seen, abortedBecause) => {
    const found = judged(withPractice(), { ...remembered(), ...seen });
    expect(found.remembered?.abortedBecause ?? null).toBe(abortedBecause);
    expect(found.running === null).toBe(abortedBecause !== null);
  });

  it('that was aborted does not go on', () => {
    const found = judged(withPractice(), remembered({ abortedBecause: 'errors' }));
    expect(found.remembered?.abortedBecause).toBe('errors');
    expect(found.running?.startedAt).toBe(NOW);
  });
});

describe('a rehearsal as a story', () => {
  const two = aNameWorld([aRecord('a'), aRecord('b')]);
  const heavy = aNameWorld([aRecord('a', { weight: 100 }), aRecord('b', { weight: 100 })]);
  const rows = [aSite('a'), aSite('b')];

  it('moves the site away, brings it back at its end without the long hold, and not again', () => {
    const { turns, world } = playName(two, withPractice(), 1800, (_, { now }) => ({
      capacities: freshly(roomy, now),
    }));
    expect(deedsOf(turns)).toEqual([
      'note r-a-default',
      'pause r-a-default',
      'enable r-a-default',
      'clear r-a-default',
    ]);
    expect(deedsOf(turns.slice(1, 40))).toEqual([]);
    expect(deedsOf(turns.slice(40, 41))).toContain('enable r-a-default');
    expect(turns[0]?.proposal.verdicts[0]).toMatchObject({ reason: 'practice-started' });
    expect(turns[0]?.proposal.verdicts[0]?.detail).toMatch(/^a rehearsed failover; /u);
    expect(turns[40]?.proposal.verdicts[0]?.reason).toBe('practice-ended');
    expect(world.memory.moves.map(({ kind }) => kind)).toEqual(['practice', 'failback']);
    expect(world.records).toEqual(two.records);
  });

  it('comes back in stages where answers are drawn by weight', () => {
    const policy = withPractice({}, { weighting: true });
    const { turns, world } = playName(heavy, policy, 1200, (_, { now }) => ({
      capacities: freshly(roomy, now),
    }));
    expect(deedsOf(turns)).toEqual([
      'note r-a-default',
      'r-a-default = 1',
      'pause r-a-default',
      'enable r-a-default',
      'r-a-default = 10',
      'r-a-default = 50',
      'r-a-default = 100',
      'clear r-a-default',
    ]);
    expect(world.records).toEqual(heavy.records);
  });

  it.each([
    ['the outcome alarm fires', { capacities: { ...roomy, b: failing(21) } }],
    [
      'another site is not known to be up',
      { capacities: roomy, answers: { b: 'unknown' as const } },
    ],
  ])('ends in the very look in which %s, with all of its weight', (_, trouble) => {
    const policy = withPractice({}, { weighting: true });
    const { turns, world } = playName(heavy, policy, 600, (second, { now }) =>
      second < 120
        ? { capacities: freshly(roomy, now) }
        : { ...trouble, capacities: freshly(trouble.capacities, now) },
    );
    expect(deedsOf(turns.slice(8, 9))).toEqual(['enable r-a-default', 'r-a-default = 100']);
    expect(turns[8]?.proposal.verdicts[0]).toMatchObject({
      reason: 'practice-aborted',
      detail: 'it comes back at once',
    });
    const alarms = turns.flatMap(({ proposal }) => proposal.alerts);
    expect(alarms.filter(({ reason }) => reason === 'practice-aborted')).toMatchObject([
      { key: 'a/practice-aborted', severity: 'critical', siteName: 'a' },
    ]);
    expect(world.records).toEqual(heavy.records);
    expect(world.memory.sites['a']?.state).toBe('serving');
  });

  it('comes back at once also where nobody can tell how the rehearsed site is, but not while it is down', () => {
    const lost = (a: 'unknown' | 'down') =>
      playName(two, withPractice(), 135, (second, { now }) =>
        second < 120
          ? { capacities: freshly(roomy, now) }
          : { capacities: freshly({ ...roomy, b: failing(21) }, now), answers: { a } },
      );
    expect(deedsOf(lost('unknown').turns.slice(8))).toContain('enable r-a-default');
    expect(deedsOf(lost('down').turns.slice(8))).toEqual([]);
  });

  it('waits at its end until the site is known to be up', () => {
    const { turns } = playName(two, withPractice(), 690, (second, { now }) => ({
      capacities: freshly(roomy, now),
      answers: second >= 600 && second < 660 ? { a: 'unknown' } : {},
    }));
    expect(deedsOf(turns.slice(40, 44))).toEqual([]);
    expect(deedsOf(turns.slice(44, 45))).toContain('enable r-a-default');
  });

  it.each<[string, Sight, string]>([
    [
      'the others cannot carry all of it',
      { capacities: { ...roomy, b: ok(aSiteCapacity({ load: ok(8001) })) } },
      'capacity-short',
    ],
    [
      'nobody knows what they can carry',
      { capacities: { ...roomy, b: ok(aSiteCapacity({ load: missing('no-datapoint') })) } },
      'capacity-unknown',
    ],
  ])('does not begin when %s', (_, seen, reason) => {
    const { turns, world } = playName(two, withPractice(), 60, () => seen);
    expect(deedsOf(turns)).toEqual([]);
    expect(turns[0]?.proposal.verdicts[0]).toMatchObject({ reason, nextState: 'serving' });
    expect(turns[0]?.proposal.verdicts[0]?.detail).toMatch(
      /^a rehearsal takes only what the others can carry: /u,
    );
    expect(turns[0]?.proposal.forecasts).toHaveLength(1);
    expect(world.memory.practice).toBeNull();
  });

  it('begins when they can carry just all of it', () => {
    const seen = { capacities: { ...roomy, b: ok(aSiteCapacity({ load: ok(8000) })) } };
    expect(deedsOf(playName(two, withPractice(), 15, () => seen).turns)).toContain(
      'pause r-a-default',
    );
  });

  it('takes no further line away when the others cannot carry that any more', () => {
    const records = [
      pausedByUs(aRecord('a')),
      aRecord('b'),
      aRecord('a', { line: 'telecom' }),
      aRecord('b', { line: 'telecom' }),
    ];
    const move = { moveId: 'practice-1', kind: 'practice' as const, at: secondsAgo(60) };
    const { practice: last } = remembered().memory!;
    const memory = {
      ...aNameMemory({ a: { state: 'paused', move, upSince: secondsAgo(600) }, b: {} }),
      practice: last,
      moves: [{ ...move, siteName: 'a' }],
    };
    const world = { ...aNameWorld(records), memory };
    const busy = { capacities: { ...roomy, b: ok(aSiteCapacity({ load: ok(11_999) })) } };
    const { turns, world: after } = playName(world, withPractice(), 30, () => busy);
    expect(deedsOf(turns)).toEqual([]);
    expect(after.memory.sites['a']).toMatchObject({ state: 'paused', move });
  });

  it('of a stateful site, or as the first failover, waits for a person', () => {
    const stateful = withPractice({}, { sites: [aSite('a', { isStateful: true }), rows[1]!] });
    const first = withPractice(
      {},
      { approval: { ...aNamePolicy().approval, firstFailover: true } },
    );
    for (const policy of [stateful, first]) {
      const { turns, world } = playName(two, policy, 60, () => ({ capacities: roomy }));
      expect(deedsOf(turns)).toEqual([]);
      expect(withheldIn(turns[0]!)).toContain('pause r-a-default: guard-approval');
      expect(world.memory.pending).toMatchObject([
        { siteName: 'a', reason: 'practice-started', askedAt: NOW },
      ]);
      expect(world.memory.practice).toBeNull();
    }
  });

  it('becomes a failover when the site dies meanwhile, and stays out', () => {
    const { turns, world } = playName(two, withPractice(), 1200, (second, { now }) => ({
      capacities: freshly(roomy, now),
      answers: second >= 300 ? { a: 'down' } : {},
    }));
    expect(deedsOf(turns)).toEqual(['note r-a-default', 'pause r-a-default']);
    expect(world.memory.sites['a']?.move?.kind).toBe('failover');
  });
});
