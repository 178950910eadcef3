import { describe, expect, it } from '@jest/globals';
import { type Side } from '../../../infra/rehearsal/start-side';
import { actionsSince } from '../../../infra/tour/actions';
import { decide } from '../../../shared/decide/decide';
import { type StepResult } from '../../../shared/domain/plan';
import { type Tick } from '../../../shared/domain/tick';
import { guard } from '../../../shared/guard/guard';
import { aPolicy, aPool, inSeconds, NOW, someBackends } from '../../support/builders';

const side = { name: 'enforce', pool: { instanceIds: ['i-0'], warmIds: [] } } as unknown as Side;

/** A tick that drains `i-0`, as every step of it came out. */
function tickWith(result: StepResult): Tick {
  const reclaim = { eventId: 'e', kind: 'spot-reclaim', status: 'Executing', notBefore: null };
  const pool = aPool({ backends: someBackends(6, { 0: { systemEvents: [reclaim as never] } }) });
  const proposal = decide(pool, aPolicy());
  const plan = guard(proposal, pool, aPolicy());
  const steps = plan.steps.map(({ stepId }) => ({
    ...{ stepId, startedAt: NOW, finishedAt: inSeconds(2), result },
  }));
  return { pool, proposal, plan, outcome: { steps } } as unknown as Tick;
}

describe('what the tour tells of a step', () => {
  it.each<[StepResult, readonly string[]]>([
    [{ kind: 'done', detail: '' }, ['  2.0 s  web-1: weight 100 → 0 (spot-reclaim)']],
    [{ kind: 'would-do', detail: '' }, ['  2.0 s  would: web-1: weight 100 → 0 (spot-reclaim)']],
    [{ kind: 'already-so', detail: '' }, []],
    [
      { kind: 'not-sent', detail: 'the lease ends too soon' },
      ['  2.0 s  not sent: web-1: weight 100 → 0 (spot-reclaim): the lease ends too soon'],
    ],
    [
      { kind: 'failed', code: 'Forbidden', isAmbiguous: false, detail: 'refused' },
      ['  2.0 s  failed: web-1: weight 100 → 0 (spot-reclaim): refused'],
    ],
  ])('that is $kind', (result, lines) => {
    const told = actionsSince(side, [tickWith(result)], NOW);
    expect(told).toEqual(['  0.0 s  calls people: spot-reclaim', ...lines]);
  });
});
