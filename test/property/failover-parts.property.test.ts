import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type DnsRecord } from '../../shared/domain/failover/dns-record';
import { type NamePolicy } from '../../shared/domain/failover/name-policy';
import { missing } from '../../shared/domain/reading';
import { instant } from '../../shared/domain/units';
import { ok } from '../support/builders';
import { aNamePolicy, aRecord, aSiteCapacity, someVotes } from '../support/name-builders';
import { aNameMemory, LONG_DOWN } from '../support/name-story';
import { aNameWorld, nameLater, nameTurn, type NameWorld } from '../support/pure-names';
import { propertyRuns } from '../support/property-runs';

const LOOK_SECONDS = 10;
const LOOKS = 120;
/** A sample is this old when it is told, at most. */
const OLDEST_SECONDS = 50;

/** Site a is dead; b has its own clients and gets those of a as they follow DNS, a TTL later at most. */
const stories = fc.record({
  weights: fc.record({ a: fc.integer({ min: 2, max: 100 }), b: fc.integer({ min: 2, max: 100 }) }),
  ttlSeconds: fc.integer({ min: 5, max: 300 }),
  usualOfA: fc.integer({ min: 100, max: 20_000 }),
  loadOfB: fc.integer({ min: 0, max: 20_000 }),
  instances: fc.integer({ min: 1, max: 20 }),
  /** How many instances b has more at each look, a few of which never come. */
  growth: fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 40 }),
  /** Age of the sample that each look sees. */
  ages: fc.array(fc.integer({ min: 0, max: OLDEST_SECONDS }), { minLength: 1, maxLength: 20 }),
});
type Story = typeof stories extends fc.Arbitrary<infer T> ? T : never;

interface Seen {
  readonly second: number;
  /** What b has to do once everybody follows the records as they are, and what it bears. */
  readonly due: number;
  readonly bears: number;
  readonly isPaused: boolean;
}

const weightOf = (records: readonly DnsRecord[], site: string): number => {
  const record = records.find(({ recordId }) => recordId.startsWith(`r-${site}`));
  return record?.isEnabled === true ? (record.weight ?? 1) : 0;
};

/** Clients of a that have been sent to b: all but those whose answers still name a. */
function moved({ weights, usualOfA }: Story, records: readonly DnsRecord[]): number {
  const share = weights.a / (weights.a + weights.b);
  const left = weightOf(records, 'a') / (weightOf(records, 'a') + weightOf(records, 'b'));
  return usualOfA * (1 - left / share);
}

function play(story: Story, policy: NamePolicy): readonly Seen[] {
  const { weights, ttlSeconds, usualOfA, loadOfB, growth, ages } = story;
  const memory = aNameMemory({
    a: { ...LONG_DOWN, usual: { load: usualOfA, traffic: 1000, at: instant(0) } },
    b: {},
  });
  const records = [
    aRecord('a', { weight: weights.a, ttlSeconds }),
    aRecord('b', { weight: weights.b, ttlSeconds }),
  ];
  let world: NameWorld = { ...aNameWorld(records), memory };
  /** Clients that were sent to b and that it really has, look by look: all of them have followed when an answer has run out. */
  const sent: number[] = [0];
  const arrived: number[] = [0];
  const seen: Seen[] = [];
  let instances = story.instances;
  for (let look = 0; look < LOOKS; look += 1) {
    const age = ages[look % ages.length] ?? 0;
    const then = Math.max(0, look - Math.ceil(age / LOOK_SECONDS));
    const told = Math.round(loadOfB + (arrived[then] ?? 0));
    instances += growth[look] ?? 0;
    const b = aSiteCapacity({
      ...{ serving: instances, members: instances, max: 100 },
      load: ok(told, world.now - age * 1000),
    });
    const taken = nameTurn(world, policy, {
      votes: someVotes(policy, world.now, { a: 'down' }),
      weighting: ok([{ line: 'default', isOn: true }], world.now),
      capacities: { a: missing('read-failed'), b: ok(b, world.now) },
    });
    const target = moved(story, taken.world.records);
    sent.push(target);
    const answers = Array.from({ length: Math.ceil(ttlSeconds / LOOK_SECONDS) + 1 });
    const asked = answers.map((_, index) => sent.at(-1 - index) ?? 0);
    arrived.push(asked.reduce((a, b) => a + b, 0) / asked.length);
    seen.push({
      second: look * LOOK_SECONDS,
      due: loadOfB + target,
      bears: instances * policy.capacity.emergencyUse,
      isPaused: weightOf(taken.world.records, 'a') === 0,
    });
    world = nameLater(taken.world, LOOK_SECONDS);
  }
  return seen;
}

/** Loads are whole thousandths of an instance. */
const SLACK = 1;

describe('a dead site is left in parts', () => {
  const policyOf = ({ ttlSeconds }: Story): NamePolicy =>
    aNamePolicy({ weighting: true, ttlSeconds });

  it('and never more comes to the other than it bears, however late its metrics tell', () => {
    fc.assert(
      fc.property(stories, (story) => {
        for (const { second, due, bears } of play(story, policyOf(story)))
          expect({
            second,
            tooMuch: Math.max(0, due - Math.max(bears, story.loadOfB) - SLACK),
          }).toEqual({
            second,
            tooMuch: 0,
          });
      }),
      propertyRuns(60),
    );
  });

  it('and all of it, once the other bears all', () => {
    fc.assert(
      fc.property(stories, (story) => {
        const policy = policyOf(story);
        const seen = play(story, policy);
        const last = seen.at(-1)!;
        const isEnough = last.bears >= story.loadOfB + story.usualOfA + SLACK;
        fc.pre(isEnough);
        expect(last.isPaused).toBe(true);
      }),
      propertyRuns(60),
    );
  });
});
