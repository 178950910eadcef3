import { describe, expect, it } from '@jest/globals';
import { type NamePolicy } from '../../shared/domain/failover/name-policy';
import { type Vote } from '../../shared/domain/failover/name-snapshot';
import { missing } from '../../shared/domain/reading';
import { ok } from '../support/builders';
import { aNamePolicy, aRecord, aSite, aSiteCapacity, someVotes } from '../support/name-builders';
import {
  aNameWorld,
  nameLater,
  type NameTurn,
  nameTurn,
  type NameWorld,
} from '../support/pure-names';

type Answers = Readonly<Record<string, Vote['answer']>>;

/** Looks every 15 seconds; `answer` says what the voters see at a second of the story. */
function play(
  start: NameWorld,
  policy: NamePolicy,
  seconds: number,
  answer: (second: number) => Answers,
): { readonly world: NameWorld; readonly turns: readonly NameTurn[] } {
  const turns: NameTurn[] = [];
  let world = start;
  for (let second = 0; second < seconds; second += 15) {
    const seen = {
      votes: someVotes(policy, world.now, answer(second)),
      weighting: ok([{ line: 'default', isOn: policy.weighting }], world.now),
    };
    const taken = nameTurn(world, policy, seen);
    turns.push(taken);
    world = nameLater(taken.world, 15);
  }
  return { world, turns };
}

const writes = (turns: readonly NameTurn[]): readonly string[] =>
  turns.flatMap(({ plan }) => plan.steps.map(({ stepId }) => stepId));
const pauses = (turns: readonly NameTurn[]) => writes(turns).filter((id) => id.startsWith('pause'));
const returns = (turns: readonly NameTurn[]) =>
  writes(turns).filter((id) => id.startsWith('enable'));
const two = aNameWorld([aRecord('a'), aRecord('b')]);

describe('failures of failover that peers had in the field', () => {
  it('A39: a name found empty gets its best record back in the same tick', () => {
    const off = { isEnabled: false };
    const world = aNameWorld([aRecord('a', off), aRecord('b', off)]);
    const policy = aNamePolicy();
    const {
      plan,
      proposal,
      world: after,
    } = nameTurn(world, policy, {
      votes: someVotes(policy, world.now, { a: 'down' }),
    });
    expect(plan.steps.map(({ stepId }) => stepId)).toEqual(['enable/r-b-default']);
    expect(after.records.filter(({ isEnabled }) => isEnabled)).toHaveLength(1);
    expect(proposal.alerts).toContainEqual(
      expect.objectContaining({ reason: 'record-empty', severity: 'critical' }),
    );
  });

  it('A39: one command stops everything, also a repair', () => {
    const world = aNameWorld([aRecord('a', { isEnabled: false })]);
    const freeze = {
      by: 'ann',
      reason: 'migration',
      at: world.now,
      until: nameLater(world, 60).now,
    };
    const { plan } = nameTurn(world, aNamePolicy(), { freeze });
    expect(plan.steps).toEqual([]);
    expect(plan.withheld.map(({ rule }) => rule)).toEqual(['guard-frozen']);
  });

  it('A40: losing sight of every site changes nothing, however long', () => {
    const { turns } = play(two, aNamePolicy(), 3600, () => ({ a: 'down', b: 'down' }));
    expect(writes(turns)).toEqual([]);
    expect(turns.at(-1)?.proposal.verdicts.map(({ reason }) => reason)).toEqual([
      'site-view-lost',
      'site-view-lost',
    ]);
    expect(turns.at(-1)?.proposal.alerts.map(({ reason }) => reason)).toContain('voters-missing');
  });

  it('A41: a partition of 43 seconds moves nothing', () => {
    const { turns } = play(two, aNamePolicy(), 600, (second) => (second < 43 ? { a: 'down' } : {}));
    expect(writes(turns)).toEqual([]);
  });

  it('A41: a site that stays down is paused once, after the hold', () => {
    const { turns } = play(two, aNamePolicy(), 900, () => ({ a: 'down' }));
    expect(pauses(turns)).toEqual(['pause/r-a-default']);
    expect(pauses(turns.slice(0, 12))).toEqual([]);
    expect(pauses(turns.slice(12, 13))).toEqual(['pause/r-a-default']);
  });

  it.each([30, 45, 120, 300, 480, 900, 1800, 2400])(
    'A41: an hour of flapping every %i s moves it away at most once and back at most once',
    (period) => {
      for (const weighting of [false, true]) {
        const weight = weighting ? 100 : null;
        const world = aNameWorld([aRecord('a', { weight }), aRecord('b', { weight })]);
        const { turns } = play(world, aNamePolicy({ weighting }), 3600, (second) =>
          second % period < period / 2 ? { a: 'down' } : {},
        );
        expect(pauses(turns).length).toBeLessThanOrEqual(1);
        expect(returns(turns).length).toBeLessThanOrEqual(1);
      }
    },
  );

  it('A41: a stateful site waits for a person, and leaves once one has said yes', () => {
    const policy = aNamePolicy({ sites: [aSite('a', { isStateful: true }), aSite('b')] });
    const { world, turns } = play(two, policy, 600, () => ({ a: 'down' }));
    expect(pauses(turns)).toEqual([]);
    expect(turns.at(-1)?.plan.withheld.map(({ rule }) => rule)).toContain('guard-approval');
    const [pending] = world.memory.pending;
    expect(pending?.siteName).toBe('a');
    const approval = {
      approvalId: 'word-1',
      moveId: pending!.moveId,
      by: 'ann',
      isGranted: true,
      at: world.now,
      until: nameLater(world, 60).now,
    };
    const votes = someVotes(policy, world.now, { a: 'down' });
    const taken = nameTurn(world, policy, { votes, approvals: [approval] });
    expect(pauses([taken])).toEqual(['pause/r-a-default']);
    expect(taken.world.memory.usedApprovals).toEqual(['word-1']);
  });

  it('A42: of two regions that look dead at once at most one moves', () => {
    const policy = aNamePolicy({ sites: [aSite('a'), aSite('b'), aSite('c')] });
    const world = aNameWorld([aRecord('a'), aRecord('b'), aRecord('c')]);
    const taken = play(world, policy, 195, () => ({ a: 'down', b: 'down' })).turns.at(-1);
    expect(pauses([taken!])).toEqual(['pause/r-a-default']);
    expect(taken?.plan.withheld.map(({ rule }) => rule)).toContain('guard-one-region');
  });

  it('A43: a site comes back in stages of its share, after it was up for the whole hold', () => {
    const policy = aNamePolicy({ weighting: true });
    const weighted = { weight: 100 };
    const world = aNameWorld([aRecord('a', weighted), aRecord('b', weighted)]);
    const { turns, world: after } = play(world, policy, 1800, (second) =>
      second < 300 ? { a: 'down' } : {},
    );
    const steps = turns.flatMap(({ plan }) => plan.steps);
    const said = steps.map((step) =>
      step.kind === 'set-record-weight' ? `${step.recordId} ${step.to}` : step.stepId,
    );
    expect(said).toEqual([
      'remark/r-a-default',
      'r-a-default 1',
      'pause/r-a-default',
      'enable/r-a-default',
      'r-a-default 10',
      'r-a-default 50',
      'r-a-default 100',
      'remark/r-a-default',
    ]);
    expect(after.records).toEqual(world.records);
  });

  it('A44: a site that does not serve any more leaves at once, though nobody can launch', () => {
    const full = aSiteCapacity({ canLaunch: false, load: ok(11_000) });
    const policy = aNamePolicy({ holdDownMs: aNamePolicy().watchIntervalMs });
    let taken = nameTurn(two, policy, { capacities: { a: ok(full), b: ok(full) } });
    for (let look = 0; look < 2; look += 1) {
      const world = nameLater(taken.world, 15);
      taken = nameTurn(world, policy, {
        votes: someVotes(policy, world.now, { a: 'down' }),
        capacities: { a: missing('read-failed'), b: ok(full, world.now) },
      });
    }
    expect(pauses([taken])).toEqual(['pause/r-a-default']);
    expect(taken.proposal.alerts.map(({ reason }) => reason)).toContain('capacity-short');
  });
});
