import { describe, expect, it } from '@jest/globals';
import { decide } from '../../../shared/decide/decide';
import { type Freeze } from '../../../shared/domain/failover/name-snapshot';
import { guard } from '../../../shared/guard/guard';
import { frozenAlerts } from '../../../shared/record/frozen-alerts';
import {
  aPolicy,
  aPool,
  ejectedMemory,
  inSeconds,
  NOW,
  secondsAgo,
  someBackends,
} from '../../support/builders';

const FREEZE: Freeze = { by: 'ann', reason: 'audit', at: secondsAgo(60), until: inSeconds(90) };

/** One backend is to return, another one to be taken out. */
const restless = (freeze?: Freeze) =>
  aPool({
    backends: someBackends(6, { 0: { weight: 0 }, 1: { status: 'Stopped' } }),
    remembered: { 'i-0': ejectedMemory({ goodStreak: 9 }) },
    memory: { panicSince: secondsAgo(60) },
    ...(freeze && { freeze }),
  });

describe('a freeze', () => {
  it('withholds every step, what restores and what takes out alike, and says who wants it', () => {
    const pool = restless(FREEZE);
    const proposal = decide(pool, aPolicy());
    const plan = guard(proposal, pool, aPolicy());
    expect(proposal.steps.length).toBeGreaterThan(1);
    expect(plan.steps).toEqual([]);
    expect(plan.withheld.map(({ step }) => step)).toEqual(proposal.steps);
    expect(new Set(plan.withheld.map(({ rule, detail }) => `${rule}: ${detail}`))).toEqual(
      new Set(['guard-frozen: ann, for another 2 min: audit']),
    );
  });

  it('holds until its end and not an instant longer', () => {
    const over = restless({ ...FREEZE, until: NOW });
    const plan = guard(decide(over, aPolicy()), over, aPolicy());
    expect(plan.steps.length).toBeGreaterThan(0);
    expect(plan).toEqual(guard(decide(restless(), aPolicy()), restless(), aPolicy()));
  });

  it('changes nothing of what would be right', () => {
    expect(decide(restless(FREEZE), aPolicy())).toEqual(decide(restless(), aPolicy()));
  });

  it('calls people when it withholds something, loudly when that would give capacity back', () => {
    const pool = restless(FREEZE);
    const proposal = decide(pool, aPolicy());
    const plan = guard(proposal, pool, aPolicy());
    expect(frozenAlerts({ pool, proposal, plan })).toMatchObject([
      {
        key: 'guard-frozen',
        severity: 'critical',
        message: expect.stringMatching(/frozen by ann .*audit.*i-0/u),
      },
    ]);
    const raised = plan.withheld.filter(({ step }) => step.kind === 'tag');
    const quiet = { steps: [], withheld: raised };
    expect(
      frozenAlerts({ pool, proposal: { ...proposal, isPanic: false }, plan: quiet }),
    ).toMatchObject(raised.length === 0 ? [] : [{ severity: 'warning' }]);
    expect(frozenAlerts({ pool, proposal, plan: { steps: [], withheld: [] } })).toEqual([]);
  });
});
