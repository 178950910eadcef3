import { describe, expect, it } from '@jest/globals';
import { nameActionsSince } from '../../../infra/tour/name-actions';
import { decideName } from '../../../shared/decide/failover/decide-name';
import { EMPTY_NAME_MEMORY, freshSite } from '../../../shared/domain/failover/name-memory';
import { type NameTick } from '../../../shared/domain/failover/name-tick';
import { type StepResult } from '../../../shared/domain/plan';
import { guardName } from '../../../shared/guard/failover/guard-name';
import { inSeconds, NOW, secondsAgo } from '../../support/builders';
import { aNamePolicy, aNameSnapshot, someVotes } from '../../support/name-builders';

/** A tick that takes site a away after its hold, as every step of it came out; `isFrozen`: withheld by a person. */
function tickWith(result: StepResult, isFrozen = false): NameTick {
  const policy = aNamePolicy();
  const down = { state: 'suspect', downSince: secondsAgo(200), judgedAt: secondsAgo(10) } as const;
  const memory = { ...EMPTY_NAME_MEMORY, sites: { a: { ...freshSite(secondsAgo(200)), ...down } } };
  const freeze = { by: 'ann', reason: 'no', at: NOW, until: inSeconds(60) };
  const name = aNameSnapshot(policy, {
    votes: someVotes(policy, NOW, { a: 'down' }),
    memory,
    freeze: isFrozen ? freeze : null,
  });
  const proposal = decideName(name, policy);
  const plan = guardName(proposal, name, policy);
  const steps = plan.steps.map(({ stepId }) => ({
    ...{ stepId, startedAt: NOW, finishedAt: inSeconds(2), result },
  }));
  return { name, proposal, plan, outcome: { steps } } as unknown as NameTick;
}

const STATE = '  0.0 s  a is down: suspect → paused (failover-site-down)';
const PAUSE = 'a: pause its record on line default (failover-site-down)';
const linesOf = (ticks: readonly NameTick[]): readonly string[] => nameActionsSince(ticks, NOW);

describe('what the tour tells of a name', () => {
  it.each<[StepResult, string]>([
    [{ kind: 'done', detail: '' }, `  2.0 s  ${PAUSE}`],
    [{ kind: 'would-do', detail: '' }, `  2.0 s  would: ${PAUSE}`],
    [{ kind: 'not-sent', detail: 'too late' }, `  2.0 s  not sent: ${PAUSE}: too late`],
    [
      { kind: 'failed', code: 'Forbidden', isAmbiguous: false, detail: 'refused' },
      `  2.0 s  failed: ${PAUSE}: refused`,
    ],
  ])('is the change of state, whom it calls and the step that is $kind', (result, line) => {
    const lines = linesOf([tickWith(result)]);
    expect(lines[0]).toBe(STATE);
    expect(lines).toContain('  0.0 s  calls people: failover-site-down, a');
    expect(lines).toContain(line);
  });

  it('leaves out what was so already, and tells what is said again once', () => {
    const tick = tickWith({ kind: 'already-so', detail: '' });
    expect(linesOf([tick]).filter((line) => line.includes('pause'))).toEqual([STATE]);
    expect(linesOf([tick, tick])).toEqual(linesOf([tick]));
    expect(nameActionsSince([tick], inSeconds(1))).toEqual([]);
  });

  it('names the rule that withheld a step', () => {
    const lines = linesOf([tickWith({ kind: 'done', detail: '' }, true)]);
    expect(lines).toContain(`  0.0 s  withheld by guard-frozen: ${PAUSE}`);
  });
});
