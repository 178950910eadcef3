import { describe, expect, it } from '@jest/globals';
import { hasBase, isWeighted, others, stillServes } from '../../../../shared/decide/failover/scene';
import { type DnsRecord } from '../../../../shared/domain/failover/dns-record';
import { type NamePolicy } from '../../../../shared/domain/failover/name-policy';
import { missing } from '../../../../shared/domain/reading';
import { permille } from '../../../../shared/domain/units';
import { inSeconds, NOW, ok, secondsAgo, stale } from '../../../support/builders';
import { aNamePolicy, aRecord, aSiteCapacity, someVotes } from '../../../support/name-builders';
import {
  aNameMemory,
  aScene,
  NOTE,
  pausedByUs,
  type Sight,
  viewOf,
  weighted,
} from '../../../support/name-story';

const viewA = (seen: Sight = {}, policy: NamePolicy = aNamePolicy()) =>
  viewOf('a', aScene(policy, seen));
const idsOf = (records: readonly { readonly recordId: string }[]) =>
  records.map(({ recordId }) => recordId);

describe('the records of a site', () => {
  it('are those of the name’s type and lines that hold its address, in a fixed order', () => {
    const records = [
      aRecord('a', { recordId: 'r-9' }),
      aRecord('b'),
      aRecord('a', { recordId: 'r-1', line: 'telecom', isEnabled: false }),
      aRecord('a', { recordId: 'text', type: 'TXT' }),
      pausedByUs(aRecord('a', { recordId: 'r-5', line: 'unicom' })),
    ];
    const seen = viewA({ records: ok(records) });
    expect(idsOf(seen.records)).toEqual(['r-1', 'r-5', 'r-9']);
    expect(idsOf(seen.enabled)).toEqual(['r-9']);
    expect(idsOf(seen.paused)).toEqual(['r-5']);
    const scene = aScene(aNamePolicy({ lines: ['default'] }), { records: ok(records) });
    expect(idsOf(scene.records)).toEqual(['r-9', 'r-b-default']);
  });

  it.each([
    ['fresh', ok([aRecord('a')]), true, 1],
    ['old', stale([aRecord('a')]), false, 0],
    ['missing', missing('read-failed'), false, 0],
  ])('that are %s', (_, records, isReadable, count) => {
    const scene = aScene(aNamePolicy(), { records });
    expect(scene.isReadable).toBe(isReadable);
    expect(scene.records).toHaveLength(count);
  });
});

describe('what a site gets of its share', () => {
  const at = (baseWeights: Readonly<Record<string, number>>) => ({
    memory: aNameMemory({ a: { baseWeights } }),
  });
  const heavy = (weight: number | null, line = 'default') => aRecord('a', { weight, line });

  it.each<[string, Sight, number]>([
    ['nothing was taken', { records: ok([heavy(100)]) }, 1000],
    ['no weights, nothing taken', { records: ok([heavy(null)]) }, 1000],
    ['all is off', { records: ok([pausedByUs(aRecord('a'))]) }, 0],
    ['it has no record', { records: ok([aRecord('b')]) }, 0],
    ['half of its weight', { records: ok([heavy(50)]), ...at({ 'r-a-default': 100 }) }, 500],
    [
      'one of two lines is off',
      { records: ok([heavy(null), pausedByUs(aRecord('a', { line: 'telecom' }))]) },
      500,
    ],
    [
      'of two, one paused and one lowered to a half',
      {
        records: ok([heavy(50), pausedByUs(aRecord('a', { line: 'telecom' }), 100)]),
        ...at({ 'r-a-default': 100 }),
      },
      250,
    ],
    [
      'what its note says counts where memory says nothing',
      { records: ok([aRecord('a', { weight: 20, remark: `${NOTE}:80` })]) },
      250,
    ],
    [
      'memory counts before the note',
      {
        records: ok([aRecord('a', { weight: 20, remark: `${NOTE}:80` })]),
        ...at({ 'r-a-default': 40 }),
      },
      500,
    ],
    [
      'a person gave it more than it had',
      { records: ok([heavy(60)]), ...at({ 'r-a-default': 30 }) },
      1000,
    ],
    [
      'what a person paused was never its share',
      { records: ok([heavy(100), aRecord('a', { line: 'telecom', isEnabled: false })]) },
      1000,
    ],
  ])('%s', (_, seen, level) => {
    expect(viewA(seen).level).toBe(level);
  });
});

describe('what a site is known to carry', () => {
  const usual = { load: 4000, traffic: 1_000_000, at: secondsAgo(600) };
  const memory = aNameMemory({ a: { usual } });

  it.each([
    ['as old as allowed', ok(aSiteCapacity(), secondsAgo(60)), true],
    ['older', ok(aSiteCapacity(), secondsAgo(61)), false],
    ['missing', missing('read-failed'), false],
  ])('its capacity when %s', (_, capacity, isKnown) => {
    expect(viewA({ capacities: { a: capacity } }).capacity !== undefined).toBe(isKnown);
  });

  it.each([
    [50_000, true],
    [49_999, false],
    [0, false],
  ])('%i of usually a million, 50 ‰ wanted', (traffic, expected) => {
    const seen = { memory, capacities: { a: ok(aSiteCapacity({ traffic: ok(traffic) })) } };
    expect(stillServes(viewA(seen), permille(50))).toBe(expected);
  });

  it('counts in proportion to the share that it still has', () => {
    const records = ok([
      aRecord('a', { weight: 10, remark: `${NOTE}:100` }),
      aRecord('b', { weight: 100 }),
    ]);
    const capacities = { a: ok(aSiteCapacity({ traffic: ok(50_000) })) };
    expect(stillServes(viewA({ memory, records, capacities }), permille(500))).toBe(true);
    expect(stillServes(viewA({ memory, records, capacities }), permille(501))).toBe(false);
  });

  it.each<[string, Sight]>([
    [
      'its traffic is old',
      { memory, capacities: { a: ok(aSiteCapacity({ traffic: stale(900_000) })) } },
    ],
    ['it tells nothing', { memory }],
    ['nobody knows what is usual', { capacities: { a: ok(aSiteCapacity()) } }],
    [
      'all was taken from it',
      { memory, records: ok([pausedByUs(aRecord('a'))]), capacities: { a: ok(aSiteCapacity()) } },
    ],
  ])('does not count as serving when %s', (_, seen) => {
    expect(stillServes(viewA(seen), permille(50))).toBe(false);
  });

  it('makes the voters doubtful in the verdict, by what it usually carries', () => {
    const policy = aNamePolicy();
    const seen = (traffic: number) => ({
      memory,
      votes: someVotes(policy, NOW, { a: 'down' }),
      capacities: { a: ok(aSiteCapacity({ traffic: ok(traffic) })) },
    });
    expect(viewA(seen(500_000)).judgement.reason).toBe('site-serving-though-unreached');
    expect(viewA(seen(499_999)).judgement.reason).toBe('site-down');
  });
});

describe('what is remembered of a site', () => {
  it('goes on with its run', () => {
    const memory = aNameMemory({ a: { upSince: secondsAgo(100), judgedAt: secondsAgo(60) } });
    expect(viewA({ memory })).toMatchObject({
      isKnown: true,
      memory: { upSince: secondsAgo(100), judgedAt: NOW },
    });
    const late = aNameMemory({ a: { upSince: secondsAgo(100), judgedAt: secondsAgo(61) } });
    expect(viewA({ memory: late }).memory.upSince).toBe(NOW);
  });

  it('is fresh where nothing is known', () => {
    expect(viewA()).toMatchObject({
      isKnown: false,
      memory: { state: 'serving', since: NOW, upSince: NOW },
    });
  });

  it('the others are all but itself', () => {
    const scene = aScene(aNamePolicy());
    expect(others(viewOf('a', scene), scene).map(({ site }) => site.name)).toEqual(['b']);
  });
});

describe('weights', () => {
  const on = aNamePolicy({ weighting: true });
  const record = aRecord('a', { weight: 100 });
  const records = ok([record, aRecord('b', { weight: 100 })]);
  const base = { memory: aNameMemory({ a: { baseWeights: { 'r-a-default': 100 } } }) };

  it.each<[string, NamePolicy, Sight, boolean]>([
    ['the line is weighted', on, { weighting: weighted() }, true],
    ['another line is', on, { weighting: weighted('telecom') }, false],
    ['it is switched off', on, { weighting: ok([{ line: 'default', isOn: false }]) }, false],
    ['the policy wants none', aNamePolicy(), { weighting: weighted() }, false],
    ['nobody can tell', on, { weighting: missing('read-failed') }, false],
    ['what is told is old', on, { weighting: stale([{ line: 'default', isOn: true }]) }, false],
  ])('are drawn by while %s', (_, policy, seen, expected) => {
    expect(isWeighted(record, aScene(policy, { records, ...seen }))).toBe(expected);
  });

  it.each<[string, NamePolicy, Sight, boolean]>([
    ['the line is weighted', on, { weighting: weighted() }, true],
    ['the line is known not to be', on, { ...base, weighting: weighted('telecom') }, false],
    [
      'nobody can tell and it was lowered',
      on,
      { ...base, weighting: missing('read-failed') },
      true,
    ],
    ['the policy wants none and it was lowered', aNamePolicy(), { ...base }, true],
    ['nobody can tell and it never was', on, { weighting: missing('read-failed') }, false],
  ])('come back while %s', (_, policy, seen, expected) => {
    const scene = aScene(policy, { records, ...seen });
    expect(hasBase(record, viewOf('a', scene), scene)).toBe(expected);
  });

  it.each<[string, Partial<DnsRecord>, Sight, boolean]>([
    ['all of them weigh 1', {}, {}, false],
    ['one weighs more', { weight: 2 }, {}, true],
    ['one weighed more before we lowered it', {}, base, true],
    ['our note says that one weighed more', { remark: `${NOTE}:2` }, {}, true],
  ])('can be divided where %s', (_, parts, seen, expected) => {
    const light = ok([aRecord('a', { weight: 1, ...parts }), aRecord('b', { weight: 1 })]);
    const scene = aScene(on, { records: light, weighting: weighted(), ...seen });
    expect(isWeighted(record, scene)).toBe(expected);
  });
});

it('is taken at the time of the snapshot', () => {
  expect(aScene(aNamePolicy(), { takenAt: inSeconds(5) }).now).toBe(inSeconds(5));
});
