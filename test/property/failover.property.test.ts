import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decideName } from '../../shared/decide/failover/decide-name';
import { type NamePolicy } from '../../shared/domain/failover/name-policy';
import { type Vote } from '../../shared/domain/failover/name-snapshot';
import { ok } from '../support/builders';
import { aNamePolicy, aRecord, aSite, someVotes } from '../support/name-builders';
import { aNameWorld, nameLater, type NameTurn, nameTurn } from '../support/pure-names';
import { propertyRuns } from '../support/property-runs';

const answer = fc.constantFrom<Vote['answer']>('up', 'down', 'unknown');
const stories = fc.record({
  weighting: fc.boolean(),
  enabled: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
  looks: fc.array(
    fc.record({
      answers: fc.record({ a: answer, b: answer, c: answer }),
      /** Looks in a row that see the same. */
      times: fc.integer({ min: 1, max: 80 }),
    }),
    { minLength: 1, maxLength: 8 },
  ),
});
type Story = typeof stories extends fc.Arbitrary<infer T> ? T : never;

function play(story: Story, look: (taken: NameTurn, policy: NamePolicy) => void): void {
  const { weighting, enabled, looks } = story;
  const policy = aNamePolicy({ weighting, sites: [aSite('a'), aSite('b'), aSite('c')] });
  const places = ['default', 'telecom'].flatMap((line) =>
    ['a', 'b', 'c'].map((site) => ({ site, line })),
  );
  let world = aNameWorld(
    places.map(({ site, line }, index) =>
      aRecord(site, { line, weight: weighting ? 100 : null, isEnabled: enabled[index] ?? true }),
    ),
  );
  const lines = ['default', 'telecom'].map((line) => ({ line, isOn: weighting }));
  for (const { answers, times } of looks)
    for (let time = 0; time < times; time += 1) {
      const votes = someVotes(policy, world.now, answers);
      const taken = nameTurn(world, policy, { votes, weighting: ok(lines, world.now) });
      look(taken, policy);
      world = nameLater(taken.world, 15);
    }
}

describe('whatever the voters say, however false', () => {
  it('no line is left without an enabled record, and an empty one is filled in the same tick', () => {
    fc.assert(
      fc.property(stories, (story) => {
        play(story, ({ world }) => {
          for (const line of ['default', 'telecom'])
            expect(world.records.some((each) => each.line === line && each.isEnabled)).toBe(true);
        });
      }),
      propertyRuns(60),
    );
  });

  it('traffic leaves only what is down, and failovers stay within the velocity limit', () => {
    fc.assert(
      fc.property(stories, (story) => {
        const begun = new Map<string, number>();
        play(story, ({ name, plan, proposal }, { velocity }) => {
          for (const step of plan.steps) {
            if (step.kind !== 'pause-record') continue;
            const verdict = proposal.verdicts.find(({ siteName }) => siteName === step.siteName);
            expect(verdict?.verdict).toBe('down');
            if (!begun.has(step.moveId)) begun.set(step.moveId, name.takenAt);
          }
          const recent = [...begun.values()].filter((at) => name.takenAt - at < velocity.windowMs);
          expect(recent.length).toBeLessThanOrEqual(velocity.moves);
        });
      }),
      propertyRuns(60),
    );
  });

  it('the same snapshot gives the same proposal', () => {
    fc.assert(
      fc.property(stories, (story) => {
        play(story, ({ name, proposal }, policy) => {
          expect(JSON.stringify(decideName(name, policy))).toBe(JSON.stringify(proposal));
        });
      }),
      propertyRuns(10),
    );
  });
});
