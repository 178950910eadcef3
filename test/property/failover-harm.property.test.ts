import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decideName } from '../../shared/decide/failover/decide-name';
import { type DnsRecord } from '../../shared/domain/failover/dns-record';
import { type NamePolicy } from '../../shared/domain/failover/name-policy';
import {
  type NameSnapshot,
  type RegionClaim,
  type SiteOrder,
  type Vote,
} from '../../shared/domain/failover/name-snapshot';
import { regionsOut } from '../../shared/domain/failover/region-claim';
import { missing } from '../../shared/domain/reading';
import { millis, permille, plus } from '../../shared/domain/units';
import { guardName } from '../../shared/guard/failover/guard-name';
import { ok } from '../support/builders';
import { aNamePolicy, aRecord, aSite, aSiteCapacity, someVotes } from '../support/name-builders';
import {
  aNameWorld,
  nameLater,
  type NameTurn,
  nameTurn,
  type NameWorld,
} from '../support/pure-names';
import { propertyRuns } from '../support/property-runs';

const SITES = ['a', 'b', 'c'] as const;
const LINES = ['default', 'telecom'] as const;
const LOOK_SECONDS = 30;
type SiteName = (typeof SITES)[number];

/** What is seen for a while: true or false, whatever it says. */
const seen = fc.record({
  /** Looks in a row that see the same. */
  times: fc.integer({ min: 1, max: 40 }),
  answers: fc.record(
    Object.fromEntries(
      SITES.map((site) => [site, fc.constantFrom<Vote['answer']>('up', 'down', 'unknown')]),
    ) as Record<SiteName, fc.Arbitrary<Vote['answer']>>,
  ),
  capacity: fc.option(
    fc.record({
      load: fc.integer({ min: 0, max: 30_000 }),
      traffic: fc.integer({ min: 0, max: 2_000_000 }),
      healthy: fc.integer({ min: 0, max: 1000 }),
      canLaunch: fc.boolean(),
    }),
    { nil: null },
  ),
  isWeightingKnown: fc.boolean(),
  order: fc.option(
    fc.record({
      kind: fc.constantFrom<SiteOrder['kind']>('failover', 'failback', 'practice'),
      siteName: fc.constantFrom(...SITES),
    }),
    { nil: null, freq: 4 },
  ),
});
type Seen = typeof seen extends fc.Arbitrary<infer T> ? T : never;

const worlds = fc.record({
  weighting: fc.boolean(),
  moves: fc.integer({ min: 1, max: 3 }),
  isEnabled: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
  isThere: fc.array(fc.constantFrom(true, true, true, false), { minLength: 6, maxLength: 6 }),
  weights: fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 6, maxLength: 6 }),
});
type Start = typeof worlds extends fc.Arbitrary<infer T> ? T : never;

const sees = fc.array(seen, { minLength: 1, maxLength: 6 });

const policyOf = ({ weighting, moves }: Start): NamePolicy =>
  aNamePolicy({
    weighting,
    velocity: { moves, windowMs: millis(3_600_000) },
    sites: SITES.map((site) => aSite(site)),
    practice: {
      site: 'a',
      timeZone: 'UTC',
      days: ['fri'],
      fromMinute: 480,
      durationMs: millis(600_000),
      abortErrorShare: permille(20),
    },
  });

function worldOf({ weighting, isEnabled, isThere, weights }: Start): NameWorld {
  const places = LINES.flatMap((line) => SITES.map((site) => ({ site, line })));
  const records = places.map(({ site, line }, index) =>
    aRecord(site, {
      line,
      isEnabled: isEnabled[index] ?? true,
      weight: weighting ? (weights[index] ?? 1) : null,
    }),
  );
  return aNameWorld(records.filter((_, index) => isThere[index] ?? true));
}

function sightOf(
  { answers, capacity, isWeightingKnown, order }: Seen,
  world: NameWorld,
  policy: NamePolicy,
  claim: RegionClaim | null,
): Partial<NameSnapshot> {
  const { now } = world;
  const known =
    capacity === null
      ? missing('read-failed')
      : ok(
          aSiteCapacity({
            load: ok(capacity.load, now),
            traffic: ok(capacity.traffic, now),
            healthy: permille(capacity.healthy),
            canLaunch: capacity.canLaunch,
          }),
          now,
        );
  const lines = LINES.map((line) => ({ line, isOn: policy.weighting }));
  const until = plus(now, 1_000_000);
  const by = { by: 'ann', reason: 'maintenance', at: now, until };
  return {
    votes: someVotes(policy, now, answers),
    capacities: Object.fromEntries(SITES.map((site) => [site, known])),
    weighting: isWeightingKnown ? ok(lines, now) : missing('read-failed'),
    orders: order === null ? [] : [{ ...order, ...by }],
    claim,
  };
}

interface Played {
  readonly world: NameWorld;
  readonly turns: readonly NameTurn[];
}

/** Plays what is seen, in its order; an order stands for as long as it is seen. */
function play(start: NameWorld, policy: NamePolicy, story: readonly Seen[]): Played {
  const turns: NameTurn[] = [];
  let world = start;
  for (const look of story) {
    const begin = world.now;
    for (let time = 0; time < look.times; time += 1) {
      const sight = sightOf(look, world, policy, null);
      const orders = (sight.orders ?? []).map((order) => ({ ...order, at: begin }));
      const taken = nameTurn(world, policy, { ...sight, orders });
      turns.push(taken);
      world = nameLater(taken.world, LOOK_SECONDS);
    }
  }
  return { world, turns };
}

const writesOf = ({ plan }: NameTurn) => plan.steps.filter(({ kind }) => kind !== 'request-floor');
const linesIn = (records: readonly DnsRecord[]) => new Set(records.map(({ line }) => line));
const answered = (records: readonly DnsRecord[]) =>
  linesIn(records.filter(({ isEnabled }) => isEnabled));
const moveIdIn = (step: object): string | null =>
  'moveId' in step && typeof step.moveId === 'string' ? step.moveId : null;

describe('whatever is seen, however false', () => {
  it('every line that can answer does, after every look', () => {
    fc.assert(
      fc.property(worlds, sees, (start, story) => {
        for (const { world } of play(worldOf(start), policyOf(start), story).turns)
          expect(answered(world.records)).toEqual(linesIn(world.records));
      }),
      propertyRuns(40),
    );
  });

  it('also while a person pauses and enables records between the looks', () => {
    const touches = fc.array(fc.array(fc.nat({ max: 5 }), { maxLength: 6 }), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(worlds, seen, touches, (start, look, hands) => {
        const policy = policyOf(start);
        let world = worldOf(start);
        for (const touched of hands) {
          const records = world.records.map((record, index) =>
            touched.includes(index) ? { ...record, isEnabled: !record.isEnabled } : record,
          );
          const taken = nameTurn({ ...world, records }, policy, sightOf(look, world, policy, null));
          expect(answered(taken.world.records)).toEqual(linesIn(records));
          world = nameLater(taken.world, LOOK_SECONDS);
        }
      }),
      propertyRuns(40),
    );
  });

  it('nothing is taken from a site that is not down, except by order or rehearsal', () => {
    fc.assert(
      fc.property(worlds, sees, (start, story) => {
        for (const turn of play(worldOf(start), policyOf(start), story).turns)
          for (const step of turn.plan.steps) {
            if (moveIdIn(step) === null) continue;
            const verdict = turn.proposal.verdicts.find(
              ({ siteName }) => siteName === step.siteName,
            );
            const isOrdered = turn.name.orders.some(
              ({ kind, siteName }) => kind === 'failover' && siteName === step.siteName,
            );
            if (isOrdered || step.reason === 'practice-started') continue;
            expect(verdict?.verdict).toBe('down');
          }
      }),
      propertyRuns(40),
    );
  });

  it('no more failovers begin within the window than the velocity limit allows', () => {
    fc.assert(
      fc.property(worlds, sees, (start, story) => {
        const { velocity, ...policy } = policyOf(start);
        const unordered = story.map((look) => ({ ...look, order: null }));
        const begun = new Map<string, number>();
        const { turns } = play(worldOf(start), { ...policy, velocity, practice: null }, unordered);
        for (const turn of turns) {
          for (const moveId of turn.plan.steps.flatMap((step) => moveIdIn(step) ?? []))
            if (!begun.has(moveId)) begun.set(moveId, turn.name.takenAt);
          const recent = [...begun.values()].filter(
            (at) => turn.name.takenAt - at < velocity.windowMs,
          );
          expect(recent.length).toBeLessThanOrEqual(velocity.moves);
        }
      }),
      propertyRuns(40),
    );
  });

  it('traffic is taken from one region at a time, without any claim to say so', () => {
    fc.assert(
      fc.property(worlds, sees, (start, story) => {
        const policy = policyOf(start);
        for (const { name, plan } of play(worldOf(start), policy, story).turns) {
          const taking = plan.steps.filter((step) => moveIdIn(step) !== null);
          const regions = new Set(taking.map(({ siteName }) => `region-${siteName}`));
          expect(regions.size).toBeLessThanOrEqual(1);
          for (const region of regions)
            expect(regionsOut(name, policy).filter((out) => out !== region)).toEqual([]);
        }
      }),
      propertyRuns(40),
    );
  });

  it('the same snapshot gives the same proposal and plan, in whatever order the records come', () => {
    fc.assert(
      fc.property(worlds, sees, (start, story) => {
        const policy = policyOf(start);
        for (const { name, proposal, plan } of play(worldOf(start), policy, story).turns) {
          const again = decideName(name, policy);
          expect(JSON.stringify(again)).toBe(JSON.stringify(proposal));
          expect(JSON.stringify(guardName(again, name, policy))).toBe(JSON.stringify(plan));
          const records =
            name.records.kind === 'ok'
              ? { ...name.records, value: name.records.value.toReversed() }
              : name.records;
          const turned = decideName({ ...name, records }, policy);
          expect(turned.steps).toEqual(proposal.steps);
        }
      }),
      propertyRuns(8),
    );
  });
});

describe('they settle', () => {
  it('with the same to see for three hours nothing is written any more', () => {
    fc.assert(
      fc.property(worlds, sees, seen, (start, story, last) => {
        const policy = { ...policyOf(start), practice: null };
        const before = play(worldOf(start), policy, story);
        const { turns } = play(before.world, policy, [{ ...last, times: 480 }]);
        expect(turns.slice(360).flatMap(writesOf)).toEqual([]);
      }),
      propertyRuns(30),
    );
  });

  it('once all is well, all that we paused is back with all of its weight', () => {
    fc.assert(
      fc.property(worlds, sees, (start, story) => {
        const policy = { ...policyOf(start), practice: null };
        const records = worldOf(start).records.map((record) => ({ ...record, isEnabled: true }));
        const { world } = play(aNameWorld(records), policy, story);
        const well: Seen = {
          times: 480,
          answers: { a: 'up', b: 'up', c: 'up' },
          capacity: null,
          isWeightingKnown: true,
          order: null,
        };
        expect(play(world, policy, [well]).world.records).toEqual(records);
      }),
      propertyRuns(30),
    );
  });
});

describe('a view that comes and goes', () => {
  const flapping = (
    policy: NamePolicy,
    start: NameWorld,
    downAt: (second: number) => boolean,
    seconds: number,
  ): readonly string[] => {
    const written: string[] = [];
    let world = start;
    for (let second = 0; second < seconds; second += 15) {
      const answers = downAt(second) ? { a: 'down' as const } : {};
      const taken = nameTurn(world, policy, {
        votes: someVotes(policy, world.now, answers),
        weighting: ok([{ line: 'default', isOn: policy.weighting }], world.now),
      });
      written.push(...writesOf(taken).map(({ stepId }) => stepId));
      world = nameLater(taken.world, 15);
    }
    return written;
  };
  const starts = (weighting: boolean) =>
    aNameWorld(['a', 'b'].map((site) => aRecord(site, { weight: weighting ? 100 : null })));

  it('for an hour, with any period and share, moves a site at most once and brings it back at most once', () => {
    const phases = fc.record({
      weighting: fc.boolean(),
      period: fc.integer({ min: 20, max: 3600 }),
      share: fc.integer({ min: 1, max: 999 }),
      phase: fc.integer({ min: 0, max: 3600 }),
    });
    fc.assert(
      fc.property(phases, ({ weighting, period, share, phase }) => {
        const isDown = (second: number) => ((second + phase) % period) * 1000 < period * share;
        const written = flapping(aNamePolicy({ weighting }), starts(weighting), isDown, 3600);
        expect(written.filter((id) => id.startsWith('pause')).length).toBeLessThanOrEqual(1);
        expect(written.filter((id) => id.startsWith('enable')).length).toBeLessThanOrEqual(1);
      }),
      propertyRuns(80),
    );
  });

  it('for 43 seconds at any time changes nothing', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.integer({ min: 0, max: 900 }), (weighting, begin) => {
        const isDown = (second: number) => second >= begin && second < begin + 43;
        expect(flapping(aNamePolicy({ weighting }), starts(weighting), isDown, 1800)).toEqual([]);
      }),
      propertyRuns(30),
    );
  });
});

describe('two names over the same regions', () => {
  it('never leave two regions at once, and each keeps an answer on every line', () => {
    fc.assert(
      fc.property(worlds, worlds, sees, sees, (first, second, one, other) => {
        const policies = [policyOf(first), { ...policyOf(second), name: 'shop' }];
        const worldsNow = [worldOf(first), worldOf(second)];
        const looks = [one, other].map((story) =>
          story.flatMap((look) => Array.from({ length: look.times }, () => look)),
        );
        let claim: RegionClaim | null = null;
        for (let time = 0; time < Math.max(looks[0]!.length, looks[1]!.length); time += 1)
          for (const index of [0, 1]) {
            const policy = policies[index]!;
            const world = worldsNow[index]!;
            const look = looks[index]!.at(time) ?? looks[index]!.at(-1)!;
            const taken: NameTurn = nameTurn(world, policy, sightOf(look, world, policy, claim));
            const region = taken.plan.steps.find((step) => moveIdIn(step) !== null)?.siteName;
            if (claim !== null && region !== undefined)
              expect(`region-${region}`).toBe(claim.regionId);
            claim = claimAfter(taken, policy, claim, region);
            expect(answered(taken.world.records)).toEqual(linesIn(taken.world.records));
            worldsNow[index] = nameLater(taken.world, LOOK_SECONDS);
          }
      }),
      propertyRuns(25),
    );
  });

  /** As the store keeps it: whoever takes traffic has the right until its sites are back. */
  function claimAfter(
    { name, world }: NameTurn,
    policy: NamePolicy,
    held: RegionClaim | null,
    region: string | undefined,
  ): RegionClaim | null {
    const until = plus(name.takenAt, 10_000_000);
    const by = { nameName: policy.name, at: name.takenAt, until };
    if (region !== undefined) return { regionId: `region-${region}`, ...by };
    const after = { ...name, memory: world.memory, records: ok(world.records, name.takenAt) };
    const isOut = regionsOut(after, policy).length > 0;
    return held?.nameName === policy.name && !isOut ? null : held;
  }
});
